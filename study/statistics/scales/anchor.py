"""Compare every method with one of them, the anchor: the chance to be preferred to it, with an interval."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from study.statistics.davidson import outcome_probabilities
from study.statistics.multiple_comparisons import Comparisons, Errors
from study.votes import LEFT, TIE, Floats

TINY = 1e-300


@dataclass(frozen=True)
class AgainstAnchor:
    """Describe a method beside the anchor.

    difference: its log-worth less that of the anchor; se: the standard error. preference: probability of
    being preferred to the anchor, ties aside; low, high: its interval, which holds with 95 % confidence for
    all pairs of the study at once. win, tie: probabilities with ties, the sides unknown.
    """

    method: int
    difference: float
    se: float
    preference: float
    low: float
    high: float
    win: float
    tie: float


def against_anchor(
    anchor: int, compared: Comparisons, errors: Errors, log_nu: float | None
) -> tuple[AgainstAnchor, ...]:
    """Return the comparison of every other method with the anchor, in the order of the methods."""
    differences, between = compared.differences[:, anchor], errors.between[:, anchor]
    reach = np.where(
        between > 0, compared.critical * np.maximum(between, TINY), 0
    )  # the limit may be infinite
    outcomes = outcome_probabilities(differences, np.zeros_like(differences), log_nu)
    columns: list[Floats] = [
        differences,
        between,
        expit(differences),
        expit(differences - reach),
        expit(differences + reach),
        outcomes[:, LEFT],
        outcomes[:, TIE],
    ]
    return tuple(
        AgainstAnchor(method, *(float(column[method]) for column in columns))
        for method in range(len(differences))
        if method != anchor
    )
