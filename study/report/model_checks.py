"""Check a ranked fit: its model, the heterogeneity of its votes, and influential participants."""

import numpy as np

from study.report.ranking import RankedFit
from study.report.result import Fitness, Influential, ModelChecks
from study.statistics.agreement import split_half
from study.statistics.goodness_of_fit import circular_triads, median_consistency
from study.statistics.heterogeneity import estimate_heterogeneity
from study.statistics.sensitivity import influence
from study.votes import Floats, Responses

MOST_INFLUENTIAL = 5


def check_model(votes: Responses, counts: Floats, ranked: RankedFit, *, seed: int) -> ModelChecks:
    """Run every check. counts: K×K×3 of the same votes, by left method, right method and outcome."""
    methods, result, fitness = len(counts), ranked.fit, ranked.fitness
    zeta = median_consistency(votes, methods)
    shifts = influence(result, votes, methods, ranked.errors.covariance)
    most = np.argsort(-shifts, kind="stable")[:MOST_INFLUENTIAL]
    return ModelChecks(
        fit=Fitness(fitness.g2, fitness.pearson, fitness.degrees, fitness.p, fitness.simulated),
        circular_triads=circular_triads(counts, result, seed=seed),
        people=estimate_heterogeneity(votes, votes.participant, result),
        pictures=estimate_heterogeneity(votes, votes.item, result),
        halves_of_people=split_half(votes, methods, votes.participant, seed=seed),
        halves_of_pictures=split_half(votes, methods, votes.item, seed=seed),
        consistency=zeta[0] if zeta else None,
        consistent_people=zeta[1] if zeta else 0,
        influence=tuple(Influential(int(who) + 1, float(shifts[who])) for who in most if shifts[who] > 0),
    )
