"""Estimate errors of scores from groups of votes that may be few or unequal: participants, and pictures.

The sandwich estimate of `covariance` is too small where groups are few, or where one group has many of the
votes. Here the score of each group is divided by the root of the share of the information that other groups
hold (the estimate CR2), and Student's t has the degrees of freedom that the estimate would have if votes were
independent (Bell and McCaffrey, Survey Methodology 28, 2002; Pustejovsky and Tipton, J. Bus. Econ. Stat. 36,
2018). Participants and pictures together: Cameron, Gelbach and Miller, J. Bus. Econ. Stat. 29, 2011.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from study.statistics.bradley_terry import Fit, cell_of
from study.statistics.covariance import cross_groups, group_codes, group_scores, vote_weights
from study.statistics.davidson import Pairings, Sums, information, moments
from study.statistics.unequal.errors import Parts
from study.votes import Floats, Ints, Votes

BATCH = 4_000_000  # matrix entries of the groups that are handled at once
LITTLE = 0.05  # share of the information up to which a power series replaces the eigenvalues
MOST = 1 - 1e-6  # share of the information that a group can have in any direction


@dataclass(frozen=True, eq=False)
class ClusterErrors:
    """Hold the (K+2)×(K+2) covariance of a fit by groups of votes.

    degrees: degrees of freedom of Student's t, the fewest of all log-worths, at least 1.
    """

    covariance: Floats
    degrees: float


def cluster_errors(result: Fit, votes: Votes, group: Ints, methods: int) -> ClusterErrors | None:
    """Return the errors that allow any dependence among the votes of a group.

    None for a fit without a ranking, or with fewer than two groups that have votes.
    """
    if result.status != "ok" or result.covariance is None:
        return None
    used = vote_weights(votes, result.ties) > 0
    groups, codes = group_codes(group[used])
    if groups < 2:
        return None
    cluster = np.zeros(len(group), np.int64)
    cluster[used] = codes  # votes of weight 0 have scores of 0 and no information
    scores = group_scores(result, votes, methods, cluster)
    return errors_of_groups(
        result.covariance, scores, _informations(result, votes, methods, cluster), methods
    )


def errors_of_groups(
    covariance: Floats, scores: Floats, informations: Iterable[tuple[slice, Floats]], methods: int
) -> ClusterErrors:
    """Return the errors of any model from what each group adds to its likelihood.

    covariance: S×S inverse information, the log-worths of the methods first. scores: G×S, the derivatives of
    the log-likelihood of each group. informations: batches of groups with the S×S information of each.
    """
    whiten, size = _root(covariance), len(covariance)
    scores = scores @ whiten
    directions = (np.eye(size)[:methods] - _mean_of(methods, size)) @ whiten
    middle, traces = np.zeros((size, size)), _Traces.of(methods, size)
    for rows, own in informations:
        # The shares of all groups add up to the identity on the space of the parameters.
        share = whiten @ own @ whiten
        root = _inverse_root(share)
        corrected = np.einsum("gij,gj->gi", root, scores[rows])
        middle += corrected.T @ corrected
        traces = traces.add(share, root @ directions.T)
    return ClusterErrors(whiten @ middle @ whiten, max(1.0, float(traces.degrees().min())))


@dataclass(frozen=True, eq=False)
class TwoWayErrors:
    """Hold the errors that allow dependence by participant, by item, and by both together.

    both: S×S covariance by the answers of one participant on one item, uncorrected.
    """

    people: ClusterErrors
    items: ClusterErrors
    together: ClusterErrors
    both: Floats


def two_way_errors(result: Fit, votes: Votes, item: Ints, methods: int) -> TwoWayErrors | None:
    """Return the errors that allow dependence by participant and by item.

    The covariance is V_participant + V_item − V_both, with negative eigenvalues set to 0. The degrees of
    freedom are Satterthwaite's for the sum: the smaller of those in which V_both counts with the participants
    and with the items. None where `cluster_errors` is None for either.
    """
    if votes.participant is None:
        return None
    people = cluster_errors(result, votes, votes.participant, methods)
    items = cluster_errors(result, votes, item, methods)
    if people is None or items is None:
        return None
    return two_ways(people, items, _by_both(result, votes, item, methods), methods)


def two_ways(people: ClusterErrors, items: ClusterErrors, both: Floats, methods: int) -> TwoWayErrors:
    """Return the errors by participant and item from those by each; both: S×S by both, uncorrected."""
    sizes, axes = np.linalg.eigh(people.covariance + items.covariance - both)
    covariance = np.asarray(axes * np.maximum(sizes, 0) @ axes.T)
    together = ClusterErrors(covariance, _degrees(people, items, both, methods))
    return TwoWayErrors(people, items, together, both)


def parts_of_votes(result: Fit, votes: Votes, methods: int) -> Parts:
    """Return what the votes of any groups add to the likelihood of a fit."""

    def parts(group: Ints) -> tuple[Floats, Iterator[tuple[slice, Floats]]]:
        return group_scores(result, votes, methods, group), _informations(result, votes, methods, group)

    return parts


def _degrees(people: ClusterErrors, items: ClusterErrors, both: Floats, methods: int) -> float:
    by_person, by_item, by_both = (
        np.maximum(np.diagonal(part)[:methods], 0) for part in (people.covariance, items.covariance, both)
    )
    divided = (
        (by_person, np.maximum(by_item - by_both, 0)),
        (np.maximum(by_person - by_both, 0), by_item),
    )
    found = [_satterthwaite((a, people.degrees), (b, items.degrees)) for a, b in divided]
    return max(1.0, float(np.min(found)))


@dataclass(frozen=True, eq=False)
class _Traces:
    """Sum, for each of K directions, what the degrees of freedom depend on.

    The estimate is Σ q_g² with q_g = u_g'z_g. If votes are independent, the covariance of the q is
    Ω = diag(own) − M M', with the rows M_g = P_g u_g. own, square: K sums of own_g − |M_g|², own_g².
    mixed: K sums of own_g·|M_g|². outer: K×S×S sums of M_g'M_g.
    """

    own: Floats
    square: Floats
    mixed: Floats
    outer: Floats

    @classmethod
    def of(cls, methods: int, size: int) -> "_Traces":
        none = np.zeros(methods)
        return cls(none, none, none, np.zeros((methods, size, size)))

    def add(self, share: Floats, towards: Floats) -> "_Traces":
        """Add groups. share: G×S×S, P of each. towards: G×S×K, u of each and direction."""
        reached = share @ towards
        own = np.einsum("gsk,gsk->gk", towards, reached)
        length = np.einsum("gsk,gsk->gk", reached, reached)
        flat = np.moveaxis(reached, 2, 0)
        return _Traces(
            self.own + (own - length).sum(axis=0),
            self.square + (own**2).sum(axis=0),
            self.mixed + (own * length).sum(axis=0),
            self.outer + np.swapaxes(flat, 1, 2) @ flat,
        )

    def degrees(self) -> Floats:
        """Return the K degrees of freedom: (tr Ω)² / tr Ω²."""
        spread = self.square - 2 * self.mixed + (self.outer**2).sum(axis=(1, 2))
        return np.asarray(self.own**2 / np.maximum(spread, 1e-300))


def _informations(result: Fit, votes: Votes, methods: int, cluster: Ints) -> Iterator[tuple[slice, Floats]]:
    """Yield batches of groups with the S×S information of the votes of each."""
    cells = cell_of(votes, methods)
    occurring, column = np.unique(cells, return_inverse=True)
    ordered, pair = np.divmod(occurring, methods * methods)
    pairings = Pairings(*np.divmod(pair, methods), ordered, methods)
    means = moments(pairings, result.theta[None], np.array([result.log_nu is not None]))
    groups = int(cluster.max()) + 1
    weights = vote_weights(votes, result.ties)
    counts = sparse.coo_array((weights, (cluster, column)), (groups, len(occurring))).tocsr()
    step = max(1, BATCH // max((methods + 2) ** 2, len(occurring)))
    if result.order_effect is None:
        pairings = Pairings(pairings.left, pairings.right, np.zeros_like(ordered), methods)
    for start in range(0, groups, step):
        totals = counts[start : start + step].toarray()
        own = information(pairings, Sums(totals, np.zeros((len(totals), methods + 2))), means)
        if result.log_nu is None:
            own[:, -1, :] = own[:, :, -1] = 0
        yield slice(start, start + len(totals)), own


def _inverse_root(share: Floats) -> Floats:
    """Return (I − P)^{−1/2} of G symmetric S×S matrices with eigenvalues from 0 to 1."""
    root = np.eye(share.shape[1]) + share / 2 + 0.375 * share @ share
    large = np.flatnonzero(np.trace(share, axis1=1, axis2=2) > LITTLE)
    if len(large):
        sizes, axes = np.linalg.eigh(share[large])
        factor = 1 / np.sqrt(1 - np.clip(sizes, 0, MOST))
        root[large] = axes * factor[:, None, :] @ np.swapaxes(axes, 1, 2)
    return np.asarray(root)


def _by_both(result: Fit, votes: Votes, item: Ints, methods: int) -> Floats:
    """Return the sandwich estimate by the votes of one participant on one item, without a correction."""
    assert votes.participant is not None and result.covariance is not None
    both = group_codes(cross_groups(votes.participant, item))[1]
    scores = group_scores(result, votes, methods, both)
    return np.asarray(result.covariance @ (scores.T @ scores) @ result.covariance)


def _satterthwaite(*parts: tuple[Floats, float]) -> Floats:
    """Return the degrees of freedom of sums of variances, each with degrees of freedom of its own."""
    total = np.sum([variance for variance, _ in parts], axis=0)
    spread = np.sum([variance**2 / degrees for variance, degrees in parts], axis=0)
    return np.asarray(total**2 / np.maximum(spread, 1e-300))


def _root(covariance: Floats) -> Floats:
    """Return the symmetric root of a covariance; directions without a variance stay 0."""
    sizes, axes = np.linalg.eigh(covariance)
    return np.asarray(axes * np.sqrt(np.maximum(sizes, 0)) @ axes.T)


def _mean_of(methods: int, size: int) -> Floats:
    """Return the weights of the mean log-worth among all parameters."""
    return np.concatenate([np.full(methods, 1 / methods), np.zeros(size - methods)])
