"""Read JSON with limits on depth, values and numbers, and with text that a database can store."""

import json
import math
from typing import Any

from demo.guard.rules.refusals import Refusal

DEPTH = 24
VALUES = 100_000
DIGITS = 18


def read_json(raw: bytes) -> Any:
    """Return the decoded value. Raises Refusal.

    NaN, infinite numbers and integers of more than 18 digits are refused, and what `check_values` refuses.
    """
    try:
        value = json.loads(raw, parse_constant=_no_constant, parse_int=_short_int, parse_float=_finite)
    except (ValueError, RecursionError):
        raise bad("This is not valid JSON.") from None
    check_values(value)
    return value


def check_values(value: Any) -> None:
    """Check depth (24), number of values (100,000) and text of a decoded value.

    Raises Refusal, also for text that no file name or database can store.
    """
    level, count = [value], 0
    for _ in range(DEPTH):
        for part in level:
            if isinstance(part, str):
                _check_text(part)
        below = [inner for part in level for inner in _children(part)]
        count += len(level)
        if count > VALUES:
            raise bad("There are too many values.")
        if not below:
            return
        level = below
    raise bad("The values are nested too deep.")


def _children(part: Any) -> list[Any]:
    """Return the elements of a list, or the keys and values of an object."""
    if isinstance(part, dict):
        return [*part, *part.values()]
    return part if isinstance(part, list) else []


def bad(message: str) -> Refusal:
    """Return the refusal of a body with status 400."""
    return Refusal(400, "bad_request", message)


def _check_text(text: str) -> None:
    if text.isascii() and "\0" not in text:
        return
    # NUL and half of a surrogate pair cannot be stored in a database or a file name.
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise bad("This text has characters that cannot be stored.")


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
