"""Hold tables of a report, which Markdown and HTML print."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Row: TypeAlias = Sequence[str | int]


@dataclass(frozen=True)
class Table:
    """Hold a table: headings over rows; the first column names the row."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]
