"""For whoever runs a study, on the computer that serves it: how far it is, who is flagged, and files."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import gradio as gr

from demo.media import ViewCache, url_of
from demo.pages.frame import header, notice, panel
from demo.pages.results import SIMULATED
from demo.widgets import widget
from study.export import to_csv, votes_of
from study.findings import Report
from study.readout import read_study
from study.records import BadStudy
from study.report import build_report
from study.report_html import to_html
from study.report_text import to_json, to_markdown
from study.store import Store

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
ELSEWHERE = (
    '<article class="results"><h1>Organizer</h1><p class="explain">This page opens on the computer that '
    "serves the study, and there alone. In a terminal, <code>python -m study report</code> says the same.</p>"
    "</article>"
)
FORWARDED = {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"}  # what proxies add
NO_STUDY = '<article class="results"><h1>There is no such study</h1><p>Is the address complete?</p></article>'


@dataclass(frozen=True)
class Handout:
    """A file about a study: what the button says, what its name ends in, and how it is made."""

    label: str
    ending: str
    make: Callable[[Store, str], bytes]


def _votes(store: Store, slug: str) -> bytes:
    return to_csv(votes_of(read_study(store, slug), everything=True))


HANDOUTS = (
    Handout("Report", "report.html", lambda store, slug: to_html(build_report(store, slug)).encode()),
    Handout(
        "Report as text", "report.md", lambda store, slug: to_markdown(build_report(store, slug)).encode()
    ),
    Handout("Report as JSON", "report.json", lambda store, slug: to_json(build_report(store, slug)).encode()),
    Handout("Every answer as CSV", "votes.csv", _votes),
)


@dataclass(frozen=True)
class Organizer:
    """What the page works with; `allowed`: whether only this computer's own people can open it."""

    store: Store
    views: ViewCache
    allowed: bool

    def on_open(self, request: gr.Request) -> list[Any]:
        """The study's slug, the page and the buttons; nothing for visitors that a proxy lets in."""
        slug = request.query_params.get("study") or self.store.current_study() or ""
        if not self.allowed or FORWARDED & {name.lower() for name in request.headers}:
            return ["", ELSEWHERE, gr.Row(visible=False)]
        try:
            return [slug, organizer_html(build_report(self.store, slug)), gr.Row(visible=True)]
        except BadStudy:
            return ["", NO_STUDY, gr.Row(visible=False)]

    def on_wanted(self, handout: Handout, slug: str) -> list[Any]:
        try:
            data = handout.make(self.store, slug) if self.allowed else b""
        except BadStudy as error:
            return [gr.skip(), notice(str(error))]
        if not data:
            return [gr.skip(), notice("This opens on the computer that serves the study.")]
        path = self.views.new_path(f".{handout.ending.rpartition('.')[2]}")
        path.write_bytes(data)
        name = f"{slug}-{handout.ending}"
        url = f"{url_of(path.name)}?download={name}"
        return [{"url": url, "name": name, "ticket": path.stem}, ""]


def organizer_page(desk: Organizer, demo: gr.Blocks) -> None:
    """Build the page inside the current route."""
    header("organizer", "Organizer")
    slug = gr.State("")
    page = panel(elem_id="organizer")
    with gr.Row(visible=False, elem_classes="handouts") as buttons:
        wanted = [(gr.Button(handout.label, size="md"), handout) for handout in HANDOUTS]
    message = panel(elem_id="message")
    download = widget("download")
    demo.load(desk.on_open, None, [slug, page, buttons], **PRIVATE)
    for button, handout in wanted:
        button.click(partial(desk.on_wanted, handout), slug, [download, message], **PRIVATE)


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
