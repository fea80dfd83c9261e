"""Bradley-Terry log-worths with ties and a side term, by Newton's method on counts.

For methods l (left) and r (right) with log-worths a, side term g and tie parameter nu
(Davidson, JASA 65, 1970; the side term as in Davidson and Beaver, Biometrics 33, 1977):

    eta_L = a_l + g    eta_R = a_r    eta_T = log nu + (a_l + a_r + g) / 2    P_k = exp eta_k / sum exp eta

Davidson and Beaver leave g out of eta_T: the same model with log nu + g/2 for log nu.
Parameters stand in one vector of length K + 2: a_1 ... a_K (sum 0), g, log nu.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from study.existence import MORE, describe_extremes, explain_unrankable

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.integer[Any]]
Ties: TypeAlias = Literal["davidson", "half", "drop"]
Status: TypeAlias = Literal["ok", "disconnected", "separated", "no_votes"]

LEFT, RIGHT, TIE = 0, 1, 2
SMALLEST_STEP = 1e-10
MOST_STEPS = 60
# In votes: where a maximum exists every direction holds far more information than this, for in each of them
# somebody voted against the odds; towards a maximum at infinity the information fades to nothing.
FLAT = 1e-6
SINGULAR = 1e-9


@dataclass(frozen=True, eq=False)
class Votes:
    """Votes as arrays of one length.

    left, right: index of the method shown there. outcome: 0 left, 1 right, 2 tie.
    count: how often the row happened (default 1). sided: whether the side term applies (default yes).
    participant: index of who voted, for clustered standard errors.
    """

    left: Ints
    right: Ints
    outcome: Ints
    count: Floats | None = None
    sided: NDArray[np.bool_] | None = None
    participant: Ints | None = None


@dataclass(frozen=True, eq=False)
class Fit:
    """What the votes say. Log-worths are natural logarithms and sum to zero.

    log_worths: K; None unless the votes allow a common ranking. loglik: None likewise.
    covariance: (K+2)×(K+2) inverse information; rows of terms that are not in the model are 0.
    position, log_nu: None where the model has no such term.
    status: "ok", or why there is no ranking; `explain` says it in words.
    """

    status: Status
    explain: str
    ties: Ties
    log_worths: Floats | None = None
    position: float | None = None
    log_nu: float | None = None
    covariance: Floats | None = None
    loglik: float | None = None


@dataclass(frozen=True, eq=False)
class _Cells:
    """Distinct (left, right, sided) that occurred, with counts n×3 of left, right, tie."""

    left: Ints
    right: Ints
    sided: Ints
    counts: Floats
    methods: int

    @property
    def where(self) -> Ints:
        """n×4: places of a_l, a_r, g and log nu in the vector of parameters."""
        k = np.full_like(self.left, self.methods)
        return np.stack([self.left, self.right, k, k + 1], axis=1)

    @property
    def features(self) -> Floats:
        """n×3×4: d eta / d (a_l, a_r, g, log nu)."""
        x = np.zeros((len(self.left), 3, 4))
        x[:, LEFT, 0] = x[:, RIGHT, 1] = x[:, TIE, 3] = 1
        x[:, LEFT, 2] = self.sided
        x[:, TIE, :3] = (x[:, LEFT, :3] + x[:, RIGHT, :3]) / 2
        return x


def tabulate(votes: Votes, methods: int) -> Floats:
    """Count votes into 2×K×K×3: side term (0 no, 1 yes), left, right, outcome."""
    sided = 1 if votes.sided is None else votes.sided.astype(np.int64)
    code = ((sided * methods + votes.left) * methods + votes.right) * 3 + votes.outcome
    return np.bincount(code, votes.count, 6 * methods * methods).reshape(2, methods, methods, 3).astype(float)


def fit(counts: Floats, names: Sequence[str], *, ties: Ties = "davidson", position: bool = False) -> Fit:
    """Fit the model to counts K×K×3 or 2×K×K×3 (see `tabulate`).

    ties: "davidson" models them, "half" counts each as half a win for both, "drop" leaves them out.
    position: estimate the side term, where the votes can tell it from the methods.
    """
    if counts.ndim == 3:
        counts = np.stack([np.zeros_like(counts), counts])
    counts = _without_ties(counts, ties)
    together = counts.sum(axis=0)
    reason = explain_unrankable(together[..., LEFT] + together[..., RIGHT].T, together[..., TIE], names)
    if reason is not None:
        equal = np.zeros(len(names)) if reason.equal else None
        return Fit(reason.status, reason.explain, ties, log_worths=equal)
    cells = _to_cells(counts)
    free, note = _free_terms(cells, position)
    theta = _newton(cells, free)
    if theta is None:
        return Fit("separated", _explain_divergence(counts, names), ties)
    return _describe(cells, theta, free, ties, note)


def clustered_covariance(result: Fit, votes: Votes, methods: int) -> Floats | None:
    """Covariance (K+2)×(K+2) that lets the votes of one participant depend on each other.

    The sandwich A⁺ B A⁺ with B = C/(C-1) · sum of the outer products of each participant's score,
    C participants (Liang and Zeger, Biometrika 73, 1986). None for a fit without ranking or with
    fewer than two participants.
    """
    if result.status != "ok" or votes.participant is None or result.covariance is None:
        return None
    who, cluster = np.unique(votes.participant, return_inverse=True)
    if len(who) < 2:
        return None
    scores = _participant_scores(result, votes, methods, cluster)
    correction = len(who) / (len(who) - 1)
    bread = result.covariance
    return np.asarray(bread @ (scores.T @ scores * correction) @ bread)


def standard_errors(covariance: Floats) -> Floats:
    """Square roots of the diagonal."""
    return np.asarray(np.sqrt(np.maximum(np.diagonal(covariance), 0)))


def probabilities(eta: Floats) -> Floats:
    """…×3 → …×3: exp eta / sum exp eta without overflow."""
    weights = np.exp(eta - eta.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _without_ties(counts: Floats, ties: Ties) -> Floats:
    if ties == "davidson":
        return counts
    counts = counts.copy()
    if ties == "half":
        counts[..., :TIE] += counts[..., TIE:] / 2
    counts[..., TIE] = 0
    return counts


def _to_cells(counts: Floats) -> _Cells:
    sided, left, right = np.nonzero(counts.sum(axis=-1))
    return _Cells(left, right, sided, counts[sided, left, right], counts.shape[1])


def _free_terms(cells: _Cells, position: bool) -> tuple[Ints, str]:
    """Which parameters to estimate, and a note if the side term had to be left out."""
    k = cells.methods
    ties = [k + 1] if cells.counts[:, TIE].any() else []
    if not position:
        return np.array([*range(k), *ties]), ""
    free = np.array([*range(k + 1), *ties])
    _, information = score_and_information(cells, np.zeros(k + 2))
    sizes = np.linalg.eigvalsh(_pinned(information, free, k))
    if sizes[0] > SINGULAR * sizes[-1]:
        return free, ""
    note = "The side effect is left out: these votes cannot tell it from the methods."
    return np.delete(free, k), note


def log_likelihood(cells: _Cells, theta: Floats) -> float:
    """Sum of count · log P."""
    shares = probabilities(_eta(cells, theta))
    seen = cells.counts > 0
    with np.errstate(divide="ignore"):
        return float((cells.counts[seen] * np.log(shares[seen])).sum())


def score_and_information(cells: _Cells, theta: Floats) -> tuple[Floats, Floats]:
    """First derivative (K+2) of the log-likelihood, and minus its second ((K+2)×(K+2))."""
    x, where, size = cells.features, cells.where, cells.methods + 2
    shares = probabilities(_eta(cells, theta))
    total = cells.counts.sum(axis=1)
    score = np.einsum("nk,nki->ni", cells.counts - total[:, None] * shares, x)
    mean = np.einsum("nk,nki->ni", shares, x)
    spread = np.einsum("nk,nki,nkj->nij", shares, x, x) - mean[:, :, None] * mean[:, None, :]
    pairs = where[:, :, None] * size + where[:, None, :]
    information = np.bincount(pairs.ravel(), (total[:, None, None] * spread).ravel(), size * size)
    gradient = np.bincount(where.ravel(), score.ravel(), size)
    return np.asarray(gradient, float), np.asarray(information, float).reshape(size, size)


def _eta(cells: _Cells, theta: Floats) -> Floats:
    eta = np.einsum("nki,ni->nk", cells.features, theta[cells.where])
    if not cells.counts[:, TIE].any():
        eta[:, TIE] = -np.inf
    return np.asarray(eta)


def _pinned(information: Floats, free: Ints, methods: int) -> Floats:
    """The information of the free terms, made regular: only differences of log-worths are known."""
    pinned: Floats = information[np.ix_(free, free)].copy()
    pinned[:methods, :methods] += np.trace(pinned) / len(free) / methods
    return pinned


def _newton(cells: _Cells, free: Ints) -> Floats | None:
    """The parameters where the likelihood is highest; None if it rises without end."""
    theta = np.zeros(cells.methods + 2)
    value = log_likelihood(cells, theta)
    for _ in range(MOST_STEPS):
        score, information = score_and_information(cells, theta)
        step = np.zeros_like(theta)
        pinned = _pinned(information, free, cells.methods)
        if np.linalg.eigvalsh(pinned)[0] < FLAT:
            return None
        step[free] = np.linalg.solve(pinned, score[free])
        # Halve while the likelihood falls by more than rounding; it is concave, so this ends.
        while (after := log_likelihood(cells, theta + step)) < value - 1e-12 * abs(value):
            step /= 2
        theta, value = theta + step, after
        if np.abs(step).max() < SMALLEST_STEP:
            return theta
    return None


def _describe(cells: _Cells, theta: Floats, free: Ints, ties: Ties, note: str) -> Fit:
    k = cells.methods
    _, information = score_and_information(cells, theta)
    covariance = np.zeros_like(information)
    covariance[np.ix_(free, free)] = np.linalg.pinv(
        information[np.ix_(free, free)], rcond=1e-12, hermitian=True
    )
    return Fit(
        "ok",
        note,
        ties,
        log_worths=theta[:k] - theta[:k].mean(),
        position=float(theta[k]) if k in free else None,
        log_nu=float(theta[k + 1]) if k + 1 in free else None,
        covariance=covariance,
        loglik=log_likelihood(cells, theta),
    )


def _explain_divergence(counts: Floats, names: Sequence[str]) -> str:
    """For votes that link all methods both ways, but partly by ties, or only as far as the side allows."""
    together = counts.sum(axis=0)
    extremes = describe_extremes(together[..., LEFT] + together[..., RIGHT].T > 0, names)
    if extremes:
        return f"There are no finite scores: but for ties, {extremes}. {MORE}"
    left, right = counts[1, ..., LEFT].sum(), counts[1, ..., RIGHT].sum()
    side = "left" if left > right else "right"
    return f"There are no finite scores: choices follow the side, mostly the {side} one, too closely. {MORE}"


def _participant_scores(result: Fit, votes: Votes, methods: int, cluster: Ints) -> Floats:
    """C×(K+2): the derivative of each participant's log-likelihood."""
    assert result.log_worths is not None
    theta = np.array([*result.log_worths, result.position or 0.0, result.log_nu or 0.0])
    possible = _to_cells(np.ones((2, methods, methods, 3)))
    eta = _eta(possible, theta)
    if result.log_nu is None:
        eta[:, TIE] = -np.inf
    expected = np.einsum("nk,nki->ni", probabilities(eta), possible.features)
    of_outcome = possible.features - expected[:, None]
    if result.ties != "davidson":
        halves = (of_outcome[:, LEFT] + of_outcome[:, RIGHT]) / 2
        of_outcome[:, TIE] = halves if result.ties == "half" else 0
    sided = 1 if votes.sided is None else votes.sided.astype(np.int64)
    cell = (sided * methods + votes.left) * methods + votes.right
    weight = 1.0 if votes.count is None else votes.count
    scores = np.zeros((int(cluster.max()) + 1) * (methods + 2))
    for place in range(4):
        index = cluster * (methods + 2) + possible.where[cell, place]
        scores += np.bincount(index, weight * of_outcome[cell, votes.outcome, place], len(scores))
    return scores.reshape(-1, methods + 2)
