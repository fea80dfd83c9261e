"""Write a report as one HTML file: charts included, nothing loaded, no script; light, dark and printed."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from study.report import charts
from study.report.result import Bar, Report
from study.report.sections import facts_of, sections_of, warnings_of

WORDY = ("participants", "checks", "references")  # sections whose cells hold sentences
FOLDER = Path(__file__).with_name("templates")
TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
STYLE = Markup((FOLDER / "report.css").read_text(encoding="utf-8"))


def to_html(report: Report) -> str:
    """Return the whole page, with every text escaped; the same report gives the same bytes."""
    sections = [(section, Markup(_charts(section.key, report))) for section in sections_of(report)]
    return TEMPLATES.get_template("report.html.jinja").render(
        study=report.study,
        facts=facts_of(report.counts),
        warnings=warnings_of(report),
        sections=sections,
        style=STYLE,
        wordy=WORDY,
    )


def _charts(key: str, report: Report) -> str:
    """Draw the charts of a section; "" for a section without any."""
    ranking, distributions = report.ranking, report.distributions
    if key == "scores" and ranking.has_intervals:
        return charts.draw_intervals(ranking.methods)
    if key == "pairs":
        return charts.draw_win_matrix(ranking.methods, ranking.pairs)
    if key == "coverage":
        return charts.draw_coverage(distributions.coverage) + _over_time(distributions.over_time)
    if key == "participants":
        times = distributions.response_times
        labels = [f"{int(bar.start) / 1000:.1f} s" if n % 4 == 2 else "" for n, bar in enumerate(times)]
        return charts.draw_bars(times, labels, "Response times")
    return ""


def _over_time(found: tuple[Bar, ...]) -> str:
    step = max(1, len(found) // 4)
    labels = [bar.start.replace("T", " ")[:16] if n % step == 0 else "" for n, bar in enumerate(found)]
    if len(labels) > step:
        labels[-1] = ""  # no room for a label at the right end
    return charts.draw_bars(found, labels, "Votes over time")
