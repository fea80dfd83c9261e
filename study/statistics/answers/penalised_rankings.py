"""Fit rankings without finite scores, with half a vote of each method against an imaginary one."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from study.statistics.answers.choices import derivatives, invert, maximise
from study.statistics.answers.stages import Rankings, stages_of
from study.statistics.penalised import LABELS, PHANTOM
from study.votes import Floats


@dataclass(frozen=True, eq=False)
class PenalisedRankings:
    """Hold penalised log-worths, K with sum zero, and the label to show with them.

    covariance: K×K, of the rankings' information at these log-worths, without the penalty.
    """

    label: str
    log_worths: Floats
    covariance: Floats


def fit_penalised_rankings(
    rankings: Rankings, methods: int, *, positions: bool = False
) -> PenalisedRankings | None:
    """Fit rankings that link all methods, by the penalty of `study.statistics.penalised` called phantom.

    Each method gets PHANTOM votes against one of mean log-worth, half of them won. positions: as in
    `fit_rankings`. None where effects of positions or ties have no finite estimates either.
    """
    stages = stages_of(rankings, methods, positions=positions and rankings.position is not None)
    totals, k = stages.totals(rankings.weight), methods
    number = stages.sets.features.shape[1]
    own = np.zeros((2 * k, number))
    own[::2, :k], own[1::2, :k] = np.eye(k), 1 / k
    first = np.append(stages.sets.first, len(totals) + 2 * np.arange(k))
    features = sparse.vstack([stages.sets.features, sparse.csr_array(own)]).tocsr()
    with_phantom = replace(stages.sets, features=features, first=first)
    best = maximise(with_phantom, np.append(totals, np.full(2 * k, PHANTOM / 2)))
    if not best.found:
        return None
    inverse, _ = invert(derivatives(stages.sets, totals, best.theta)[1], k)
    return PenalisedRankings(LABELS["phantom"], best.theta[:k], inverse[:k, :k])
