"""Scores in forms that are easier to read. For display alone: none says more than log-worths do."""

import numpy as np

from study.statistics.bradley_terry import probabilities
from study.votes import LEFT, RIGHT, TIE, Floats

ELO_MEAN = 1000.0
ELO_SCALE = 400 / np.log(10)  # a lead of 400 points wins ten times as often as it loses


def elo(log_worths: Floats) -> Floats:
    """Points on the scale of chess ratings, 1000 on average."""
    return np.asarray(ELO_MEAN + ELO_SCALE * (log_worths - log_worths.mean()))


def chances(log_worths: Floats, log_nu: float | None = None) -> Floats:
    """K×K×3: how likely the row is preferred to the column, the column to the row, and neither.

    As if sides did not matter; without ties unless there is a log nu. On the diagonal: a method with itself.
    """
    half = np.subtract.outer(log_worths, log_worths) / 2
    tie = np.full_like(half, -np.inf if log_nu is None else log_nu)
    eta = np.empty((*half.shape, 3))
    eta[..., LEFT], eta[..., RIGHT], eta[..., TIE] = half, -half, tie
    return probabilities(eta)


def preference(log_worths: Floats) -> Floats:
    """K: the chance to be preferred, where there is a preference, averaged over all other methods."""
    decided = chances(log_worths)[..., LEFT]
    return np.asarray((decided.sum(axis=1) - 0.5) / max(len(log_worths) - 1, 1))
