"""Convert log-worths to scales that are easier to read, for display only."""

import numpy as np

from study.statistics.davidson import outcome_probabilities
from study.votes import LEFT, Floats

ELO_MEAN = 1000.0
ELO_SCALE = 400 / np.log(10)  # a difference of 400 points: ten wins for each loss


def elo(log_worths: Floats) -> Floats:
    """Return points on the scale of chess ratings (Elo), 1000 on average."""
    return np.asarray(ELO_MEAN + ELO_SCALE * (log_worths - log_worths.mean()))


def preference(log_worths: Floats) -> Floats:
    """Return K probabilities of being preferred to another method, averaged over all others, without ties."""
    decided = outcome_probabilities(log_worths[:, None], log_worths[None, :], None)[..., LEFT]
    return np.asarray((decided.sum(axis=1) - 0.5) / max(len(log_worths) - 1, 1))
