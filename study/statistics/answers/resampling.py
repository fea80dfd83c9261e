"""Bootstrap the scores of rankings by resampling participants with replacement."""

import numpy as np

from study.statistics.answers.choices import is_determined, maximise
from study.statistics.answers.plackett_luce import PlackettLuce
from study.statistics.answers.stages import Rankings
from study.statistics.bootstrap import Bootstrap
from study.statistics.covariance import group_codes
from study.statistics.existence import explain_unrankable


def bootstrap_rankings(
    result: PlackettLuce, rankings: Rankings, *, replicates: int = 1000, seed: int = 0
) -> Bootstrap | None:
    """Refit resampled rankings: as many participants as there are, drawn with replacement.

    theta: log-worths, then the other parameters of the fit. None for a fit without a ranking, or with fewer
    than two participants. seed: the same seed gives the same replicates.
    """
    stages = result.stages
    if result.status != "ok" or rankings.participant is None or stages is None or result.theta is None:
        return None
    people, person = group_codes(rankings.participant)
    if people < 2:
        return None
    own, methods = stages.of_groups(person, rankings.weight), len(result.counts)
    rng, names = np.random.default_rng(seed), [""] * methods
    theta = np.full((replicates, len(result.theta)), np.nan)
    for row in theta:
        totals = np.asarray(np.bincount(rng.integers(0, people, people), minlength=people) @ own)
        wins, ties = stages.wins_and_ties(totals, methods)
        if explain_unrankable(wins, ties, names) is None and is_determined(stages.sets, totals):
            best = maximise(stages.sets, totals)
            row[:] = best.theta if best.found else np.nan
    return Bootstrap(theta, methods)
