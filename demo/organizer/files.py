"""List the files about a study that organizers can download."""

from collections.abc import Callable
from dataclasses import dataclass

from study.database.load_responses import read_study
from study.database.store import Store
from study.report.build import build_report
from study.report.html_page import to_html
from study.report.json_form import to_json
from study.report.markdown import to_markdown
from study.report.result import Report
from study.vote_files.export import to_csv, votes_of


@dataclass(frozen=True)
class StudyFile:
    """Describe a file about a version of a study: end of its name, media type, and how it is made."""

    ending: str
    media_type: str
    make: Callable[[Store, str, int | None], bytes]


def _votes(store: Store, slug: str, version: int | None) -> bytes:
    return to_csv(votes_of(read_study(store, slug, version), everything=True))


def _report(written: Callable[[Report], str]) -> Callable[[Store, str, int | None], bytes]:
    return lambda store, slug, version: written(build_report(store, slug, version)).encode()


STUDY_FILES = (
    StudyFile("report.html", "text/html", _report(to_html)),
    StudyFile("report.md", "text/markdown", _report(to_markdown)),
    StudyFile("report.json", "application/json", _report(to_json)),
    StudyFile("votes.csv", "text/csv", _votes),
)
