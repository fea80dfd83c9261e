"""List the files about a study that organizers can download."""

from collections.abc import Callable
from dataclasses import dataclass

from study.database.responses.load_responses import read_study
from study.database.store import Store
from study.manage.answers import answers_csv
from study.manage.ids import ids_csv, participants_csv
from study.manage.results import Scores, scores_now
from study.records import BadStudy
from study.report.build import build_report
from study.report.html_page import to_html
from study.report.json_form import to_json
from study.report.markdown import to_markdown
from study.report.paper import paper_files
from study.report.result import Report
from study.vote_files.export import to_csv, votes_of
from study.vote_files.rankings import rankings_of

ARCHIVE = "bundle.zip"
TOO_EARLY = (
    "This file has scores, and it is too early for them: the registration plans no analysis at this number "
    "of people. It can be downloaded when the study is closed."
)


class TooEarly(BadStudy):
    """Refuse a file with scores of a study that is running."""


@dataclass(frozen=True)
class Wanted:
    """Name the version of a study that a file is about, and who asks; version None: the current one.

    key: the server's secret for participants, which their ids are encrypted with.
    """

    store: Store
    slug: str
    version: int | None
    who: str
    key: str

    def disposition(self, ending: str) -> str:
        """Return the header Content-Disposition of the file with this ending.

        The slug is in the database, so it has small letters, digits and hyphens only.
        """
        name = self.slug if self.version is None else f"{self.slug}-{self.version}"
        return f'attachment; filename="{name}-{ending}"'


@dataclass(frozen=True)
class StudyFile:
    """Describe a file about a version of a study: end of its name, media type, and how it is made."""

    ending: str
    media_type: str
    make: Callable[[Wanted], bytes]


def check_time(wanted: Wanted) -> Scores:
    """Return what scores a file may have, as the page of results; raise TooEarly where it is none."""
    scores = scores_now(wanted.store, wanted.slug, wanted.version)
    if not scores.open:
        raise TooEarly(TOO_EARLY)
    return scores


def check_archive(wanted: Wanted) -> None:
    """Raise TooEarly where the archive, which has all votes, would show more than a planned analysis."""
    if check_time(wanted).look is not None:
        raise TooEarly(TOO_EARLY)


def _built(wanted: Wanted) -> Report:
    look = check_time(wanted).look
    return build_report(wanted.store, wanted.slug, wanted.version, look=look)


def _report(written: Callable[[Report], str]) -> Callable[[Wanted], bytes]:
    return lambda wanted: written(_built(wanted)).encode()


def _paper(name: str) -> Callable[[Wanted], bytes]:
    """Return what makes a file for a paper. It raises BadStudy where the votes give no scores yet."""

    def make(wanted: Wanted) -> bytes:
        report = _built(wanted)
        try:
            return paper_files(report)[name].encode()
        except ValueError as error:
            raise BadStudy(str(error)) from None

    return make


def _votes(wanted: Wanted) -> bytes:
    study = read_study(wanted.store, wanted.slug, wanted.version)
    return to_csv(votes_of(study, everything=True))


def _rankings(wanted: Wanted) -> bytes:
    return to_csv(rankings_of(read_study(wanted.store, wanted.slug, wanted.version)))


def _people(wanted: Wanted) -> bytes:
    return participants_csv(wanted.store, wanted.slug, wanted.version)


def _answers(wanted: Wanted) -> bytes:
    return answers_csv(wanted.store, wanted.slug, wanted.version)


def _ids(wanted: Wanted) -> bytes:
    return ids_csv(wanted.store, wanted.slug, wanted.version, wanted.key, wanted.who)


STUDY_FILES = (
    StudyFile("report.html", "text/html", _report(to_html)),
    StudyFile("report.md", "text/markdown", _report(to_markdown)),
    StudyFile("report.json", "application/json", _report(to_json)),
    StudyFile("table.tex", "application/x-tex", _paper("table.tex")),
    StudyFile("figure.svg", "image/svg+xml", _paper("figure.svg")),
    StudyFile("methods.txt", "text/plain", _paper("methods.txt")),
    StudyFile("paper.bib", "application/x-bibtex", _paper("paper.bib")),
    StudyFile("votes.csv", "text/csv", _votes),
    StudyFile("rankings.csv", "text/csv", _rankings),
    StudyFile("participants.csv", "text/csv", _people),
    StudyFile("people.csv", "text/csv", _answers),
    StudyFile("ids.csv", "text/csv", _ids),
)
