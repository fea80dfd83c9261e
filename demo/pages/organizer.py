"""Show a signed-in organizer the progress of a study, flagged participants, and files."""

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from demo.organizer.access import OrganizerAccess
from demo.organizer.files import STUDY_FILES
from demo.organizer.routes import FILES
from demo.pages.layout import header, outage, panel
from demo.pages.markup import fill
from demo.pages.results import unknown_study
from demo.widgets import widget
from study.database.store import Store
from study.records import BadStudy, Unavailable
from study.report.build import build_report
from study.report.result import Report


@dataclass(frozen=True)
class OrganizerHandlers:
    """Handle the events of the page."""

    store: Store
    access: OrganizerAccess

    def on_open(self, request: gr.Request) -> str | None:
        """Return the markup of the page, None to those who are not signed in."""
        if not self.access.signed_in(request.headers):
            return None
        return self._page(request.query_params.get("study") or "")

    def _page(self, slug: str) -> str:
        try:
            slug = slug or self.store.current_study() or ""
            return organizer_html(build_report(self.store, slug)) + handouts_html(slug)
        except BadStudy:
            return unknown_study()
        except Unavailable:
            return outage()


def organizer_page(handlers: OrganizerHandlers, demo: gr.Blocks) -> None:
    """Build the page inside the current route."""
    header("organizer", "Organizer")
    page = panel(elem_id="organizer")
    form = widget("sign_in")

    def on_open(request: gr.Request) -> dict[Component, Any]:
        markup = handlers.on_open(request)
        return {page: markup or "", form: {"signed_in": markup is not None}}

    demo.load(on_open, None, [page, form], api_visibility="private", show_progress="hidden")


def handouts_html(slug: str) -> str:
    """Return links to the files of a study; their route checks who asks."""
    return fill("handouts.html.jinja", address=f"{FILES}/{slug}", handouts=STUDY_FILES)


def organizer_html(report: Report) -> str:
    """Return the progress of a study and the rules that flag participants, every text escaped."""
    return fill(
        "organizer.html.jinja",
        report=report,
        fewest=min((pair.votes for pair in report.ranking.pairs), default=0),
    )
