"""Read JSON strictly: bounded size, depth and numbers, and text that can be kept and sent again."""

import json
import math
from typing import Any

from demo.guard.rules.refusals import Refusal

DEPTH = 24
VALUES = 100_000
DIGITS = 18


def read_json(raw: bytes) -> Any:
    """Return the value, or refuse what a later reader could stumble over. Raises Refusal."""
    try:
        value = json.loads(raw, parse_constant=_no_constant, parse_int=_short_int, parse_float=_finite)
    except (ValueError, RecursionError):
        raise bad("This is not valid JSON.") from None
    check_values(value)
    return value


def check_values(value: Any) -> None:
    """Refuse what is nested too deep, has too many values, or text that no file or database can keep."""
    level, seen = [value], 0
    for _ in range(DEPTH):
        for part in level:
            if isinstance(part, str):
                _check_text(part)
        below = [inner for part in level for inner in _inside(part)]
        seen += len(level)
        if seen > VALUES:
            raise bad("These are too many values.")
        if not below:
            return
        level = below
    raise bad("This is nested too deep.")


def _inside(part: Any) -> list[Any]:
    """Return what a list or an object holds; the keys of an object are texts too."""
    if isinstance(part, dict):
        return [*part, *part.values()]
    return part if isinstance(part, list) else []


def bad(words: str) -> Refusal:
    """Make the refusal of a body."""
    return Refusal(400, "bad_request", words)


def _check_text(text: str) -> None:
    if text.isascii() and "\0" not in text:
        return
    # Half of a surrogate pair and NUL cannot be written to a database or a file name.
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise bad("This text has signs that cannot be kept.")


def _no_constant(text: str) -> float:
    raise ValueError(text)


def _short_int(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError(text)
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
