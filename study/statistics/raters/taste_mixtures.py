"""Fit mixtures of people whose tastes differ: one ranking, some who click at random, or two groups.

Only decided votes count here, because people use ties at very different rates. Person c prefers left to right
with log odds x·λ_c, where x is +1 for the method on the left, -1 for the one on the right, and 1 for the
order effect. The log-worths λ_c are drawn from one of seven distributions:

    taste         λ + τ·z, z ~ N(0, I): tastes differ alike in all directions
    careless      the same, and a share π with log-worths 0: their choices do not depend on what is shown
    indifferent   the same, and a share π with λ: they have no tastes of their own, others have
    discernment   exp(σ·t)·λ + τ·z, t ~ N(0, 1): people tell the methods apart to different degrees
    opposed       λ + τ·z, and a share π with −λ + τ·z: they prefer what the others reject
    factor        λ + t·h + τ·z: tastes differ most along one direction, gradually
    groups        λ ± h + τ·z, a share π with the minus: two groups with rankings of their own

The integrals over t and z are sums over quasi-random points, the same for all people and mixtures. The
likelihood is maximised by EM, for the σ of its start. A weak normal prior of the log-worths makes every
maximum finite.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from scipy import special

from study.votes import Bools, Floats

Kind: TypeAlias = Literal["taste", "careless", "indifferent", "discernment", "opposed", "factor", "groups"]

POINTS = 128  # a power of two, as Sobol's sequence needs
FINE = 512  # for small differences of likelihoods: with 128, tests are wrong where tastes differ much
STIFF = 1e6  # precision of what leaves the axis of a mixture
PRECISION = 0.1  # of the prior of each log-worth: its standard deviation is 3
MOST_STEPS = 150
LONGEST_STEP = 1.0
SMALLEST_GAIN = 5e-3  # log-likelihood of all people together


@dataclass(frozen=True, eq=False)
class Choices:
    """Hold decided votes of C people on n pairings (left, right): C×n wins of the left side, C×n votes.

    design: n×(K+1), +1 for the left method, -1 for the right one; in the last column 1 if there is an order
    effect, else 0.
    """

    wins: Floats
    votes: Floats
    design: Floats

    @property
    def methods(self) -> int:
        """Return K."""
        return int(self.design.shape[1]) - 1

    def only(self, people: Bools) -> "Choices":
        """Return the choices of the people marked True."""
        return replace(self, wins=self.wins[people], votes=self.votes[people])


@dataclass(frozen=True, eq=False)
class Mixture:
    """Hold a fitted mixture. worths: λ, K, and the order effect last. along: h, K. taste_sd: τ.

    share: π, of the first class. log_likelihood: C, of each person. spread: σ, for discernment only. axis: a
    unit vector of which λ stays a multiple in a fit; None for any λ. points: of the integrals.
    """

    kind: Kind
    worths: Floats
    along: Floats
    taste_sd: float
    share: float
    log_likelihood: Floats
    spread: float = 0.0
    axis: Floats | None = None
    points: int = POINTS

    @property
    def bic(self) -> float:
        """Return the Bayesian information criterion with people as units; smaller is better."""
        directions = (len(self.along) - 1) * (2 if self.kind in ("factor", "groups") else 1)
        free = directions + 1 + (self.kind not in ("taste", "factor"))
        return float(free * np.log(len(self.log_likelihood)) - 2 * self.log_likelihood.sum())

    @property
    def centres(self) -> tuple[Floats, Floats]:
        """Return the K mean log-worths of the first class, and of the other one."""
        worths = self.worths[:-1]
        if self.kind == "groups":
            return worths - self.along, worths + self.along
        return (-worths if self.kind == "opposed" else 0 * worths), worths


@dataclass(frozen=True, eq=False)
class _Points:
    """Hold S points: factors of λ and h, z (S×K), log weights, and marks of those in the first class."""

    common: Floats
    along: Floats
    z: Floats
    weight: Floats
    first: Bools


@lru_cache(maxsize=8)
def _normal(dimensions: int, points: int) -> Floats:
    from scipy.stats import qmc  # here, because its import takes half a second

    drawn = qmc.Sobol(dimensions, seed=0).random(points)
    return np.asarray(special.ndtri(np.clip(drawn, 1e-6, 1 - 1e-6)))


def _points(mixture: Mixture, methods: int) -> _Points:
    kind, drawn = mixture.kind, _normal(methods + 1, mixture.points)
    t, z = drawn[:, 0], drawn[:, 1:] - drawn[:, 1:].mean(axis=1, keepdims=True)
    one, zero = np.ones(len(t)), np.zeros(len(t))
    even, none = np.full(len(t), -np.log(len(t))), np.zeros(len(t), bool)
    if kind in ("taste", "discernment"):
        return _Points(np.exp(mixture.spread * t), zero, z, even, none)
    if kind == "factor":
        return _Points(one, t, z, even, none)
    share = min(max(mixture.share, 1e-6), 1 - 1e-6)
    rest = even + np.log(1 - share)
    if kind in ("careless", "indifferent"):
        return _Points(
            common=np.append(one, float(kind == "indifferent")),
            along=np.append(zero, 0.0),
            z=np.vstack([z, np.zeros(methods)]),
            weight=np.append(rest, np.log(share)),
            first=np.append(none, True),
        )
    sign, both = np.concatenate([-one, one]), np.concatenate([one, one])
    weight = np.concatenate([even + np.log(share), rest])
    if kind == "opposed":
        return _Points(sign, 0 * sign, np.vstack([z, z]), weight, sign < 0)
    return _Points(both, sign, np.vstack([z, z]), weight, sign < 0)


def fit_mixture(choices: Choices, start: Mixture, *, free_share: bool = True) -> Mixture:
    """Maximise the likelihood by EM from a start, or for its share; each M-step is one Newton step."""
    mixture, before = start, -np.inf
    for _ in range(MOST_STEPS):
        points = _points(mixture, choices.methods)
        odds = _odds(choices, mixture, points)
        own, posterior = _expect(choices, odds, points)
        mixture = replace(_maximise(choices, mixture, points, odds, posterior), log_likelihood=own)
        if not free_share:
            mixture = replace(mixture, share=start.share)
        if own.sum() - before < SMALLEST_GAIN:
            break
        before = float(own.sum())
    return replace(mixture, log_likelihood=likelihood(choices, mixture))


def likelihood(choices: Choices, mixture: Mixture) -> Floats:
    """Return the C log-likelihoods of people under a mixture that may come from other people."""
    points = _points(mixture, choices.methods)
    return _expect(choices, _odds(choices, mixture, points), points)[0]


def first_class(choices: Choices, mixture: Mixture) -> Floats:
    """Return the C probabilities that a person is of the first class."""
    points = _points(mixture, choices.methods)
    _, posterior = _expect(choices, _odds(choices, mixture, points), points)
    return np.asarray(posterior[:, points.first].sum(axis=1))


def _odds(choices: Choices, mixture: Mixture, points: _Points) -> Floats:
    """Return the n×S log odds of the left side."""
    methods = choices.design[:, :-1]
    worths = points.common[:, None] * mixture.worths[:-1] + points.along[:, None] * mixture.along
    worths = worths + mixture.taste_sd * points.z
    return np.asarray(methods @ worths.T + choices.design[:, -1:] * mixture.worths[-1])


def _expect(choices: Choices, odds: Floats, points: _Points) -> tuple[Floats, Floats]:
    """Return the C log-likelihoods and the C×S posteriors of the points."""
    joint = choices.wins @ odds - choices.votes @ np.logaddexp(0, odds) + points.weight
    top = joint.max(axis=1, keepdims=True)
    posterior = np.exp(joint - top)
    total = posterior.sum(axis=1, keepdims=True)
    return np.asarray(np.log(total) + top)[:, 0], np.asarray(posterior / total)


def _maximise(
    choices: Choices, mixture: Mixture, points: _Points, odds: Floats, posterior: Floats
) -> Mixture:
    """Take a Newton step for λ, the order effect, h and τ; set the share from the posteriors."""
    k, design = choices.methods, choices.design
    chance = special.expit(odds)
    votes = choices.votes.T @ posterior
    residual = choices.wins.T @ posterior - votes * chance
    weight = votes * chance * (1 - chance)
    taste = design[:, :-1] @ points.z.T  # n×S, derivative by τ
    common, along = points.common, points.along
    methods, effect = design[:, :-1], design[:, -1]
    size = 2 * k + 2
    slope, matrix = np.zeros(size), np.zeros((size, size))
    a, g, h, s = slice(0, k), k, slice(k + 1, 2 * k + 1), 2 * k + 1
    slope[a], slope[g] = methods.T @ (residual @ common), effect @ residual.sum(axis=1)
    slope[h], slope[s] = methods.T @ (residual @ along), float((residual * taste).sum())
    for rows, one in ((a, common), (h, along)):
        matrix[rows, g] = methods.T @ (weight @ one * effect)
        matrix[rows, s] = methods.T @ ((weight * taste) @ one)
        matrix[g, rows], matrix[s, rows] = matrix[rows, g], matrix[rows, s]
        for columns, other in ((a, common), (h, along)):
            matrix[rows, columns] = methods.T @ ((weight @ (one * other))[:, None] * methods)
    matrix[g, g] = effect @ (weight.sum(axis=1) * effect)
    matrix[g, s] = matrix[s, g] = effect @ (weight * taste).sum(axis=1)
    matrix[s, s] = float((weight * taste**2).sum())
    matrix += PRECISION * np.eye(size)
    if mixture.axis is not None:
        matrix[a, a] += STIFF * (np.eye(k) - np.outer(mixture.axis, mixture.axis))
    now = np.concatenate([mixture.worths, mixture.along, [mixture.taste_sd]])
    step = np.linalg.solve(matrix, slope - PRECISION * now)
    now = now + step * min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), 1e-12))
    share = float(posterior[:, points.first].sum(axis=1).mean())
    return replace(mixture, worths=now[: k + 1], along=now[h], taste_sd=abs(float(now[s])), share=share)
