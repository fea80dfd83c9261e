"""A report as Markdown and as JSON. The same report gives the same bytes."""

import dataclasses
import json

from study.report.result import Report
from study.report.sections import Row, Section, Table, facts_of, sections_of, warnings_of


def to_json(report: Report) -> str:
    """Keys in a fixed order."""
    return json.dumps(dataclasses.asdict(report), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_markdown(report: Report) -> str:
    """Warnings first, then scores, then what they rest on."""
    parts = [f"# {_plain(report.title)}"]
    parts += [f"*{_plain(report.question)}*"] if report.question else []
    parts += [f"> **Note:** {_plain(text)}" for text in warnings_of(report)]
    parts.append(facts_of(report))
    for section in sections_of(report):
        parts += _section(section)
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> list[str]:
    if not section.text and not section.tables:
        return []
    return [
        f"## {section.title}",
        *(_plain(text) for text in section.text),
        *(_table(table) for table in section.tables),
    ]


def _table(table: Table) -> str:
    def line(row: Row) -> str:
        return "| " + " | ".join(_plain(str(cell)).replace("|", "\\|") for cell in row) + " |"

    return "\n".join(
        [line(table.heads), line(["---"] * len(table.heads)), *(line(row) for row in table.rows)]
    )


def _plain(text: str) -> str:
    """On one line."""
    return " ".join(text.split())
