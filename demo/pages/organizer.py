"""For whoever runs a study, once signed in: how far it is, who is flagged, and files."""

from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from demo.api.organizer import FILES
from demo.api.organizer_access import OrganizerAccess
from demo.api.organizer_files import HANDOUTS
from demo.pages.layout import header, outage, panel
from demo.pages.results import SIMULATED
from demo.widgets import widget
from study.database.store import Store
from study.records import BadStudy, Unavailable
from study.report.build import build_report
from study.report.result import Report

NO_STUDY = '<article class="results"><h1>There is no such study</h1><p>Is the address complete?</p></article>'


@dataclass(frozen=True)
class Organizer:
    """Handlers of the page."""

    store: Store
    access: OrganizerAccess

    def on_open(self, request: gr.Request) -> list[Any]:
        """Return the page and the state of the form; to strangers the field for the key, and nothing else."""
        if not self.access.signed_in(request.headers):
            return ["", {"signed_in": False}]
        return [self._page(request.query_params.get("study") or ""), {"signed_in": True}]

    def _page(self, asked: str) -> str:
        try:
            slug = asked or self.store.current_study() or ""
            return organizer_html(build_report(self.store, slug)) + handouts_html(slug)
        except BadStudy:
            return NO_STUDY
        except Unavailable:
            return outage()


def organizer_page(desk: Organizer, demo: gr.Blocks) -> None:
    """Build the page inside the current route."""
    header("organizer", "Organizer")
    page = panel(elem_id="organizer")
    form = widget("sign_in")
    demo.load(desk.on_open, None, [page, form], api_visibility="private", show_progress="hidden")


def handouts_html(slug: str) -> str:
    """Return links to the files; the route behind them checks who asks."""
    links = "".join(
        f'<a href="{FILES}/{escape(slug)}/{handout.ending}" download>{handout.label}</a>'
        for handout in HANDOUTS
    )
    return f'<div class="handouts">{links}</div>'


def organizer_html(report: Report) -> str:
    """How far a study is, every text escaped."""
    fewest = min((pair.a_wins + pair.b_wins + pair.ties for pair in report.pairs), default=0)
    median = report.conduct.median_ms
    facts = {
        "Enrolled": report.enrolled,
        "Completed": report.completed,
        "Answers": f"{report.votes:,}",
        "Fewest on a pair": fewest,
        "Median time": "–" if median is None else f"{median / 1000:.1f} s",
    }
    tiles = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    warnings = "".join(f'<p class="caution">{escape(text)}</p>' for text in report.warnings)
    slug = escape(report.slug)
    return (
        f'<article class="results"><h1>{escape(report.title)}, for organizers</h1>'
        f'{SIMULATED if report.simulated else ""}<dl class="tiles five">{tiles}</dl>{warnings}'
        '<section><h2>Addresses</h2><p class="explain">Participants open '
        f'<a href="/study?study={slug}">/study?study={slug}</a>; the scores stand at '
        f'<a href="/results?study={slug}">/results?study={slug}</a>.</p></section>'
        f"{_conduct(report)}</article>"
    )


def _conduct(report: Report) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(rule.words)}</th><td>{rule.flagged}</td>"
        f"<td>{'left out' if rule.excludes else 'counted'}</td></tr>"
        for rule in report.conduct.rules
    )
    return (
        '<section><h2>How people answered</h2><p class="explain">Rules that flag participants. Whether their '
        "answers count was fixed with the study.</p>"
        '<div class="scroll"><table class="rules"><thead><tr><th scope=col>Rule</th>'
        f"<th scope=col>Participants</th><th scope=col>Their answers</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></section>"
    )
