"""Prevent spreadsheets from running texts in tables as formulas, and restore the texts when reading.

A spreadsheet runs a cell that begins with =, + or -, and some other characters; it shows a cell that begins
with an apostrophe as text.
"""

import re
from collections.abc import Callable

import pandas as pd

# Texts that run, also with full-width characters, which some programs treat alike. The pattern includes
# leading apostrophes, so that reading removes exactly one, the one that writing added.
FORMULA = r"'*[=+\-@\t\r\n＝＋－＠]"
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
WRITTEN = re.compile(rf"(?!{NUMBER}\Z)(?={FORMULA})", re.ASCII)
READ = re.compile(rf"'(?={FORMULA})")


def as_text(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run; numbers stay as they are."""
    return f"'{cell}" if WRITTEN.match(cell) else cell


def as_meant(cell: str) -> str:
    """Undo `as_text`."""
    return cell[1:] if READ.match(cell) else cell


def harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts no spreadsheet runs; columns of numbers are not changed."""
    return frame.apply(_changed, change=as_text)


def meant(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the texts that it had before `harmless`."""
    return frame.apply(_changed, change=as_meant)


def _changed(column: "pd.Series[str]", change: Callable[[str], str]) -> "pd.Series[str]":
    """Change each distinct text once: a million votes contain few distinct names."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    texts = (text for text in column.unique() if isinstance(text, str))
    changed = {text: after for text in texts if (after := change(text)) != text}
    return column.astype(object).map(lambda text: changed.get(text, text)) if changed else column
