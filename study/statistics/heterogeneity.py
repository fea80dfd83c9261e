"""Estimate how much preferences differ between participants or between items, beyond chance."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from study.statistics.bradley_terry import Fit
from study.statistics.covariance import group_codes
from study.statistics.davidson import NET
from study.statistics.goodness_of_fit import expected_probabilities
from study.votes import LEFT, RIGHT, Floats, Ints, Responses

# The logistic curve s(x) is close to the normal one Phi(c·x) with c = 16·sqrt(3) / (15·pi). Averaging it over
# differences of two log-worths of variance sd² each divides its squared slope by 1 + 2·c²·sd².
FLATTENING = 2 * (16 * np.sqrt(3) / (15 * np.pi)) ** 2
LARGEST_VARIANCE = 9.0


@dataclass(frozen=True)
class Heterogeneity:
    """Hold the variation of preferences between groups of votes (by participant or by item).

    sd: standard deviation of each method's log-worth between groups, 0 if the votes differ no more than by
    chance, at most 3. z, p: one-sided test that it is 0.
    """

    groups: int
    sd: float
    z: float
    p: float


def estimate_heterogeneity(votes: Responses, group: Ints, result: Fit) -> Heterogeneity | None:
    """Estimate the variation by moments, from each group's score s and information A at the common fit.

    E s's = tr A + sd² tr A². The estimate is corrected because a mixture of logistic curves is flatter than
    each of them. group: the participant or the item of each vote. None with fewer than two groups, or if no
    group has two votes that share a method.
    """
    methods = 0 if result.log_worths is None else len(result.log_worths)
    groups, group = group_codes(group)
    if not 2 <= groups < len(group):
        return None
    expected = expected_probabilities(result, methods)
    net = (expected[..., LEFT] - expected[..., RIGHT]) / 2
    information = ((expected[..., LEFT] + expected[..., RIGHT]) / 4 - net**2)[votes.left, votes.right]
    residual = NET[votes.outcome] - net[votes.left, votes.right]
    trace = 2 * np.bincount(group, information)
    correction = groups / (groups - 1)
    excess = correction * _score_square(votes, group, residual, methods) - float(trace.sum())
    square = _information_square(votes, group, information, methods)
    if square <= 1e-9 * float(information @ information):  # 0 but for rounding
        return None
    z = excess / np.sqrt(2 * square)
    flattened = max(excess / square, 0.0)
    variance = min(flattened / max(1 - FLATTENING * flattened, 1e-9), LARGEST_VARIANCE)
    return Heterogeneity(groups, float(np.sqrt(variance)), float(z), float(special.ndtr(-z)))


def _score_square(votes: Responses, group: Ints, residual: Floats, methods: int) -> float:
    """Return the sum over groups of s's."""
    size = (int(group.max()) + 1) * methods
    score = np.bincount(group * methods + votes.left, residual, size)
    score -= np.bincount(group * methods + votes.right, residual, size)
    return float(score @ score)


def _information_square(votes: Responses, group: Ints, information: Floats, methods: int) -> float:
    """Return the sum over groups of tr A², less that of single votes, which carry no common preference."""
    size = (int(group.max()) + 1) * methods
    diagonal = np.bincount(group * methods + votes.left, information, size)
    diagonal += np.bincount(group * methods + votes.right, information, size)
    low, high = np.minimum(votes.left, votes.right), np.maximum(votes.left, votes.right)
    _, pair = group_codes((group * methods + low) * methods + high)
    between = np.bincount(pair, information)
    return float(diagonal @ diagonal + 2 * between @ between - 4 * information @ information)
