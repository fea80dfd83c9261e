"""Score the methods on single pictures, shrunk towards the scores of all, and find the pictures that decide.

A picture has few votes. Its log-worths are therefore those of all pictures plus deviations from a normal
distribution with the standard deviation that the pictures differ by (empirical Bayes): the most probable
deviations, given the votes on the picture (a ridge of 1 / sd² in the likelihood). Order effect and ties are
those of all votes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from study.statistics.bradley_terry import Fit, cell_of, treat_ties
from study.statistics.covariance import group_codes
from study.statistics.davidson import Pairings, Sums, information, maximise, moments, score, sum_up
from study.votes import Floats, Ints, Votes

SMALLEST_STEP = 1e-9
LONGEST_STEP = 1.0
MOST_STEPS = 100
BATCH = 2_000_000  # counts that are handled at once


@dataclass(frozen=True, eq=False)
class PictureScores:
    """Hold the scores on P pictures.

    votes: P. log_worths: P×K, each row sums to zero. errors: P×K, their standard errors: of the deviations,
    of the scores of all pictures as far as these count, and of the spread. without: P×K log-worths of
    the votes on all other pictures, nan where these give no ranking.
    """

    votes: Floats
    log_worths: Floats
    errors: Floats
    without: Floats


def picture_scores(
    votes: Votes, picture: Ints, result: Fit, covariance: Floats, sd: float, likely: Sequence[float] = ()
) -> PictureScores | None:
    """Return the scores on every picture; None for a fit without a ranking.

    picture: that of each vote, 0 ... P-1. covariance: K×K or larger, of the scores of all pictures. sd:
    standard deviation of a log-worth between pictures, 0 or more. likely: equally probable values of it, over
    which the squared errors are averaged, from the log-worths at sd; none where it is known.
    """
    if result.status != "ok" or result.log_worths is None:
        return None
    methods = len(result.log_worths)
    pairings, table = _count(votes, picture, result, methods)
    total = np.asarray(table.sum(axis=0)).reshape(1, -1, 3)
    numbers, worths, errors, without = [], [], [], []
    for counts in _batches(table, (methods + 2) ** 2):
        own = treat_ties(counts, result.ties)
        sums = sum_up(pairings, own)
        deviation, inverse = _deviations(pairings, sums, result, sd)
        numbers.append(sums.totals.sum(axis=1))
        worths.append(result.log_worths + deviation)
        squares = []
        for one in likely or (sd,):
            other, inverse = _deviations(pairings, sums, result, one)
            given = _errors(inverse, covariance[:methods, :methods], one)
            squares.append(given**2 + (other - deviation) ** 2)
        errors.append(np.sqrt(np.mean(squares, axis=0)))
        rest = sum_up(pairings, treat_ties(total - counts, result.ties))
        best = maximise(pairings, rest, result.theta)
        without.append(np.where(best.found[:, None], best.theta[:, :methods], np.nan))
    return PictureScores(*(np.concatenate(parts) for parts in (numbers, worths, errors, without)))


def _count(votes: Votes, picture: Ints, result: Fit, methods: int) -> tuple[Pairings, Any]:
    """Return the n pairings with votes, and the sparse P×3n counts of left, right and tie of each."""
    cells = cell_of(votes, methods)
    size, column = group_codes(cells)
    occurring = np.zeros(size, np.int64)
    occurring[column] = cells
    ordered, pair = np.divmod(occurring, methods * methods)
    if result.order_effect is None:
        ordered = np.zeros_like(ordered)
    count = np.ones(len(cells)) if votes.count is None else votes.count
    shape = (int(picture.max()) + 1, 3 * size)
    code = picture.astype(np.int64) * shape[1] + column * 3 + votes.outcome
    kinds, kind = group_codes(code)
    places = np.zeros(kinds, np.int64)
    places[kind] = code
    table = sparse.coo_array((np.bincount(kind, count, kinds), np.divmod(places, shape[1])), shape).tocsr()
    return Pairings(*np.divmod(pair, methods), ordered, methods), table


def _batches(table: Any, size: int) -> Iterator[Floats]:
    """Yield the counts of some pictures at a time: B×n×3. size: numbers that each picture needs besides."""
    step = max(1, BATCH // max(table.shape[1], size))
    for start in range(0, table.shape[0], step):
        yield table[start : start + step].toarray().reshape(-1, table.shape[1] // 3, 3)


def _deviations(pairings: Pairings, votes: Sums, result: Fit, sd: float) -> tuple[Floats, Floats]:
    """Return the most probable deviations of B pictures (B×K) and their covariances (B×K×K)."""
    k, pictures = pairings.methods, len(votes.totals)
    deviation = np.zeros((pictures, k))
    if sd <= 0:
        return deviation, np.zeros((pictures, k, k))
    tied = np.full(pictures, result.log_nu is not None)
    theta, ridge = np.repeat(result.theta[None], pictures, axis=0), 1 / sd**2
    for _ in range(MOST_STEPS):
        theta[:, :k] = result.theta[:k] + deviation
        means = moments(pairings, theta, tied)
        slope = score(pairings, votes, means)[:, :k] - ridge * deviation
        inverse = np.linalg.inv(information(pairings, votes, means)[:, :k, :k] + ridge * np.eye(k))
        step = np.einsum("bij,bj->bi", inverse, slope)
        length = np.abs(step).max(axis=1, keepdims=True)
        deviation = deviation + step * np.minimum(1, LONGEST_STEP / np.maximum(length, SMALLEST_STEP))
        if length.max() < SMALLEST_STEP:
            break
    return deviation, np.asarray(inverse)


def _errors(inverse: Floats, covariance: Floats, sd: float) -> Floats:
    """Return the B×K standard errors of the log-worths on pictures.

    The scores of all pictures count for the share H⁻¹ / sd² of the log-worths on a picture, H⁻¹ the
    covariance of its deviations: wholly where it has no votes, or no deviations.
    """
    k = len(covariance)
    share = inverse / sd**2 if sd > 0 else np.broadcast_to(np.eye(k), inverse.shape)
    both = inverse + share @ covariance @ np.swapaxes(share, 1, 2)
    centre = np.eye(k) - 1 / k
    spread = np.einsum("ij,bjk,ik->bi", centre, both, centre)
    return np.asarray(np.sqrt(np.maximum(spread, 0)))
