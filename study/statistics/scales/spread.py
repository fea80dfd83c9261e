"""Estimate how much the log-worths of methods differ between pictures, with an interval, to plan a study."""

from dataclasses import dataclass

import numpy as np

from study.statistics.bradley_terry import Fit
from study.statistics.covariance import group_codes
from study.statistics.davidson import NET
from study.statistics.goodness_of_fit import expected_probabilities
from study.statistics.heterogeneity import FLATTENING, LARGEST_VARIANCE, estimate_heterogeneity
from study.statistics.multiple_comparisons import LEVEL, quantile
from study.votes import LEFT, RIGHT, Floats, Ints, Responses

LEAST = 1e-6  # of the information: less information that votes share says nothing about pictures
LARGEST_REACH = 50.0
LIKELY = (0.1, 0.3, 0.5, 0.7, 0.9)  # probabilities of the quantiles of the spread


@dataclass(frozen=True)
class PictureSpread:
    """Hold the standard deviation of each method's log-worth between pictures, 0 to 3.

    low, high: its 95 % interval, from leaving out one picture at a time (the jackknife of the logarithm of
    s's / tr A). p: one-sided, of no spread. likely: equally probable standard deviations, from the same.
    """

    pictures: int
    sd: float
    low: float
    high: float
    p: float
    likely: tuple[float, ...]


def picture_spread(votes: Responses, item: Ints, result: Fit) -> PictureSpread | None:
    """Return the spread between the items of the votes of a ranked fit.

    The estimate is that of `estimate_heterogeneity`. None with fewer than two pictures, or if no picture has
    two votes that share a method.
    """
    if result.log_worths is None or not 2 <= group_codes(item)[0] < len(item):
        return None
    scores, trace, square = _moments(votes, item, result, result.log_worths)
    if (
        square.sum() < LEAST * trace.sum()
        or min((scores.sum() - scores).min(), (trace.sum() - trace).min()) <= 0
    ):
        return None
    whole = estimate_heterogeneity(votes, item, result)
    assert whole is not None
    logs = np.log((scores.sum() - scores) / (trace.sum() - trace))
    error = np.sqrt((whole.groups - 1) / whole.groups * ((logs - logs.mean()) ** 2).sum())
    ratio, scale = scores.sum() / trace.sum(), trace.sum() / square.sum()

    def sd_at(probability: float) -> float:
        reach = quantile(probability, whole.groups - 1) * error
        return _sd((ratio * np.exp(np.clip(reach, -LARGEST_REACH, LARGEST_REACH)) - 1) * scale)

    low, high = sd_at((1 - LEVEL) / 2), sd_at((1 + LEVEL) / 2)
    likely = tuple(sd_at(probability) for probability in LIKELY)
    return PictureSpread(whole.groups, whole.sd, min(low, whole.sd), max(high, whole.sd), whole.p, likely)


def _moments(votes: Responses, item: Ints, result: Fit, worths: Floats) -> tuple[Floats, Floats, Floats]:
    """Return for each item s's, tr A, and tr A² without that of single votes (see `heterogeneity`)."""
    methods = len(worths)
    groups, group = group_codes(item)
    cells, cell = group_codes((group * methods + votes.left) * methods + votes.right)
    places = np.zeros(cells, np.int64)
    places[cell] = (group * methods + votes.left) * methods + votes.right
    counts = np.bincount(cell * 3 + votes.outcome, minlength=3 * cells).reshape(-1, 3)
    of, (left, right) = places // methods**2, np.divmod(places % methods**2, methods)
    expected = expected_probabilities(result, methods)
    net = (expected[..., LEFT] - expected[..., RIGHT]) / 2
    single = ((expected[..., LEFT] + expected[..., RIGHT]) / 4 - net**2)[left, right]
    number = counts.sum(axis=1)
    information, residual = number * single, counts @ NET - number * net[left, right]
    scores, own = np.zeros((groups, methods)), np.zeros((groups, methods))
    for side, sign in ((left, 1), (right, -1)):
        np.add.at(scores, (of, side), sign * residual)
        np.add.at(own, (of, side), information)
    pairs, pair = group_codes((of * methods + np.minimum(left, right)) * methods + np.maximum(left, right))
    group_of = np.zeros(pairs, np.int64)
    group_of[pair] = of
    between = np.bincount(group_of, np.bincount(pair, information, pairs) ** 2, groups)
    alone = np.bincount(of, number * single**2, groups)
    square = (own**2).sum(axis=1) + 2 * between - 4 * alone
    squared = groups / (groups - 1) * (scores**2).sum(axis=1)
    trace = 2.0 * np.bincount(of, information, groups)
    return np.asarray(squared), np.asarray(trace, np.float64), np.asarray(square)


def _sd(flattened: float) -> float:
    """Return the standard deviation for a variance of a mixture of logistic curves, at most 3."""
    variance = max(flattened, 0.0)
    return float(np.sqrt(min(variance / max(1 - FLATTENING * variance, 1e-9), LARGEST_VARIANCE)))
