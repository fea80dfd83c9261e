"""Files about a study that organizers take home."""

from collections.abc import Callable
from dataclasses import dataclass

from study.database.load_responses import read_study
from study.database.store import Store
from study.report.build import build_report
from study.report.html import to_html
from study.report.json_form import to_json
from study.report.markdown import to_markdown
from study.vote_files.export import to_csv, votes_of


@dataclass(frozen=True)
class Handout:
    """A file about a study: what the link says, what its name ends in, and how it is made."""

    label: str
    ending: str
    media_type: str
    make: Callable[[Store, str], bytes]


def _votes(store: Store, slug: str) -> bytes:
    return to_csv(votes_of(read_study(store, slug), everything=True))


HANDOUTS = (
    Handout(
        "Report", "report.html", "text/html", lambda store, slug: to_html(build_report(store, slug)).encode()
    ),
    Handout(
        "Report as text",
        "report.md",
        "text/markdown",
        lambda store, slug: to_markdown(build_report(store, slug)).encode(),
    ),
    Handout(
        "Report as JSON",
        "report.json",
        "application/json",
        lambda store, slug: to_json(build_report(store, slug)).encode(),
    ),
    Handout("Every answer as CSV", "votes.csv", "text/csv", _votes),
)
