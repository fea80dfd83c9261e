"""Describe the scores of a second analysis, to be shown beside those of the first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from study.statistics.multiple_comparisons import Errors, compare
from study.votes import Floats


@dataclass(frozen=True)
class SecondScore:
    """Describe a method: log-worth, standard error, possible ranks, and probability of being preferred."""

    method: str
    log_worth: float
    se: float
    rank_low: int
    rank_high: int
    preference: float


@dataclass(frozen=True)
class SecondScores:
    """Hold the scores of all methods, in their order in the study or table.

    critical: a difference is significant beyond this many standard errors, with all pairs at once. interval:
    confidence, and the population that the standard errors are about.
    """

    scores: tuple[SecondScore, ...]
    critical: float
    interval: str


def second_scores(
    names: Sequence[str], log_worths: Floats, errors: Errors, preferred: Floats
) -> SecondScores:
    """Return the scores of K methods. preferred: K×K probabilities that the row is preferred, ties aside."""
    compared = compare(log_worths, errors)
    mean = (preferred.sum(axis=1) - np.diagonal(preferred)) / max(len(log_worths) - 1, 1)
    scores = tuple(
        SecondScore(
            method=name,
            log_worth=float(log_worths[i]),
            se=float(errors.errors[i]),
            rank_low=int(compared.rank_low[i]),
            rank_high=int(compared.rank_high[i]),
            preference=float(mean[i]),
        )
        for i, name in enumerate(names)
    )
    return SecondScores(scores, compared.critical, errors.words)


def turned(first: Floats, second: SecondScores) -> Iterator[tuple[str, str]]:
    """Yield neighbours of the first analysis, the better one first, that change places in the second."""
    order = np.argsort(-first, kind="stable")
    ranked = [second.scores[i] for i in order]
    for better, worse in zip(ranked, ranked[1:], strict=False):
        if better.log_worth < worse.log_worth:
            yield better.method, worse.method
