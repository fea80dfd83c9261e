"""Estimate errors of scores where few participants, or few pictures, have most of the votes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from study.statistics.unequal.concentration import dominating, is_concentrated
from study.statistics.unequal.one_variance import OneVariance, of_one_answer, one_variance
from study.votes import Floats, Ints

# Index of the group of each answer, from 0 to G - 1 → G×S derivatives of the log-likelihood of each group,
# and batches of groups with the S×S information of each.
Parts: TypeAlias = Callable[[Ints], tuple[Floats, Iterator[tuple[slice, Floats]]]]

MOST_WORK = 4_000_000  # matrix entries of the single answers that show how much one tells
NO_SPREAD = 1e-12  # of the largest variance: differences that the model fixes


@dataclass(frozen=True, eq=False)
class Estimated:
    """Hold the S×S inverse information of K methods and other parameters, and the parts of its groups.

    log_worths: K. weight: of each answer.
    """

    covariance: Floats
    log_worths: Floats
    weight: Floats
    parts: Parts

    @property
    def methods(self) -> int:
        """Return the number of methods."""
        return len(self.log_worths)


@dataclass(frozen=True, eq=False)
class Sample:
    """Hold the groups of one kind, 0 to G - 1 for each answer, and what differences between them add.

    covariance: S×S, by the sandwich estimate, and its degrees of freedom: used where votes are not
    concentrated.
    """

    group: Ints
    covariance: Floats
    degrees: float


@dataclass(frozen=True, eq=False)
class UnequalErrors:
    """Hold the S×S covariance of the estimates, that by participant alone, and the degrees of freedom."""

    covariance: Floats
    people: Floats
    degrees: float


def unequal_errors(model: Estimated, samples: Sequence[Sample]) -> UnequalErrors | None:
    """Return errors by one variance for each kind of groups in which votes are concentrated.

    samples: the participants, and the pictures if known. Answers of a group are independent beside this
    variance; other kinds of groups add their own covariance. The variance of a difference is then a random
    number, with the mean m and the variance s². The degrees of freedom of Student's t are those with the same
    two, 4 + 2 m²/s², the least of all differences. None where votes are not concentrated, or where a
    dominating group seems to differ from the others in kind.
    """
    found = [_one_variance(model, sample) for sample in samples]
    if all(one is None for one in found) or any(one.odd for one in found if one is not None):
        return None
    parts = [_part(one, sample) for one, sample in zip(found, samples, strict=True)]
    people = model.covariance + parts[0][0]
    covariance = model.covariance + np.sum([part for part, _ in parts], axis=0)
    mean = _of_differences(covariance, model.methods)
    spread = np.sum([share * _of_differences(part, model.methods) ** 2 for part, share in parts], axis=0)
    free = mean > NO_SPREAD * mean.max()
    degrees = 4 + 2 * float((mean[free] ** 2 / spread[free]).min())
    scale = (degrees - 2) / degrees  # the mean of the variance in Student's t is above its scale
    return UnequalErrors(scale * covariance, scale * people, degrees)


def _part(one: OneVariance | None, sample: Sample) -> tuple[Floats, float]:
    """Return what groups add to the covariance, and the variance of this relative to its square."""
    if one is not None:
        return one.mean * one.effect, one.variance / one.mean**2
    sizes, axes = np.linalg.eigh(sample.covariance)
    return np.asarray(axes * np.maximum(sizes, 0) @ axes.T), 2 / sample.degrees


def _one_variance(model: Estimated, sample: Sample) -> OneVariance | None:
    """Return the variance between groups, None where votes are not concentrated."""
    votes = np.bincount(sample.group, model.weight).astype(np.float64)
    if not is_concentrated(votes[votes > 0]):
        return None
    scores, informations = model.parts(sample.group)
    return one_variance(
        model.covariance, model.log_worths, _alone(model), scores, (informations, dominating(votes))
    )


def _alone(model: Estimated) -> float:
    """Return w of `one_variance`, from all answers or from many of them."""
    known = np.flatnonzero(model.weight > 0)
    some = known[:: 1 + len(known) * len(model.covariance) ** 2 // MOST_WORK]
    group = np.full(len(model.weight), len(some))
    group[some] = np.arange(len(some))
    own = np.concatenate([batch for _, batch in model.parts(group)[1]])[: len(some)]
    return of_one_answer(own, model.weight[some], model.methods)


def _of_differences(covariance: Floats, methods: int) -> Floats:
    """Return the K×K variances of differences of log-worths."""
    own = covariance[:methods, :methods]
    return np.asarray(np.add.outer(np.diagonal(own), np.diagonal(own)) - own - own.T)
