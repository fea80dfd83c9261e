"""Convert log-worths to scales that are easier to read, for display only."""

import numpy as np

from study.statistics.davidson import outcome_probabilities
from study.votes import LEFT, Floats

ELO_MEAN = 1000.0
ELO_SCALE = 400 / np.log(10)  # a difference of 400 points: ten wins for each loss
JOD_SCALE = 1 / np.log(3)  # a difference of 1 JOD: three wins for each loss, 75 % of the decided votes


def elo(log_worths: Floats) -> Floats:
    """Return points on the scale of chess ratings (Elo), 1000 on average."""
    return np.asarray(ELO_MEAN + ELO_SCALE * (log_worths - log_worths.mean()))


def jod(log_worth: float) -> float:
    """Return a log-worth, a difference or a standard error in just-objectionable differences (JOD).

    Source of the unit: Perez-Ortiz and Mantiuk, arXiv:1712.03686, 2017.
    """
    return float(JOD_SCALE * log_worth)


def preference(log_worths: Floats) -> Floats:
    """Return K probabilities of being preferred to another method, averaged over all others, without ties."""
    decided = outcome_probabilities(log_worths[:, None], log_worths[None, :], None)[..., LEFT]
    return np.asarray((decided.sum(axis=1) - 0.5) / max(len(log_worths) - 1, 1))
