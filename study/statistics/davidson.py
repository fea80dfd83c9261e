"""Maximise Davidson's likelihood of paired comparisons with ties, for many tables of counts at once.

For methods l (left) and r (right) with log-worths a, order effect g and tie parameter nu
(Davidson, JASA 65, 1970; the order effect as in Davidson and Beaver, Biometrics 33, 1977):

    eta_L = a_l + g    eta_R = a_r    eta_T = log nu + (a_l + a_r + g) / 2    P_k = exp eta_k / sum exp eta

Davidson and Beaver omit g from eta_T, which is the same model with log nu + g/2 in place of log nu.
All parameters form one vector theta of length K + 2: a_1 ... a_K (sum 0), g, log nu.

Two numbers describe a vote: its net preference x (1/2 left, -1/2 right, 0 tie) and a tie indicator. With
d = a_l - a_r + g, log P = x·d + tie·log nu - log Z. The sufficient statistics are therefore the number of
votes of each pair, the sums of x by method (added when on the left, subtracted when on the right) and the
number of ties.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse, special

from study.votes import TIE, Bools, Floats, Ints

NET = np.array([0.5, -0.5, 0.0])  # net preference x of each outcome code
SMALLEST_STEP = 1e-10
SMALLEST_GAIN = 1e-18  # log-likelihood per vote; smaller gains are rounding errors
MOST_STEPS = 60
# In votes. Where a maximum exists, the information is far larger than this in every direction, because some
# vote contradicts every direction; on the way to a maximum at infinity the information tends to zero.
LEAST_INFORMATION = 1e-6
RIDGE = 1e-9  # keeps a vanishing information matrix invertible; it changes the steps, not the maximum
BATCH = 4_000_000  # matrix entries of the tables that are fitted at once


@dataclass(frozen=True, eq=False)
class Pairings:
    """Hold n distinct (left, right, ordered) with votes. ordered: 1 if the order effect applies, else 0."""

    left: Ints
    right: Ints
    ordered: Ints
    methods: int

    @cached_property
    def design(self) -> Any:
        """Return the sparse n×(K+2) derivatives of d: 1 (left), -1 (right), `ordered` (g) and 0 (log nu)."""
        n, k = len(self.left), self.methods
        values = np.stack([np.ones(n), -np.ones(n), self.ordered], axis=1)
        columns = np.stack([self.left, self.right, np.full(n, k)], axis=1)
        return sparse.csr_array((values.ravel(), columns.ravel(), np.arange(0, 3 * n + 1, 3)), (n, k + 2))

    @cached_property
    def squares(self) -> Any:
        """Return the sparse n×(K+2)² outer products of each row of the design with itself."""
        n, size = len(self.left), self.methods + 2
        values = self.design.data.reshape(n, 3)
        columns = self.design.indices.reshape(n, 3).astype(np.int64)
        products = values[:, :, None] * values[:, None, :]
        places = columns[:, :, None] * size + columns[:, None, :]
        return sparse.csr_array((products.ravel(), places.ravel(), np.arange(0, 9 * n + 1, 9)), (n, size**2))


@dataclass(frozen=True, eq=False)
class Sums:
    """Hold the sufficient statistics of B tables of votes on the same n pairings.

    totals: B×n numbers of votes. sums: B×(K+2) sums over the votes of x·∂d/∂theta, and of ties in the last
    column.
    """

    totals: Floats
    sums: Floats

    def __getitem__(self, which: Any) -> "Sums":
        """Return the tables that an index or a slice selects."""
        return Sums(self.totals[which], self.sums[which])

    @property
    def tied(self) -> Bools:
        """Mark the B tables that have ties; in the others log nu is minus infinity and not a parameter."""
        return np.asarray(self.sums[:, -1] > 0)


def sum_up(pairings: Pairings, counts: Floats) -> Sums:
    """Return the sufficient statistics of B×n×3 counts of left, right and tie."""
    sums = (pairings.design.T @ (counts @ NET).T).T
    sums[:, -1] = counts[..., TIE].sum(axis=1)
    return Sums(counts.sum(axis=2), sums)


@dataclass(frozen=True, eq=False)
class Moments:
    """Hold the mean of x, the probability of a tie and log Z of a vote: B×n each, by table and pairing."""

    net: Floats
    tie: Floats
    log_z: Floats

    @property
    def decided(self) -> Floats:
        """Return the B×n variances of x."""
        return np.asarray((1 - self.tie) / 4 - self.net**2)


def outcome_probabilities(left: Floats, right: Floats, log_nu: float | None) -> Floats:
    """Return the probabilities of left, right and tie (…×3) for two arrays of log-worths.

    left: includes the order effect where it applies. log_nu: None for a model without ties.
    """
    left, right = np.broadcast_arrays(left, right)
    tie = (left + right) / 2 + (-np.inf if log_nu is None else log_nu)
    return np.asarray(special.softmax(np.stack([left, right, tie], axis=-1), axis=-1))


def moments(pairings: Pairings, theta: Floats, tied: Bools) -> Moments:
    """Return the moments of a vote under theta, B×(K+2). tied: the tables in which log nu is a parameter."""
    half = np.abs((pairings.design @ theta.T).T) / 2
    log_nu = np.where(tied, theta[:, -1], -np.inf)[:, None]
    top = np.maximum(half, log_nu)
    win, loss, tie = np.exp(half - top), np.exp(-half - top), np.exp(log_nu - top)
    z = win + loss + tie
    sign = np.sign((pairings.design @ theta.T).T)
    return Moments(sign * (win - loss) / (2 * z), tie / z, np.log(z) + top)


def log_likelihood(pairings: Pairings, votes: Sums, theta: Floats) -> Floats:
    """Return the B sums of log P over all votes. theta: B×(K+2)."""
    means = moments(pairings, theta, votes.tied)
    return np.asarray((votes.sums * theta).sum(axis=1) - (votes.totals * means.log_z).sum(axis=1))


def score(pairings: Pairings, votes: Sums, means: Moments) -> Floats:
    """Return the B×(K+2) first derivatives of the log-likelihood, from the moments of each vote."""
    expected = (pairings.design.T @ (votes.totals * means.net).T).T
    expected[:, -1] = (votes.totals * means.tie).sum(axis=1)
    return np.asarray(votes.sums - expected)


def information(pairings: Pairings, votes: Sums, means: Moments) -> Floats:
    """Return the B×(K+2)×(K+2) information: minus the second derivatives of the log-likelihood."""
    size = pairings.methods + 2
    matrix = (pairings.squares.T @ (votes.totals * means.decided).T).T.reshape(-1, size, size)
    # x is 0 for a tie, so the covariance of x with the tie indicator is -mean(x)·P(tie).
    across = (pairings.design.T @ (votes.totals * -means.net * means.tie).T).T
    across[:, -1] = (votes.totals * means.tie * (1 - means.tie)).sum(axis=1)
    matrix[:, -1, :] = matrix[:, :, -1] = across
    return np.asarray(matrix)


def regularise(matrix: Floats, methods: int) -> tuple[Floats, Floats]:
    """Return B invertible information matrices, and the B amounts added for the mean log-worth.

    The votes determine only differences of log-worths, so the direction of their mean has no information.
    A parameter that is not in the model (a row of zeros) gets 1 on the diagonal.
    """
    absent = np.einsum("bii->bi", matrix)[:, methods:] == 0
    size = np.maximum(np.trace(matrix, axis1=1, axis2=2), RIDGE) / matrix.shape[1]
    matrix = matrix.copy()
    matrix[:, :methods, :methods] += (size / methods)[:, None, None]
    for term in range(2):
        matrix[:, methods + term, methods + term] += absent[:, term]
    return matrix, np.asarray(size)


def invert(matrix: Floats, methods: int) -> tuple[Floats, Bools]:
    """Return the B Moore-Penrose inverses of information matrices, and mark those with an undetermined one.

    Rows of parameters that are not in the model are 0. Undetermined: the votes do not determine some
    difference of log-worths or some other parameter.
    """
    regular, size = regularise(matrix, methods)
    absent = np.einsum("bii->bi", matrix)[:, methods:] == 0
    inverse = np.linalg.inv(regular + RIDGE * np.eye(regular.shape[1]))
    floor = LEAST_INFORMATION + 1e-12 * np.trace(matrix, axis1=1, axis2=2)
    undetermined = ~(np.einsum("bii->bi", inverse).min(axis=1) > 0)
    inverse[:, :methods, :methods] -= (1 / (size * methods))[:, None, None]
    for term in range(2):
        inverse[:, methods + term, methods + term] *= ~absent[:, term]
    undetermined |= ~(np.trace(inverse, axis1=1, axis2=2) * floor < 1)
    return np.asarray(inverse, np.float64), np.asarray(undetermined, bool)


@dataclass(frozen=True, eq=False)
class Maximum:
    """Hold B fits. theta: B×(K+2). inverse: B×(K+2)×(K+2) inverse information. found: B, a maximum exists."""

    theta: Floats
    inverse: Floats
    found: Bools


def maximise(pairings: Pairings, votes: Sums, start: Floats | None = None) -> Maximum:
    """Maximise the likelihood by Newton's method; not found where it increases without bound.

    start: K+2 parameters to start from, default 0.
    """
    tables, size = len(votes.totals), pairings.methods + 2
    at = np.zeros((tables, size)) if start is None else np.repeat(start[None], tables, axis=0)
    at[:, -1] *= votes.tied
    step = max(1, BATCH // size**2)
    parts = [_newton(pairings, votes[i : i + step], at[i : i + step]) for i in range(0, tables, step)]
    return Maximum(*(np.concatenate([getattr(p, name) for p in parts]) for name in Maximum.__annotations__))


def _newton(pairings: Pairings, votes: Sums, theta: Floats) -> Maximum:
    found = np.zeros(len(theta), bool)
    inverse = np.zeros((*theta.shape, theta.shape[1]))
    enough = np.minimum(SMALLEST_GAIN * votes.totals.sum(axis=1), 1e-8)
    active = np.arange(len(theta))
    for _ in range(MOST_STEPS):
        here, now = votes[active], theta[active]
        means = moments(pairings, now, here.tied)
        slope = score(pairings, here, means)
        inverse[active], undetermined = invert(information(pairings, here, means), pairings.methods)
        step = np.einsum("bij,bj->bi", inverse[active], slope)
        step[undetermined] = 0
        step = _halve_steps(pairings, here, now, step)
        theta[active] += step
        gain = (step * slope).sum(axis=1)
        done = (np.abs(step).max(axis=1) < SMALLEST_STEP) | (gain < enough[active])
        found[active] = done & ~undetermined
        active = active[~(done | undetermined)]
        if not len(active):
            break
    theta[:, : pairings.methods] -= theta[:, : pairings.methods].mean(axis=1, keepdims=True)
    return Maximum(theta, inverse, found)


def _halve_steps(pairings: Pairings, votes: Sums, theta: Floats, step: Floats) -> Floats:
    """Halve steps while the likelihood falls by more than rounding; this ends because it is concave."""
    before = log_likelihood(pairings, votes, theta)
    while True:
        after = log_likelihood(pairings, votes, theta + step)
        worse = after < before - 1e-12 * np.abs(before)
        if not worse.any():
            return step
        step = np.where(worse[:, None], step / 2, step)
