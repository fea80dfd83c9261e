"""Davidson's likelihood of paired comparisons with ties, and its maximum, for many tables of counts at once.

For methods l (left) and r (right) with log-worths a, side term g and tie parameter nu
(Davidson, JASA 65, 1970; the side term as in Davidson and Beaver, Biometrics 33, 1977):

    eta_L = a_l + g    eta_R = a_r    eta_T = log nu + (a_l + a_r + g) / 2    P_k = exp eta_k / sum exp eta

Davidson and Beaver leave g out of eta_T: the same model with log nu + g/2 for log nu.
Parameters stand in one vector of length K + 2: a_1 ... a_K (sum 0), g, log nu.

All of it in two numbers of a vote: its net x (1/2 left, -1/2 right, 0 tie) and whether it is a tie. With
d = a_l - a_r + g, log P = x·d + tie·log nu - log Z, so that of each pair only the number of votes matters,
and of all votes only the sums of x over each method's left less right showings, and of ties.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from study.votes import TIE, Bools, Floats, Ints

NET = np.array([0.5, -0.5, 0.0])  # of each outcome
SMALLEST_STEP = 1e-10
SMALLEST_GAIN = 1e-18  # per vote, in log-likelihood; below it steps are rounding
MOST_STEPS = 60
# In votes: where a maximum exists every direction holds far more information than this, for in each of them
# somebody voted against the odds; towards a maximum at infinity the information fades to nothing.
FLAT = 1e-6
HAIR = 1e-9  # keeps an information that has faded invertible; it alters no maximum, only steps
BATCH = 4_000_000  # numbers in the informations of tables fitted at once


@dataclass(frozen=True, eq=False)
class Pairings:
    """Hold n distinct (left, right, ordered) with votes. ordered: 1 if the order effect applies, else 0."""

    left: Ints
    right: Ints
    ordered: Ints
    methods: int

    @cached_property
    def design(self) -> Any:
        """Sparse n×(K+2): +1 for left, -1 for right, `ordered` for g, nothing for log nu."""
        n, k = len(self.left), self.methods
        values = np.stack([np.ones(n), -np.ones(n), self.ordered], axis=1)
        columns = np.stack([self.left, self.right, np.full(n, k)], axis=1)
        return sparse.csr_array((values.ravel(), columns.ravel(), np.arange(0, 3 * n + 1, 3)), (n, k + 2))

    @cached_property
    def squares(self) -> Any:
        """Sparse n×(K+2)²: the outer product of each row of the design with itself."""
        n, size = len(self.left), self.methods + 2
        values = self.design.data.reshape(n, 3)
        columns = self.design.indices.reshape(n, 3).astype(np.int64)
        products = values[:, :, None] * values[:, None, :]
        places = columns[:, :, None] * size + columns[:, None, :]
        return sparse.csr_array((products.ravel(), places.ravel(), np.arange(0, 9 * n + 1, 9)), (n, size**2))


@dataclass(frozen=True, eq=False)
class Sums:
    """What a fit needs of B tables of votes on the same pairings.

    totals: B×n votes. sums: B×(K+2) sums of the derivatives x·d + tie by a, g and log nu.
    """

    totals: Floats
    sums: Floats

    def __getitem__(self, which: Any) -> "Sums":
        return Sums(self.totals[which], self.sums[which])

    @property
    def tied(self) -> Bools:
        """B: whether there are ties; without them log nu is minus infinity and no parameter."""
        return np.asarray(self.sums[:, -1] > 0)


def sum_up(pairings: Pairings, counts: Floats) -> Sums:
    """counts: B×n×3 of left, right, tie."""
    sums = (pairings.design.T @ (counts @ NET).T).T
    sums[:, -1] = counts[..., TIE].sum(axis=1)
    return Sums(counts.sum(axis=2), sums)


@dataclass(frozen=True, eq=False)
class Moments:
    """Of one vote in each of B tables and n pairings: mean of x, chance of a tie, log Z."""

    net: Floats
    tie: Floats
    log_z: Floats

    @property
    def decided(self) -> Floats:
        """Variance of x."""
        return np.asarray((1 - self.tie) / 4 - self.net**2)


def moments(pairings: Pairings, theta: Floats, tied: Bools) -> Moments:
    """theta: B×(K+2)."""
    half = np.abs((pairings.design @ theta.T).T) / 2
    log_nu = np.where(tied, theta[:, -1], -np.inf)[:, None]
    top = np.maximum(half, log_nu)
    win, loss, tie = np.exp(half - top), np.exp(-half - top), np.exp(log_nu - top)
    z = win + loss + tie
    sign = np.sign((pairings.design @ theta.T).T)
    return Moments(sign * (win - loss) / (2 * z), tie / z, np.log(z) + top)


def log_likelihood(pairings: Pairings, votes: Sums, theta: Floats) -> Floats:
    """B: sums of log P over all votes. theta: B×(K+2)."""
    shape = moments(pairings, theta, votes.tied)
    return np.asarray((votes.sums * theta).sum(axis=1) - (votes.totals * shape.log_z).sum(axis=1))


def score(pairings: Pairings, votes: Sums, shape: Moments) -> Floats:
    """B×(K+2): the first derivative of the log-likelihood."""
    expected = (pairings.design.T @ (votes.totals * shape.net).T).T
    expected[:, -1] = (votes.totals * shape.tie).sum(axis=1)
    return np.asarray(votes.sums - expected)


def information(pairings: Pairings, votes: Sums, shape: Moments) -> Floats:
    """B×(K+2)×(K+2): minus the second derivative of the log-likelihood."""
    size = pairings.methods + 2
    matrix = (pairings.squares.T @ (votes.totals * shape.decided).T).T.reshape(-1, size, size)
    # The covariance of x with being a tie is 0·tie - mean·tie.
    across = (pairings.design.T @ (votes.totals * -shape.net * shape.tie).T).T
    across[:, -1] = (votes.totals * shape.tie * (1 - shape.tie)).sum(axis=1)
    matrix[:, -1, :] = matrix[:, :, -1] = across
    return np.asarray(matrix)


def pinned(matrix: Floats, methods: int) -> tuple[Floats, Floats]:
    """An information made regular, and B sizes of what was added to its common log-worth.

    Only differences of log-worths are known; a term that is not in the model (row 0) gets 1 alone.
    """
    absent = np.einsum("bii->bi", matrix)[:, methods:] == 0
    size = np.maximum(np.trace(matrix, axis1=1, axis2=2), HAIR) / matrix.shape[1]
    matrix = matrix.copy()
    matrix[:, :methods, :methods] += (size / methods)[:, None, None]
    for term in range(2):
        matrix[:, methods + term, methods + term] += absent[:, term]
    return matrix, np.asarray(size)


def invert(matrix: Floats, methods: int) -> tuple[Floats, Bools]:
    """The Moore-Penrose inverse of B informations, with rows of absent terms 0, and which are flat.

    Flat: some difference or term is not determined.
    """
    regular, size = pinned(matrix, methods)
    absent = np.einsum("bii->bi", matrix)[:, methods:] == 0
    inverse = np.linalg.inv(regular + HAIR * np.eye(regular.shape[1]))
    floor = FLAT + 1e-12 * np.trace(matrix, axis1=1, axis2=2)
    flat = ~(np.einsum("bii->bi", inverse).min(axis=1) > 0)
    inverse[:, :methods, :methods] -= (1 / (size * methods))[:, None, None]
    for term in range(2):
        inverse[:, methods + term, methods + term] *= ~absent[:, term]
    flat |= ~(np.trace(inverse, axis1=1, axis2=2) * floor < 1)
    return np.asarray(inverse, np.float64), np.asarray(flat, bool)


@dataclass(frozen=True, eq=False)
class Maximum:
    """theta: B×(K+2), log-worths with sum 0. inverse: B×(K+2)×(K+2) of the information. found: B."""

    theta: Floats
    inverse: Floats
    found: Bools


def maximise(pairings: Pairings, votes: Sums, start: Floats | None = None) -> Maximum:
    """Newton's method, its steps halved while the likelihood falls. Not found: it rises without end."""
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
        shape = moments(pairings, now, here.tied)
        slope = score(pairings, here, shape)
        inverse[active], flat = invert(information(pairings, here, shape), pairings.methods)
        step = np.einsum("bij,bj->bi", inverse[active], slope)
        step[flat] = 0
        step = _shortened(pairings, here, now, step)
        theta[active] += step
        gain = (step * slope).sum(axis=1)
        done = (np.abs(step).max(axis=1) < SMALLEST_STEP) | (gain < enough[active])
        found[active] = done & ~flat
        active = active[~(done | flat)]
        if not len(active):
            break
    theta[:, : pairings.methods] -= theta[:, : pairings.methods].mean(axis=1, keepdims=True)
    return Maximum(theta, inverse, found)


def _shortened(pairings: Pairings, votes: Sums, theta: Floats, step: Floats) -> Floats:
    """Halve steps while the likelihood falls by more than rounding; it is concave, so this ends."""
    before = log_likelihood(pairings, votes, theta)
    while True:
        after = log_likelihood(pairings, votes, theta + step)
        worse = after < before - 1e-12 * np.abs(before)
        if not worse.any():
            return step
        step = np.where(worse[:, None], step / 2, step)
