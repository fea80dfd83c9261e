"""Estimate covariances of scores that allow for dependence among votes of a participant or on an item."""

import numpy as np

from study.statistics.bradley_terry import Fit, Ties, cell_of
from study.statistics.davidson import NET, Pairings, moments
from study.votes import TIE, Floats, Ints, Votes

QUASI_STEPS = 100


def standard_errors(covariance: Floats) -> Floats:
    """Return the square roots of the diagonal of a covariance."""
    return np.asarray(np.sqrt(np.maximum(np.diagonal(covariance), 0)))


def difference_errors(covariance: Floats, methods: int) -> Floats:
    """Return the K×K standard errors of differences of log-worths, the first K parameters of a covariance."""
    v = covariance[:methods, :methods]
    spread = np.diagonal(v)[:, None] + np.diagonal(v)[None, :] - v - v.T
    return np.asarray(np.sqrt(np.maximum(spread, 0)))


def clustered_covariance(result: Fit, votes: Votes, methods: int) -> Floats | None:
    """Return the (K+2)×(K+2) covariance that allows any dependence among the votes of a participant.

    The sandwich estimate A⁺ B A⁺: A is the information and B is C/(C-1) times the sum over the C participants
    of the outer product of their score (Liang and Zeger, Biometrika 73, 1986). None for a fit without a
    ranking or with fewer than two participants.
    """
    if votes.participant is None:
        return None
    return grouped_covariance(result, votes, votes.participant, methods)


def two_way_covariance(result: Fit, votes: Votes, item: Ints, methods: int) -> Floats | None:
    """Return the (K+2)×(K+2) covariance that allows dependence by participant and by item.

    V_participant + V_item - V_both (Cameron, Gelbach and Miller, J. Bus. Econ. Stat. 29, 2011), negative
    eigenvalues set to 0. None where `clustered_covariance` is None, or with fewer than two items.
    """
    if votes.participant is None:
        return None
    both = cross_groups(votes.participant, item)
    parts = [grouped_covariance(result, votes, g, methods) for g in (votes.participant, item, both)]
    by_person, by_item, by_both = parts
    if by_person is None or by_item is None or by_both is None:
        return None
    sizes, axes = np.linalg.eigh(by_person + by_item - by_both)
    return np.asarray(axes * np.maximum(sizes, 0) @ axes.T)


def grouped_covariance(result: Fit, votes: Votes, group: Ints, methods: int) -> Floats | None:
    """Return the sandwich estimate of `clustered_covariance` for any groups; None with fewer than two."""
    if result.status != "ok" or result.covariance is None:
        return None
    used = vote_weights(votes, result.ties) > 0
    groups, cluster = group_codes(group[used])
    if groups < 2:
        return None
    full = np.zeros(len(group), np.int64)
    full[used] = cluster  # votes of weight 0 have scores of 0
    scores = group_scores(result, votes, methods, full)
    correction = groups / (groups - 1)
    bread = result.covariance
    return np.asarray(bread @ (scores.T @ scores * correction) @ bread)


def group_scores(result: Fit, votes: Votes, methods: int, cluster: Ints) -> Floats:
    """Return the C×(K+2) derivatives of the log-likelihood of each group's votes. cluster: 0 ... C-1."""
    size, code = methods + 2, cell_of(votes, methods) * 3 + votes.outcome
    net, tied = (residual.ravel()[code] for residual in _residuals(result, methods))
    if votes.count is not None:
        net, tied = net * votes.count, tied * votes.count
    groups = int(cluster.max(initial=-1)) + 1
    base = cluster.astype(np.int64) * size
    flat = np.bincount(base + votes.left, net, groups * size).astype(np.float64, copy=False)
    np.subtract.at(flat, base + votes.right, net)  # in place: there may be as many groups as votes
    scores = flat.reshape(groups, size)
    if result.order_effect is not None:
        scores[:, -2] = np.bincount(cluster, net if votes.ordered is None else net * votes.ordered, groups)
    if result.log_nu is not None:
        scores[:, -1] = np.bincount(cluster, tied, groups)
    return scores


