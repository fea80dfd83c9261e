"""Show the results of a study: intervals as a chart, numbers as a table, and every count behind them."""

from collections.abc import Mapping
from dataclasses import dataclass

import gradio as gr

from demo.organizer.access import OrganizerAccess
from demo.pages.layout import header, outage, panel
from demo.pages.markup import fill
from study.database.rows import StudyRow
from study.database.store import Store
from study.manage.live_scores import LiveBoards, LiveScores
from study.manage.monitor import monitor
from study.manage.results import may_read
from study.number_formats import ranks
from study.records import BadStudy, Unavailable
from study.report.build import Reports
from study.report.charts import interval_chart, win_matrix
from study.report.result import Report
from study.report.sections import DOUBTFUL, best_of

LONGEST_NUMBER = 9  # digits


def results_page(store: Store, demo: gr.Blocks, access: OrganizerAccess) -> None:
    """Build the page inside the current route; every opening shows the votes so far.

    Each study decides who may read its results.
    """
    header("results", "Results")
    page = panel(elem_id="results")
    results = Results(store, Reports(store), LiveBoards(store))

    def on_open(request: gr.Request) -> str:
        organizer = access.signed_in(request.headers)
        try:
            study = _wanted(store, request.query_params)
            if may_read(study, key=request.query_params.get("key", ""), organizer=False):
                markup = results.of(study)
            elif organizer:
                markup = results.for_organizers(study)
            else:
                return fill("shut_results.html.jinja")
        except BadStudy:
            return unknown_study()
        except Unavailable:
            return outage()
        return markup + (fill("for_organizers.html.jinja", study=study) if organizer else "")

    demo.load(on_open, None, page, api_visibility="private", show_progress="hidden", concurrency_limit=4)


@dataclass(frozen=True)
class Results:
    """Fill the pages of the studies of a store, with the reports and the scores that are kept."""

    store: Store
    reports: Reports
    boards: LiveBoards

    def of(self, study: StudyRow, look: int | None = None) -> str:
        """Return the page with all votes so far, or with those up to a planned analysis.

        Where the report is older than the newest votes, their scores stand above it, unless there are too few
        people for scores at this moment.
        """
        kept = self.reports.of(study.slug, study.version, look)
        scored = kept.report.ranking.has_intervals
        live = self.boards.of(study) if scored and look is None and not kept.current else None
        return report_html(kept.report, live)

    def for_organizers(self, study: StudyRow) -> str:
        """Return the page of results that organizers alone may read.

        While a registered study runs, it has the votes up to the last planned analysis; before that, counts
        only.
        """
        seen = monitor(self.store, study.slug, study.version)
        if seen.scores.open:
            return self.of(study, seen.scores.look)
        return fill("early_results.html.jinja", study=study, seen=seen)


def _wanted(store: Store, query: Mapping[str, str]) -> StudyRow:
    """Return the version that an address names, the current study without a name. Raises BadStudy."""
    slug, version = query.get("study") or store.current_study() or "", query.get("version", "")
    if version and not (version.isascii() and version.isdigit() and len(version) < LONGEST_NUMBER):
        raise BadStudy("This version is not a number. Please correct the address.")
    with store.reading() as tx:
        return tx.study(slug, int(version) if version else None)


def report_html(report: Report, live: LiveScores | None = None) -> str:
    """Return the page of one report, every text escaped; colours follow the theme of the page.

    live: scores of the votes so far, where the report has fewer.
    """
    ranking = report.ranking
    chart = interval_chart(ranking.methods)
    return fill(
        "results.html.jinja",
        report=report,
        live=live,
        chart=chart if ranking.status == "ok" and chart.rows else None,
        best=_best(report),
        matrix=list(zip(ranking.methods, win_matrix(ranking.methods, ranking.pairs), strict=True)),
        ranks=ranks,
    )


def _best(report: Report) -> str:
    """Return which methods may be the best; "" where no difference can be judged yet."""
    if report.ranking.critical is None:
        return ""
    return DOUBTFUL if report.doubtful else best_of(report.ranking)


def unknown_study() -> str:
    """Return the page for a study that does not exist."""
    return fill("unknown_study.html.jinja")
