"""Write a report as Markdown. The same report gives the same bytes."""

from study.report.result import Report
from study.report.sections import Section, facts_of, sections_of, warnings_of
from study.report.tables import Row, Table


def to_markdown(report: Report) -> str:
    """Return the warnings, then the scores, then the checks of the scores."""
    parts = [f"# {_on_one_line(report.study.title)}"]
    parts += [f"*{_on_one_line(report.study.question)}*"] if report.study.question else []
    parts += [f"> **Note:** {_on_one_line(text)}" for text in warnings_of(report)]
    parts.append(facts_of(report.counts))
    for section in sections_of(report):
        parts += section_in_markdown(section)
    return "\n\n".join(parts) + "\n"


def section_in_markdown(section: Section) -> list[str]:
    """Return the paragraphs of a section, none without content."""
    if not section.text and not section.tables:
        return []
    return [
        f"## {section.title}",
        *(_on_one_line(text) for text in section.text),
        *(_table(table) for table in section.tables),
    ]


def _table(table: Table) -> str:
    rows = [table.heads, ["---"] * len(table.heads), *table.rows]
    return "\n".join(_row(row) for row in rows)


def _row(row: Row) -> str:
    return "| " + " | ".join(_on_one_line(str(cell)).replace("|", "\\|") for cell in row) + " |"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
