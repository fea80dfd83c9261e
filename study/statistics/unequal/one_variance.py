"""Estimate by how much groups of answers differ, from those that do not dominate, by one variance.

Where one participant has most votes, the scores are nearly this participant's, so that the votes hardly show
how far they are from those of the population. Only the other participants show it. Here the log-worths of a
group differ from those of the population by independent normal numbers with one variance v. With A the
information of a group, its score at the estimates is about

    N(A d, q A + v A²)        q = 1 - v·w

d is the distance from the estimates to the mean of these groups. v·w is the share of the variance of a single
answer that is due to the groups: A contains it already (w: see `of_one_answer`). With d integrated out, the
likelihood of v times a half-Cauchy prior of its root, with scale 1 (Gelman, Bayesian Analysis 1, 2006), gives
the distribution of v.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import interpolate, special

from study.votes import Bools, Floats

Informations: TypeAlias = Iterable[tuple[slice, Floats]]  # batches of groups with the S×S information of each

STEPS, FINE_STEPS = 40, 2000  # at which the likelihood is calculated, and between which it is interpolated
PRIOR_SCALE = 1.0  # of the standard deviation of log-worths between groups
MOST_OF_ONE = 0.9  # largest share of the variance of a single answer that is due to the groups
LARGEST_SPREAD = 3.0  # standard deviation between groups, where single answers have no variance
RANK_TOLERANCE = 1e-9
ODD = 0.05  # level of the test whether a group belongs to the others


@dataclass(frozen=True, eq=False)
class OneVariance:
    """Hold the distribution of the variance between groups, and its effect on the scores.

    mean, variance: of the variance between groups, in squared log-worths. effect: S×S, what a variance of 1
    adds to the covariance of the estimates. odd: a dominating group seems to differ from the others in kind.
    """

    mean: float
    variance: float
    effect: Floats
    odd: bool


def of_one_answer(informations: Floats, weight: Floats, methods: int) -> float:
    """Return w, with which v·w is the share of groups in the variance of an answer: Σ tr A² / Σ tr A.

    informations: n×S×S of rows of equal answers, weight: their number, above 0.
    """
    own = informations[:, :methods, :methods]
    squares = np.einsum("nij,nij->n", own, own) / weight
    return float(squares.sum() / np.einsum("nii->", own))


def one_variance(
    covariance: Floats, log_worths: Floats, alone: float, scores: Floats, groups: tuple[Informations, Bools]
) -> OneVariance:
    """Return the variance between groups as those that do not dominate show it.

    covariance: S×S inverse information, the K log-worths first. alone: w. scores: G×S derivatives of the
    log-likelihood of each group. groups: the information of each, and whether it dominates.
    """
    informations, large = groups
    likelihood = _Likelihood.of(len(log_worths), alone)
    effect, kept = -alone * covariance, []
    for rows, own in informations:
        reach = covariance @ own[:, :, : len(log_worths)]
        effect += np.tensordot(reach, reach, axes=((0, 2), (0, 2)))
        own = own[:, : len(log_worths), : len(log_worths)]
        score, leaves = scores[rows, : len(log_worths)], large[rows]
        likelihood.add(score[~leaves], own[~leaves])
        kept += list(zip(score[leaves], own[leaves], strict=True))
    mean, variance = likelihood.moments()
    centre = likelihood.centre(mean, 4 + 2 * mean**2 / variance)
    odd = any(_is_odd(score, own, log_worths, centre) for score, own in kept)
    return OneVariance(mean, variance, effect, odd)


@dataclass(frozen=True, eq=False)
class _Centre:
    """Hold the mean of the groups at a variance v: K distances from the estimates, and its covariance."""

    v: float
    q: float
    distance: Floats
    covariance: Floats
    degrees: float


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """Sum the log-likelihood of N variances over groups.

    grid: variances. q: N, as above. value: N. towards: N×K and known: N×K×K, of the mean of the groups.
    """

    grid: Floats
    q: Floats
    value: Floats
    towards: Floats
    known: Floats

    @classmethod
    def of(cls, methods: int, alone: float) -> "_Likelihood":
        most = LARGEST_SPREAD if alone == 0 else min(LARGEST_SPREAD, np.sqrt(MOST_OF_ONE / alone))
        grid = np.linspace(0, most, STEPS + 1) ** 2  # even in the standard deviation
        shape = (len(grid), methods)
        return cls(grid, 1 - alone * grid, np.zeros(shape[0]), np.zeros(shape), np.zeros((*shape, methods)))

    def add(self, scores: Floats, informations: Floats) -> None:
        """Add groups. scores: G×K. informations: G×K×K."""
        sizes, axes = np.linalg.eigh(informations)
        group, place = np.nonzero(sizes > RANK_TOLERANCE)
        size, axis = sizes[group, place], axes[group, :, place]
        score = np.einsum("nk,nk->n", axis, scores[group])
        for step, (v, q) in enumerate(zip(self.grid, self.q, strict=True)):
            factor = 1 / (q + v * size)
            self.value[step] += 0.5 * float((np.log(factor) - score**2 * factor / size).sum())
            self.towards[step] += (factor * score) @ axis
            self.known[step] += (axis.T * (factor * size)) @ axis

    def moments(self) -> tuple[float, float]:
        """Return the mean and the variance of the variance between groups."""
        of_mean = [_of_the_mean(b, m) for b, m in zip(self.towards, self.known, strict=True)]
        nodes = np.sqrt(self.grid)
        sd = (np.arange(FINE_STEPS) + 0.5) * nodes[-1] / FINE_STEPS
        value = interpolate.CubicSpline(nodes, self.value + of_mean)(sd) - np.log1p((sd / PRIOR_SCALE) ** 2)
        chance = np.exp(value - value.max())
        chance /= chance.sum()
        mean = float(chance @ sd**2)
        return mean, float(chance @ (sd**2 - mean) ** 2)

    def centre(self, v: float, degrees: float) -> _Centre:
        """Return the mean of the groups at the variance of the grid that is nearest to v."""
        near = int(np.argmin(np.abs(self.grid - v)))
        inverse = np.linalg.pinv(self.known[near], rcond=RANK_TOLERANCE, hermitian=True)
        distance = inverse @ self.towards[near]
        return _Centre(float(self.grid[near]), float(self.q[near]), distance, inverse, degrees)


def _of_the_mean(towards: Floats, known: Floats) -> float:
    """Return what the unknown mean of the groups adds to the log-likelihood."""
    sizes, axes = np.linalg.eigh(known)
    found = sizes > RANK_TOLERANCE * sizes[-1]
    along = (axes.T @ towards)[found]
    return float(0.5 * (along**2 / sizes[found] - np.log(sizes[found])).sum())


def _is_odd(score: Floats, own: Floats, log_worths: Floats, centre: _Centre) -> bool:
    """Return True for a group that the others do not explain, or that answers rather as if at random.

    score: K, own: K×K information of the group.
    """
    sizes, axes = np.linalg.eigh(own)
    found = sizes > RANK_TOLERANCE
    axis, size = axes[:, found], sizes[found]
    deviation = (axis.T @ score) / size  # of the group from the estimates, in the directions it compared
    among = axis.T @ centre.covariance @ axis + np.diag(centre.q / size + centre.v)
    from_others = deviation - axis.T @ centre.distance
    distance = float(from_others @ np.linalg.solve(among, from_others))
    from_random = deviation + axis.T @ log_worths
    as_others = -0.5 * (distance + np.linalg.slogdet(among)[1])
    at_random = -0.5 * float((from_random**2 * size - np.log(size)).sum())
    return bool(special.fdtrc(len(size), centre.degrees, distance / len(size)) < ODD or at_random > as_others)
