"""A report as one HTML file: charts included, nothing fetched, no script; light, dark and printed."""

from html import escape
from pathlib import Path

from study.report import charts
from study.report.result import Bar, Report
from study.report.sections import Section, Table, facts_of, sections_of, warnings_of

STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
WORDY = {"participants", "checks"}


def to_html(report: Report) -> str:
    """The whole page; the same report gives the same bytes."""
    notes = "".join(f'<p class="note">{escape(text)}</p>' for text in warnings_of(report))
    body = "".join(_section(section, report) for section in sections_of(report))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.title)}</title><style>{STYLE}</style></head><body>"
        f'<h1>{escape(report.title)}</h1><p class="question">{escape(report.question)}</p>{notes}'
        f'<p class="facts">{escape(facts_of(report))}</p>{body}</body></html>\n'
    )


def _section(section: Section, report: Report) -> str:
    kind = "words" if section.key in WORDY else ""
    text = "".join(f"<p>{escape(words)}</p>" for words in section.text)
    tables = "".join(_table(table, kind) for table in section.tables)
    return f"<section><h2>{escape(section.title)}</h2>{text}{_chart(section.key, report)}{tables}</section>"


def _chart(key: str, report: Report) -> str:
    if key == "scores" and report.status == "ok":
        return charts.intervals(report.methods)
    if key == "pairs":
        return charts.win_matrix(report.methods, report.pairs)
    if key == "coverage":
        return charts.coverage(report.coverage) + _over_time(report.over_time)
    if key == "participants":
        times = report.response_times
        labels = [f"{int(bar.start) / 1000:.1f} s" if n % 4 == 2 else "" for n, bar in enumerate(times)]
        return charts.bars(times, labels, "Response times")
    return ""


def _over_time(found: tuple[Bar, ...]) -> str:
    step = max(1, len(found) // 4)
    labels = [bar.start.replace("T", " ")[:16] if n % step == 0 else "" for n, bar in enumerate(found)]
    return charts.bars(found, labels[:-1] + [""] if len(labels) > step else labels, "Votes over time")


def _table(table: Table, kind: str) -> str:
    heads = "".join(f"<th scope=col>{escape(head)}</th>" for head in table.heads)
    rows = "".join(
        f"<tr><th scope=row>{escape(str(row[0]))}</th>"
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    head = f"<thead><tr>{heads}</tr></thead>"
    return f'<div class="wide"><table class="{kind}">{head}<tbody>{rows}</tbody></table></div>'
