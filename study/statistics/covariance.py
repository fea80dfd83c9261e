"""How sure scores are: covariances that let votes of one person, or on one picture, depend on each other."""

import numpy as np

from study.statistics.bradley_terry import Fit, Ties, cell_of
from study.statistics.davidson import NET, Pairings, moments
from study.votes import TIE, Floats, Ints, Votes

QUASI_STEPS = 100


def standard_errors(covariance: Floats) -> Floats:
    """Square roots of the diagonal."""
    return np.asarray(np.sqrt(np.maximum(np.diagonal(covariance), 0)))


def difference_errors(covariance: Floats, methods: int) -> Floats:
    """K×K standard errors of the difference of two log-worths, the first K of the covariance."""
    v = covariance[:methods, :methods]
    spread = np.diagonal(v)[:, None] + np.diagonal(v)[None, :] - v - v.T
    return np.asarray(np.sqrt(np.maximum(spread, 0)))


def clustered_covariance(result: Fit, votes: Votes, methods: int) -> Floats | None:
    """Covariance (K+2)×(K+2) that lets the votes of one participant depend on each other.

    The sandwich A⁺ B A⁺ with B = C/(C-1) · sum of the outer products of each participant's score,
    C participants (Liang and Zeger, Biometrika 73, 1986). None for a fit without ranking or with
    fewer than two participants.
    """
    if votes.participant is None:
        return None
    return grouped_covariance(result, votes, votes.participant, methods)


def two_way_covariance(result: Fit, votes: Votes, item: Ints, methods: int) -> Floats | None:
    """Covariance (K+2)×(K+2) for votes that depend on each other by participant and by item as well.

    V_participant + V_item - V_both (Cameron, Gelbach and Miller, J. Bus. Econ. Stat. 29, 2011), negative
    eigenvalues cut to 0. None like `clustered_covariance`, or with fewer than two items.
    """
    if votes.participant is None:
        return None
    both = votes.participant.astype(np.int64) * (int(item.max(initial=0)) + 1) + item
    parts = [grouped_covariance(result, votes, g, methods) for g in (votes.participant, item, both)]
    by_person, by_item, by_both = parts
    if by_person is None or by_item is None or by_both is None:
        return None
    sizes, axes = np.linalg.eigh(by_person + by_item - by_both)
    return np.asarray(axes * np.maximum(sizes, 0) @ axes.T)


def grouped_covariance(result: Fit, votes: Votes, group: Ints, methods: int) -> Floats | None:
    """The sandwich of `clustered_covariance` for groups of any kind; None with fewer than two."""
    if result.status != "ok" or result.covariance is None:
        return None
    used = weights(votes, result.ties) > 0
    groups, cluster = number(group[used])
    if groups < 2:
        return None
    full = np.zeros(len(group), np.int64)
    full[used] = cluster  # the scores of the others are 0
    scores = participant_scores(result, votes, methods, full)
    correction = groups / (groups - 1)
    bread = result.covariance
    return np.asarray(bread @ (scores.T @ scores * correction) @ bread)


def participant_scores(result: Fit, votes: Votes, methods: int, cluster: Ints) -> Floats:
    """C×(K+2): the derivative of the log-likelihood of each group's votes. cluster: 0 ... C-1."""
    size, code = methods + 2, cell_of(votes, methods) * 3 + votes.outcome
    rest, tied = (excess.ravel()[code] for excess in _excess(result, methods))
    if votes.count is not None:
        rest, tied = rest * votes.count, tied * votes.count
    people = int(cluster.max(initial=-1)) + 1
    base = cluster.astype(np.int64) * size
    flat = np.bincount(base + votes.left, rest, people * size).astype(np.float64, copy=False)
    np.subtract.at(flat, base + votes.right, rest)  # in place: there may be as many groups as votes
    scores = flat.reshape(people, size)
    if result.position is not None:
        scores[:, -2] = np.bincount(cluster, rest if votes.ordered is None else rest * votes.ordered, people)
    if result.log_nu is not None:
        scores[:, -1] = np.bincount(cluster, tied, people)
    return scores


def weights(votes: Votes, ties: Ties) -> Floats:
    """How much each vote counts: not at all if it is a tie and these are left out."""
    weight = np.ones(len(votes.left)) if votes.count is None else votes.count
    return weight * (votes.outcome != TIE) if ties == "drop" else weight


def one_sided(left: Ints, right: Ints, outcome: Ints, methods: int) -> tuple[Ints, Ints]:
    """Cells (left·K + right) and outcomes of the same votes with the lower index on the left."""
    swap = left > right
    low, high = np.minimum(left, right).astype(np.int64), np.maximum(left, right)
    return low * methods + high, np.where(swap & (outcome != TIE), 1 - outcome, outcome)


def number(group: Ints) -> tuple[int, Ints]:
    """How many distinct groups there are, and 0, 1, 2 ... for each in place of its index."""
    if len(group) and group.min() >= 0 and group.max() < 8 * len(group):  # without sorting
        seen = np.zeros(int(group.max()) + 1, np.int8)
        seen[group] = 1
        places = np.cumsum(seen, dtype=np.int32)
        return int(places[-1]), (places[group] - 1).astype(np.int64)
    distinct, numbers = np.unique(group, return_inverse=True)
    return len(distinct), numbers


def _excess(result: Fit, methods: int) -> tuple[Floats, Floats]:
    """How far a vote's net, and its being a tie, are above their means: 2·K·K cells × 3 outcomes."""
    ordered, left, right = (index.ravel() for index in np.indices((2, methods, methods)))
    shape = moments(
        Pairings(left, right, ordered, methods), result.theta[None], np.array([result.log_nu is not None])
    )
    net, tied = NET - shape.net[0][:, None], np.eye(3)[TIE] - shape.tie[0][:, None]
    if result.ties == "drop":
        net[:, TIE] = tied[:, TIE] = 0
    return np.asarray(net), np.asarray(tied)


def quasi_variances(covariance: Floats, methods: int) -> Floats | None:
    """K numbers whose pairwise sums come close to the variances of all differences of log-worths.

    They minimise the sum over pairs of log((q_i + q_j) / V_ij)² (Firth and de Menezes, Biometrika 91, 2004).
    Intervals from them can be compared by eye. With two methods each gets half. None where a variance is 0.
    """
    target = difference_errors(covariance, methods) ** 2
    others = ~np.eye(methods, dtype=bool)
    if methods < 2 or not (target[others] > 0).all():
        return None
    np.fill_diagonal(target, 1)
    q = np.full(methods, target[others].mean() / 2)
    for _ in range(QUASI_STEPS):  # Gauss and Newton's, by normal equations: there are many pairs
        sums = np.add.outer(q, q)
        np.fill_diagonal(sums, 1)
        slope = np.where(others, 1 / sums, 0.0)
        normal = slope**2 + np.diag((slope**2).sum(axis=1))
        step = np.linalg.lstsq(normal, (slope * np.log(target / sums)).sum(axis=1), rcond=None)[0]
        while (np.add.outer(q + step, q + step) <= sums / 4)[others].any():
            step /= 2
        q = q + step
        if np.abs(step).max() < 1e-12 * np.abs(q).max():
            break
    return q