def vote_weights(votes: Votes, ties: Ties) -> Floats:
    """Return the weight of each vote in a fit: its count, or 0 for a tie if ties are omitted."""
    weight = np.ones(len(votes.left)) if votes.count is None else votes.count
    return weight * (votes.outcome != TIE) if ties == "drop" else weight


def lower_index_left(left: Ints, right: Ints, outcome: Ints, methods: int) -> tuple[Ints, Ints]:
    """Return the cells (left·K + right) and outcomes of votes with sides swapped so that left < right."""
    swap = left > right
    low, high = np.minimum(left, right).astype(np.int64), np.maximum(left, right)
    return low * methods + high, np.where(swap & (outcome != TIE), 1 - outcome, outcome)


def cross_groups(one: Ints, other: Ints) -> Ints:
    """Return a number for each combination of two groups. Both: indices from 0."""
    return np.asarray(one.astype(np.int64) * (int(other.max(initial=0)) + 1) + other)


def group_codes(group: Ints) -> tuple[int, Ints]:
    """Return the number of distinct groups, and a code 0, 1, 2 ... for the group of each element.

    Codes follow the order of the indices. For dense indices this takes a quarter of the time of np.unique or
    pandas.factorize, which sort or hash (8 ms beside 30 ms for a million).
    """
    if len(group) and group.min() >= 0 and group.max() < 8 * len(group):
        occurs = np.zeros(int(group.max()) + 1, np.int8)
        occurs[group] = 1
        places = np.cumsum(occurs, dtype=np.int32)
        return int(places[-1]), (places[group] - 1).astype(np.int64)
    distinct, numbers = np.unique(group, return_inverse=True)
    return len(distinct), numbers


def _residuals(result: Fit, methods: int) -> tuple[Floats, Floats]:
    """Return net preference and tie indicator less their means, for 2·K·K cells × 3 outcomes each."""
    ordered, left, right = (index.ravel() for index in np.indices((2, methods, methods)))
    means = moments(
        Pairings(left, right, ordered, methods), result.theta[None], np.array([result.log_nu is not None])
    )
    net, tied = NET - means.net[0][:, None], np.eye(3)[TIE] - means.tie[0][:, None]
    if result.ties == "drop":
        net[:, TIE] = tied[:, TIE] = 0
    return np.asarray(net), np.asarray(tied)


def quasi_variances(covariance: Floats, methods: int) -> Floats | None:
    """Return K quasi-variances, whose pairwise sums approximate the variances of all differences.

    They minimise the sum over pairs of log((q_i + q_j) / V_ij)² (Firth and de Menezes, Biometrika 91, 2004),
    so that a reader may compare intervals of any two methods in a chart. With two methods each gets half of
    the variance. None if a variance is 0.
    """
    target = difference_errors(covariance, methods) ** 2
    others = ~np.eye(methods, dtype=bool)
    if methods < 2 or not (target[others] > 0).all():
        return None
    np.fill_diagonal(target, 1)
    q = np.full(methods, target[others].mean() / 2)
    for _ in range(
        QUASI_STEPS
    ):  # Gauss-Newton steps by normal equations, small beside the K(K-1)/2 residuals
        sums = np.add.outer(q, q)
        np.fill_diagonal(sums, 1)
        derivative = np.where(others, 1 / sums, 0.0)
        normal = derivative**2 + np.diag((derivative**2).sum(axis=1))
        step = np.linalg.lstsq(normal, (derivative * np.log(target / sums)).sum(axis=1), rcond=None)[0]
        while (np.add.outer(q + step, q + step) <= sums / 4)[others].any():
            step /= 2
        q = q + step
        if np.abs(step).max() < 1e-12 * np.abs(q).max():
            break
    return q
