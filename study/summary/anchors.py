"""Compare all methods with the anchor of a study, or of a table of votes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from study.statistics.multiple_comparisons import Comparisons, Errors
from study.statistics.scales.anchor import against_anchor
from study.summary.scales import jod
from study.votes import Floats

UNPROCESSED = ("composite", "unprocessed")  # names of the anchor of a study that does not name one


@dataclass(frozen=True)
class Beside:
    """Describe a method beside the anchor (see `study.statistics.scales.anchor`); jod: the difference."""

    method: str
    difference: float
    se: float
    jod: float
    jod_se: float
    preference: float
    low: float
    high: float
    win: float
    tie: float


@dataclass(frozen=True)
class AnchorResult:
    """Hold the comparison with the anchor, the best method first."""

    anchor: str
    methods: tuple[Beside, ...]


def choose_anchor(names: Sequence[str], log_worths: Floats) -> int:
    """Return the unprocessed composite by its name, else the best method."""
    known = [i for i, name in enumerate(names) if name.casefold() in UNPROCESSED]
    return known[0] if known else int(np.argmax(log_worths))


def no_such_method(wanted: str, names: Sequence[str]) -> str:
    """Return the sentence that refuses an anchor."""
    return f"No method is called {wanted!r}. The methods are {', '.join(names)}."


def beside_anchor(
    names: Sequence[str], anchor: int, compared: Comparisons, errors: Errors, log_nu: float | None
) -> AnchorResult:
    """Return every other method beside the anchor."""
    found = [
        Beside(
            names[one.method],
            one.difference,
            one.se,
            jod(one.difference),
            jod(one.se),
            one.preference,
            one.low,
            one.high,
            one.win,
            one.tie,
        )
        for one in against_anchor(anchor, compared, errors, log_nu)
    ]
    return AnchorResult(names[anchor], tuple(sorted(found, key=lambda one: -one.difference)))
