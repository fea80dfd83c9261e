"""Maximise the likelihood of choices among options with features: the conditional logit.

    P(option) = exp(x·theta) / sum of exp(x·theta) over all options of its set

(McFadden, in Frontiers in Econometrics, 1974). The log-likelihood is concave. The first K features are shares
of methods and add up to 1 in every option, so that log-worths are determined up to a constant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from study.statistics.davidson import LEAST_INFORMATION, RIDGE, SMALLEST_GAIN, SMALLEST_STEP
from study.votes import Floats, Ints

MOST_STEPS = 60
BATCH = 4_000_000  # matrix entries of the sets and groups that are handled at once
SINGULAR = 1e-9  # ratio of the smallest to the largest eigenvalue of an information matrix


@dataclass(frozen=True, eq=False)
class ChoiceSets:
    """Hold P sets of N options in all. The options of a set are consecutive.

    features: sparse N×S. first: P, the index of the first option of each set. methods: K.
    """

    features: Any
    first: Ints
    methods: int

    @cached_property
    def sizes(self) -> Ints:
        """Return the number of options of each set."""
        return np.diff([*self.first, self.features.shape[0]])

    @cached_property
    def together(self) -> Any:
        """Return the sparse P×N matrix that sums over the options of each set."""
        n = self.features.shape[0]
        return sparse.csr_array((np.ones(n), np.arange(n), np.append(self.first, n)), (len(self.first), n))

    def probabilities(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return the probability of each of the N options, and the log of the sum of each of the P sets."""
        eta = self.features @ theta
        top = np.maximum.reduceat(eta, self.first)
        odds = np.exp(eta - np.repeat(top, self.sizes))
        total = np.add.reduceat(odds, self.first)
        return odds / np.repeat(total, self.sizes), np.log(total) + top


@dataclass(frozen=True, eq=False)
class ChoiceFit:
    """Hold the maximum: S parameters, of which the K log-worths sum to 0, and the inverse information.

    found: False where the likelihood increases without bound or does not determine the parameters.
    """

    theta: Floats
    covariance: Floats
    loglik: float
    found: bool


def maximise(sets: ChoiceSets, chosen: Floats) -> ChoiceFit:
    """Maximise the likelihood by Newton's method. chosen: N, the number of choices of each option."""
    theta, k = np.zeros(sets.features.shape[1]), sets.methods
    value, enough = log_likelihood(sets, chosen, theta), min(SMALLEST_GAIN * chosen.sum(), 1e-8)
    inverse, found = np.zeros((len(theta), len(theta))), False
    for _ in range(MOST_STEPS):
        slope, matrix = derivatives(sets, chosen, theta)
        inverse, determined = invert(matrix, k)
        if not determined:
            break
        step = inverse @ slope
        while not (after := log_likelihood(sets, chosen, theta + step)) >= value - 1e-12 * abs(value):
            step = step / 2
        theta, value = theta + step, after
        if np.abs(step).max() < SMALLEST_STEP or step @ slope < enough:
            found = True
            break
    theta[:k] -= theta[:k].mean()
    return ChoiceFit(theta, inverse, value, found)


def log_likelihood(sets: ChoiceSets, chosen: Floats, theta: Floats) -> float:
    """Return the log-likelihood of the numbers of choices."""
    log_z = sets.probabilities(theta)[1]
    return float(chosen @ (sets.features @ theta) - np.add.reduceat(chosen, sets.first) @ log_z)


def derivatives(sets: ChoiceSets, chosen: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Return the S first derivatives of the log-likelihood, and minus the S×S second ones."""
    share, _ = sets.probabilities(theta)
    choices = np.add.reduceat(chosen, sets.first)
    expected = share * np.repeat(choices, sets.sizes)
    weighted = sets.features.multiply(expected[:, None]).tocsr()
    means = sets.together @ sets.features.multiply(share[:, None]).tocsr()
    matrix = (sets.features.T @ weighted - means.T @ means.multiply(choices[:, None])).toarray()
    return np.asarray(sets.features.T @ (chosen - expected)), matrix


def is_determined(sets: ChoiceSets, chosen: Floats) -> bool:
    """Return True if the information of these sets has full rank where all options are equal."""
    matrix = derivatives(sets, chosen, np.zeros(sets.features.shape[1]))[1]
    values = np.linalg.eigvalsh(_regular(matrix, sets.methods)[0])
    return bool(values[0] > SINGULAR * values[-1])


def scores_of_groups(sets: ChoiceSets, theta: Floats, chosen: Any) -> Floats:
    """Return the G×S derivatives of the log-likelihood of each group. chosen: sparse G×N numbers."""
    share, _ = sets.probabilities(theta)
    means = sets.together @ sets.features.multiply(share[:, None]).tocsr()
    return np.asarray((chosen @ sets.features - (chosen @ sets.together.T) @ means).toarray())


def informations_of_groups(sets: ChoiceSets, theta: Floats, chosen: Any) -> Iterator[tuple[slice, Floats]]:
    """Yield batches of groups with the S×S information of each. chosen: sparse G×N numbers."""
    size = len(theta)
    choices = sparse.csr_array(chosen @ sets.together.T)
    step = max(1, BATCH // size**2)
    for start in range(0, choices.shape[0], step):
        some = sparse.csc_array(choices[start : start + step])
        total = np.zeros((some.shape[0], size**2))
        for which, own in _informations(sets, theta):
            total += some[:, which] @ own
        yield slice(start, start + len(total)), total.reshape(-1, size, size)


def _informations(sets: ChoiceSets, theta: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yield batches of sets with the information of one choice from each, as rows of S² numbers."""
    share, size = sets.probabilities(theta)[0], len(theta)
    step = max(1, BATCH // (size**2 * max(1, int(sets.sizes.max()))))
    ends = np.append(sets.first, len(share))
    for start in range(0, len(sets.first), step):
        stop = min(start + step, len(sets.first))
        rows = slice(ends[start], ends[stop])
        features, own = sets.features[rows].toarray(), share[rows, None]
        first = sets.first[start:stop] - ends[start]
        means = np.add.reduceat(features * own, first)
        squares = np.add.reduceat((features * own)[:, :, None] * features[:, None, :], first)
        yield slice(start, stop), (squares - means[:, :, None] * means[:, None, :]).reshape(-1, size**2)


def _regular(matrix: Floats, methods: int) -> tuple[Floats, float]:
    """Return an invertible information, and the amount added for the mean log-worth."""
    size = max(float(np.trace(matrix)), RIDGE) / len(matrix)
    matrix = matrix.copy()
    matrix[:methods, :methods] += size / methods
    return matrix, size


def invert(matrix: Floats, methods: int) -> tuple[Floats, bool]:
    """Return the Moore-Penrose inverse of an information, and True if it determines all parameters."""
    regular, size = _regular(matrix, methods)
    inverse = np.linalg.inv(regular + RIDGE * np.eye(len(regular)))
    inverse[:methods, :methods] -= 1 / (size * methods)
    floor = LEAST_INFORMATION + 1e-12 * np.trace(matrix)
    return np.asarray(inverse, np.float64), bool(
        np.diagonal(inverse).min() > 0 and np.trace(inverse) * floor < 1
    )
