"""Fit votes with grades, such as better and much better, by a cumulative logit with symmetric thresholds.

A vote compares z = a_left - a_right + g + noise, logistic, with thresholds -t_G < ... < -t_1 < t_1 < ... <
t_G: it is a tie between -t_1 and t_1, the left method is better from t_1 to t_2, much better beyond t_2, and
the right one likewise below -t_1 (Agresti, Applied Statistics 41, 1992). With one grade this is Rao and
Kupper's model of ties. Without ties t_1 = 0. A decided vote of unknown grade counts as any grade.

For the limits A > B of a vote less d, the likelihood is s(A) - s(B) = s(A) s(-B) (1 - exp(B - A)), with the
logistic function s. Its logarithm is concave.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse, special

from study.statistics.answers.choices import BATCH, invert
from study.statistics.answers.distinct import distinct_rows
from study.statistics.answers.group_errors import errors_of_answers
from study.statistics.multiple_comparisons import Errors
from study.statistics.unequal.errors import Estimated
from study.votes import LEFT, NONE, TIE, Bools, Floats, Ints, Votes

SMALLEST_STEP = 1e-10
MOST_STEPS = 60


@dataclass(frozen=True, eq=False)
class Cells:
    """Hold N different votes: their limits as linear functions of S parameters, and which each vote is.

    upper, lower: N×S, of the limits A and B. bounded_above, bounded_below: N; the others are infinite.
    of_vote: n, the cell of each vote.
    """

    upper: Floats
    lower: Floats
    bounded_above: Bools
    bounded_below: Bools
    of_vote: Ints


@dataclass(frozen=True, eq=False)
class Cumulative:
    """Hold the estimates. log_worths: K, sum zero. order_effect: None where the model has none.

    thresholds: t_1 to t_G by grade, in which t_1 is 0 without ties. grades: the grades that occur.
    covariance: S×S of log-worths, order effect and those thresholds that are estimated. theta: the same S.
    """

    log_worths: Floats
    order_effect: float | None
    thresholds: tuple[float, ...]
    grades: tuple[int, ...]
    covariance: Floats
    loglik: float
    theta: Floats
    cells: Cells


def fit_graded(votes: Votes, grade: Ints, methods: int, *, order_effect: bool = False) -> Cumulative | None:
    """Fit votes that Davidson's model ranks. grade: n, from 1, NONE where unknown; of a tie it is ignored.

    order_effect: estimate it; the votes must separate it from the methods. None without a maximum or without
    any grade.
    """
    decided = votes.outcome != TIE
    grades = tuple(np.unique(grade[decided & (grade != NONE)]).tolist())
    if not grades:
        return None
    has_ties = bool((~decided).any())
    cells = _cells(votes, np.searchsorted(grades, grade), grade != NONE, methods, (order_effect, has_ties))
    weight = np.ones(len(decided)) if votes.count is None else votes.count
    counts = np.bincount(cells.of_vote, weight, len(cells.upper)).astype(float)
    thresholds = len(grades) - (not has_ties)
    start = np.zeros(methods + order_effect + thresholds)
    start[len(start) - thresholds :] = _start(grade[decided], weight, decided, grades)[
        len(grades) - thresholds :
    ]
    best = _maximise(cells, counts, start, methods)
    if best is None:
        return None
    theta, covariance, value = best
    theta[:methods] -= theta[:methods].mean()
    own = theta[len(theta) - thresholds :].tolist()
    return Cumulative(
        log_worths=theta[:methods],
        order_effect=float(theta[methods]) if order_effect else None,
        thresholds=tuple(own if has_ties else [0.0, *own]),
        grades=grades,
        covariance=covariance,
        loglik=value,
        theta=theta,
        cells=cells,
    )


def errors_of_graded(result: Cumulative, votes: Votes, item: Ints | None) -> Errors:
    """Return the standard errors of a fit of the same votes, by participant and item where they are known."""
    cells = result.cells
    slopes, informations = _derivatives(cells, result.theta)
    weight = np.ones(len(votes.left)) if votes.count is None else votes.count
    size = len(result.theta)

    def parts(group: Ints) -> tuple[Floats, Iterator[tuple[slice, Floats]]]:
        shape = (int(group.max(initial=-1)) + 1, len(slopes))
        counts = sparse.coo_array((weight, (group, cells.of_vote)), shape).tocsr()
        return np.asarray(counts @ slopes), batches(counts)

    def batches(counts: Any) -> Iterator[tuple[slice, Floats]]:
        step = max(1, BATCH // size**2)
        for first in range(0, counts.shape[0], step):
            own = counts[first : first + step] @ informations.reshape(len(informations), -1)
            yield slice(first, first + len(own)), own.reshape(-1, size, size)

    model = Estimated(result.covariance, result.log_worths, weight, parts)
    return errors_of_answers(model, votes.participant, item)


def preferences(result: Cumulative) -> Floats:
    """Return the K×K probabilities that the row is preferred to the column, ties aside."""
    d, t = np.subtract.outer(result.log_worths, result.log_worths), result.thresholds[0]
    won, lost = special.expit(d - t), special.expit(-d - t)
    return np.asarray(won / (won + lost))


def gain_of_grades(tie_rate: float, much: float) -> float:
    """Return how many votes a vote with two grades is worth between equal methods: the ratio of informations.

    tie_rate: share of ties, from 0 to below 1. much: share of the higher grade among decided votes, from 0 to
    1.
    """
    decided = (1 - tie_rate) / 2  # of one side
    better, higher = decided * (1 - much), decided * much
    slope_all, slope_higher = decided * (1 - decided), higher * (1 - higher)
    parts = [(slope_all - slope_higher, better), (slope_higher, higher)]
    return sum(slope**2 / share for slope, share in parts if share > 0) / (slope_all**2 / decided)


def _start(grade: Ints, weight: Floats, decided: Bools, grades: tuple[int, ...]) -> Floats:
    """Return the thresholds if all methods were equal. grade: of decided votes."""
    own = np.where(grade == NONE, grades[0], grade)
    shares = [weight[decided][own >= level].sum() / weight.sum() for level in grades]
    return np.asarray(-special.logit(np.array(shares) / 2), np.float64)


def _cells(votes: Votes, level: Ints, known: Bools, methods: int, terms: tuple[bool, bool]) -> Cells:
    """Return the different votes. level: index of the grade. terms: there is an order effect, are ties."""
    order_effect, has_ties = terms
    top = int(level[known & (votes.outcome != TIE)].max()) + 1
    kind = np.where(votes.outcome == TIE, 0, np.where(known, level + 1, top + 1))
    (left, right, ordered, signed), of_vote = _distinct(votes, kind, order_effect)
    rows, size = np.arange(len(left)), methods + order_effect + top - (not has_ties)
    difference = np.zeros((len(left), size))
    difference[rows, left] += 1
    difference[rows, right] -= 1
    if order_effect:
        difference[:, methods] = ordered
    kind, tie, side = np.abs(signed), signed == 0, np.where(signed < 0, -1, 1)
    near = np.where((kind > top) | tie, 1, kind)  # number of the threshold towards 0
    far = np.where(kind < top, kind + 1, 0)  # 0: none
    low = np.where(tie | (side > 0), near, far)
    high = np.where(tie | (side < 0), near, far)
    first = size - top  # column of threshold 1, which is not there without ties
    upper = _limits(high, side, first, size, has_ties) - difference
    lower = _limits(low, np.where(tie, -1, side), first, size, has_ties) - difference
    return Cells(upper, lower, high > 0, low > 0, of_vote)


def _distinct(votes: Votes, kind: Ints, order_effect: bool) -> tuple[Ints, Ints]:
    """Return the different votes as 4×N left, right, ordered and kind, and the index of each vote.

    kind: of the vote, negative where the right method is better. Without an order effect the lower index is
    on the left.
    """
    left, right = votes.left.astype(np.int64), votes.right.astype(np.int64)
    signed = np.where(votes.outcome == LEFT, kind, -kind)
    ordered = np.ones(len(left), np.int64) if votes.ordered is None else votes.ordered.astype(np.int64)
    if not order_effect:
        signed = np.where(left > right, -signed, signed)
        left, right, ordered = np.minimum(left, right), np.maximum(left, right), ordered * 0
    key = np.stack([left, right, ordered, signed])
    first, of_vote = distinct_rows(key)
    return key[:, first], of_vote


def _limits(number: Ints, sign: Ints, first: int, size: int, has_ties: bool) -> Floats:
    """Return the N×S linear functions of the thresholds with these numbers from 1; 0 where there is none."""
    limits = np.zeros((len(number), size))
    used = np.flatnonzero(number > (not has_ties))
    limits[used, first + number[used] - 1] = sign[used]
    return limits


def _maximise(
    cells: Cells, counts: Floats, theta: Floats, methods: int
) -> tuple[Floats, Floats, float] | None:
    """Return parameters, inverse information and log-likelihood at the maximum, None where there is none."""
    value = _log_likelihood(cells, counts, theta)
    for _ in range(MOST_STEPS):
        slopes, informations = _derivatives(cells, theta)
        inverse, determined = invert(np.einsum("n,nij->ij", counts, informations), methods)
        if not determined:
            return None
        step = inverse @ (counts @ slopes)
        while not (after := _log_likelihood(cells, counts, theta + step)) >= value - 1e-12 * abs(value):
            step = step / 2
        theta, value = theta + step, after
        if np.abs(step).max() < SMALLEST_STEP:
            return theta, inverse, value
    return None


def _log_likelihood(cells: Cells, counts: Floats, theta: Floats) -> float:
    """Return the log-likelihood of the numbers of votes; minus infinity unless thresholds increase."""
    high, low = _values(cells, theta)
    both = cells.bounded_above & cells.bounded_below
    width = (high - low)[both]
    if (width <= 0).any():
        return -np.inf
    terms = special.log_expit(high) + special.log_expit(-low)
    terms[both] += np.log(-np.expm1(-width))
    return float(counts @ terms)


def _values(cells: Cells, theta: Floats) -> tuple[Floats, Floats]:
    """Return the upper and the lower limit of each vote."""
    high = np.where(cells.bounded_above, cells.upper @ theta, np.inf)
    return high, np.where(cells.bounded_below, cells.lower @ theta, -np.inf)


def _derivatives(cells: Cells, theta: Floats) -> tuple[Floats, Floats]:
    """Return the N×S first derivatives of the log-likelihood of a vote, and minus the N×S×S second ones."""
    high, low = _values(cells, theta)
    with np.errstate(over="ignore"):  # an infinite width has a share of 0
        share = 1 / np.expm1(high - low)
    by_high, by_low = special.expit(-high) + share, -special.expit(low) - share
    slopes = by_high[:, None] * cells.upper + by_low[:, None] * cells.lower
    mixed = share * (1 + share)
    curves = [special.expit(limit) * special.expit(-limit) for limit in (high, low)]
    width = cells.upper - cells.lower
    parts = ((curves[0], cells.upper), (curves[1], cells.lower), (mixed, width))
    return slopes, np.sum([np.einsum("n,ni,nj->nij", w, x, x) for w, x in parts], axis=0)
