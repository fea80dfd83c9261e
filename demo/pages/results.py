"""Show the results of a study: intervals as a chart, numbers as a table, and every count behind them."""

import gradio as gr

from demo.organizer.access import OrganizerAccess
from demo.pages.layout import header, outage, panel
from demo.pages.markup import fill
from study.database.store import Store
from study.number_formats import ranks
from study.records import BadStudy, Unavailable
from study.report.build import Reports
from study.report.charts import interval_chart, win_matrix
from study.report.result import Report
from study.report.sections import best_of


def results_page(store: Store, demo: gr.Blocks, access: OrganizerAccess) -> None:
    """Build the page inside the current route; every opening shows the votes so far."""
    header("results", "Results")
    page = panel(elem_id="results")
    reports = Reports(store)

    def on_open(request: gr.Request) -> str:
        try:
            slug = request.query_params.get("study") or store.current_study() or ""
            markup = report_html(reports.of(slug))
        except BadStudy:
            return unknown_study()
        except Unavailable:
            return outage()
        signed_in = access.signed_in(request.headers)
        return markup + (fill("for_organizers.html.jinja", slug=slug) if signed_in else "")

    demo.load(on_open, None, page, api_visibility="private", show_progress="hidden", concurrency_limit=4)


def report_html(report: Report) -> str:
    """Return the page of one report, every text escaped; colours follow the theme of the page."""
    ranking = report.ranking
    chart = interval_chart(ranking.methods)
    return fill(
        "results.html.jinja",
        report=report,
        chart=chart if ranking.status == "ok" and chart.rows else None,
        best=best_of(ranking) if ranking.first else "",
        matrix=list(zip(ranking.methods, win_matrix(ranking.methods, ranking.pairs), strict=True)),
        ranks=ranks,
    )


def unknown_study() -> str:
    """Return the page for a study that does not exist."""
    return fill("unknown_study.html.jinja")
