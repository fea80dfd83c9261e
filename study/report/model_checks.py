"""Check a ranked fit: its model, the heterogeneity of its votes, influential participants, other analyses."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from study.report.exclusions import ExclusionResult
from study.report.ranking import RankedFit
from study.report.result import Fitness, Influential, ModelChecks
from study.statistics.agreement import split_half
from study.statistics.goodness_of_fit import circular_triads, median_consistency
from study.statistics.heterogeneity import estimate_heterogeneity
from study.statistics.sensitivity import Variant, influence, variants
from study.summary.concentration import capped
from study.summary.raters.findings import Raters
from study.votes import Floats, Responses, StudyData

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


def variants_of(
    data: StudyData, votes: Responses, exclusions: ExclusionResult, ranked: RankedFit, raters: Raters
) -> tuple[Variant, ...]:
    """Analyse the votes in other ways; each variant lists the methods in the order of the scores.

    With exclusions, this includes the votes of all participants; with flags, those of participants without.
    """
    others = {}
    if not exclusions.kept.all():
        others["with all participants"] = data.responses.votes()
    if (exclusions.unflagged != exclusions.kept).any():
        others["without flagged participants"] = data.responses.votes(exclusions.unflagged)
    order = np.argsort(-ranked.log_worths, kind="stable")
    weighted = dict(found for found in (capped(votes.participant), raters.down) if found is not None)
    return tuple(
        replace(found, log_worths=_ordered(found.log_worths, order), errors=_ordered(found.errors, order))
        for found in variants(votes, others, len(order), sides=data.sides_known, weighted=weighted)
    )


def _ordered(values: tuple[float, ...] | None, order: NDArray[np.intp]) -> tuple[float, ...] | None:
    return None if values is None else tuple(values[i] for i in order)
