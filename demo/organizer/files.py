"""List the files about a study that organizers can download."""

from collections.abc import Callable
from dataclasses import dataclass

from study.database.load_responses import read_study
from study.database.store import Store
from study.report.build import build_report
from study.report.html_page import to_html
from study.report.json_form import to_json
from study.report.markdown import to_markdown
from study.vote_files.export import to_csv, votes_of


@dataclass(frozen=True)
class StudyFile:
    """Describe a file about a study: text of the link, end of its name, media type, and how it is made."""

    label: str
    ending: str
    media_type: str
    make: Callable[[Store, str], bytes]


def _votes(store: Store, slug: str) -> bytes:
    return to_csv(votes_of(read_study(store, slug), everything=True))


STUDY_FILES = (
    StudyFile(
        "Report", "report.html", "text/html", lambda store, slug: to_html(build_report(store, slug)).encode()
    ),
    StudyFile(
        "Report as text",
        "report.md",
        "text/markdown",
        lambda store, slug: to_markdown(build_report(store, slug)).encode(),
    ),
    StudyFile(
        "Report as JSON",
        "report.json",
        "application/json",
        lambda store, slug: to_json(build_report(store, slug)).encode(),
    ),
    StudyFile("Every answer as CSV", "votes.csv", "text/csv", _votes),
)
