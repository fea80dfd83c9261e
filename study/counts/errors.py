"""Estimate the errors of scores from counts (see `moments`), without the votes.

By picture, and by picture and participant together, they are those of `study.statistics.cluster_errors`. By
participant they are the estimate of `study.statistics.covariance`, multiplied by C/(C-1) for C participants
(CR1): the correction of each participant on its own (CR2) needs the votes of each. The two differ by less
than the largest share of the votes that a participant has. Where few participants or pictures have most of
the votes, a report uses other errors (`study.statistics.unequal.errors`), which need the votes of each too.
"""

from collections.abc import Iterator

import numpy as np

from study.counts.moments import Counts
from study.statistics.bradley_terry import Fit
from study.statistics.cluster_errors import BATCH, ClusterErrors, TwoWayErrors, errors_of_groups, two_ways
from study.statistics.davidson import Moments, Pairings, Sums, information, moments
from study.statistics.multiple_comparisons import FEW_PARTICIPANTS, Errors, widest_errors
from study.votes import Floats


def errors_from_counts(result: Fit, counts: Counts) -> Errors | None:
    """Return the standard errors of a fit of these counts, None if it has no ranking."""
    if result.status != "ok" or result.covariance is None:
        return None
    model, methods = ClusterErrors(result.covariance, np.inf), counts.size.methods
    people = people_errors(result, counts)
    both = None if people is None else two_way_errors(result, counts, people)
    few = counts.voters < FEW_PARTICIPANTS
    return widest_errors(model, people, both, few=bool(few), methods=methods)


def people_errors(result: Fit, counts: Counts) -> ClusterErrors | None:
    """Return the errors that allow any dependence among the votes of a participant; None with one of them."""
    voters = int(counts.voters)
    if voters < 2:
        return None
    covariance = _sandwich(result, counts, counts.people) * voters / (voters - 1)
    return ClusterErrors(covariance, voters - 1.0)


def two_way_errors(result: Fit, counts: Counts, people: ClusterErrors) -> TwoWayErrors | None:
    """Return the errors by participant and by picture; None where fewer than two pictures have votes."""
    used = counts.items[counts.items.any(axis=1)]
    if len(used) < 2:
        return None
    assert result.covariance is not None
    methods = counts.size.methods
    scores = used @ derivatives(result, methods)
    items = errors_of_groups(result.covariance, scores, _informations(result, used, methods), methods)
    return two_ways(people, items, _sandwich(result, counts, counts.both), methods)


def derivatives(result: Fit, methods: int) -> Floats:
    """Return A, S×(K+2): the derivatives of the log-likelihood by each of the sums v (see `moments`)."""
    pairings, means = _all_pairs(result, methods)
    shown = -(pairings.design.toarray() * means.net[0][:, None])
    shown[:, -1] = -means.tie[0]
    wins = np.eye(methods + 2)
    wins[: methods + 1] /= 2
    found = np.concatenate([wins, shown])
    found[:, -2] *= result.order_effect is not None
    found[:, -1] *= result.log_nu is not None
    return found


def _all_pairs(result: Fit, methods: int) -> tuple[Pairings, Moments]:
    """Return all K×K pairs of left and right method, and the moments of a vote on each."""
    left, right = (index.ravel() for index in np.indices((methods, methods)))
    ordered = np.full(methods**2, result.order_effect is not None, np.int64)
    pairings = Pairings(left, right, ordered, methods)
    return pairings, moments(pairings, result.theta[None], np.array([result.log_nu is not None]))


def _sandwich(result: Fit, counts: Counts, squares: np.ndarray) -> Floats:
    assert result.covariance is not None
    bread = derivatives(result, counts.size.methods) @ result.covariance
    return np.asarray(bread.T @ squares @ bread)


def _informations(result: Fit, sums: np.ndarray, methods: int) -> Iterator[tuple[slice, Floats]]:
    """Yield batches of groups with the S×S information of each; sums: v of each group."""
    pairings, means = _all_pairs(result, methods)
    step = max(1, BATCH // max((methods + 2) ** 2, methods**2))
    for start in range(0, len(sums), step):
        totals = sums[start : start + step, methods + 2 :].astype(float)
        own = information(pairings, Sums(totals, np.zeros((len(totals), methods + 2))), means)
        if result.log_nu is None:
            own[:, -1, :] = own[:, :, -1] = 0
        yield slice(start, start + len(totals)), own
