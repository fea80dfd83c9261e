"""All checks of a ranked fit, gathered for the report."""

import numpy as np

from study.report.result import Checks, Fitness, Influential
from study.statistics.agreement import split_half
from study.statistics.bradley_terry import Fit
from study.statistics.goodness_of_fit import GoodnessOfFit, circular_triads, median_consistency
from study.statistics.heterogeneity import estimate_heterogeneity
from study.statistics.multiple_comparisons import Errors
from study.statistics.sensitivity import influence
from study.votes import Floats, Responses

MOST_INFLUENTIAL = 5


def check(
    votes: Responses, counts: Floats, result: Fit, errors: Errors, fitness: GoodnessOfFit, *, seed: int
) -> Checks:
    """counts: K×K×3 of the votes; result: their ranked fit; fitness: of it."""
    methods = len(counts)
    zeta = median_consistency(votes, methods)
    shifts = influence(result, votes, methods, errors.covariance)
    most = np.argsort(-shifts, kind="stable")[:MOST_INFLUENTIAL]
    return Checks(
        fit=Fitness(fitness.g2, fitness.pearson, fitness.degrees, fitness.p, fitness.simulated),
        circles=circular_triads(counts, result, seed=seed),
        people=estimate_heterogeneity(votes, votes.participant, result),
        pictures=estimate_heterogeneity(votes, votes.item, result),
        halves_of_people=split_half(votes, methods, votes.participant, seed=seed),
        halves_of_pictures=split_half(votes, methods, votes.item, seed=seed),
        consistency=zeta[0] if zeta else None,
        consistent_people=zeta[1] if zeta else 0,
        influence=tuple(Influential(int(who) + 1, float(shifts[who])) for who in most if shifts[who] > 0),
    )
