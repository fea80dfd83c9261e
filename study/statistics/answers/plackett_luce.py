"""Fit the Plackett-Luce model of rankings and of the best of several, with ties and effects of the position.

At each stage a set C is chosen from the methods A that are left, with the probability f(C) / sum of f(S)
over the sets S of A, and f(S) = delta_|S| (product of the worths in S)^(1/|S|); delta_1 = 1 (Plackett,
Applied Statistics 24, 1975; Luce, Individual Choice Behavior, 1959; with ties: Turner, van Etten, Firth and
Kosmidis, Computational Statistics 35, 2020). Only ties of sizes that occur are in the model. With two
methods in a trial this is Davidson's model with nu = delta_2, without ties that of Bradley and Terry. The
log-worth of a method shown at position p is increased by an effect of p, that of the last position being 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from study.records import Status
from study.statistics.answers.choices import (
    ChoiceFit,
    informations_of_groups,
    is_determined,
    maximise,
    scores_of_groups,
)
from study.statistics.answers.group_errors import errors_of_answers
from study.statistics.answers.stages import Rankings, Stages, stages_of
from study.statistics.existence import MORE, describe_extremes, explain_unrankable
from study.statistics.multiple_comparisons import Errors
from study.statistics.unequal.errors import Estimated
from study.votes import LEFT, TIE, Floats, Ints

NO_POSITIONS = (
    "The effects of the positions are left out: these rankings cannot separate them from the methods."
)


@dataclass(frozen=True, eq=False)
class PlackettLuce:
    """Hold the estimates. Log-worths are natural logarithms and sum to zero.

    status: "ok", or the reason for which there is no ranking; explain: the same as a sentence.
    counts: K×K×3, how often the row was chosen over the column (LEFT) and with it (TIE), at every stage.
    log_worths: K; None unless the rankings allow scores. positions: effect of each position, the last one 0;
    None where the model has none. log_ties: log delta of each size of a tie that occurs.
    covariance: S×S inverse information of log-worths, effects of all positions but the last, and log_ties.
    stages: what the fit was made from, None without one.
    """

    status: Status
    explain: str
    counts: Floats
    log_worths: Floats | None = None
    positions: Floats | None = None
    log_ties: Mapping[int, float] | None = None
    covariance: Floats | None = None
    loglik: float | None = None
    theta: Floats | None = None
    stages: Stages | None = None


def fit_rankings(rankings: Rankings, names: Sequence[str], *, positions: bool = False) -> PlackettLuce:
    """Fit rankings of the methods with these K names, or explain why there are no scores.

    positions: estimate the effects of the positions where they are known and can be separated from the
    methods. Raises ValueError where large sets of methods have ties of many forms.
    """
    if not rankings.trials:
        none = np.zeros((len(names), len(names), 3))
        return PlackettLuce("no_votes", "There are no votes yet.", none)
    asked = positions and rankings.position is not None
    stages = stages_of(rankings, len(names), positions=asked)
    totals = stages.totals(rankings.weight)
    if asked and not is_determined(stages.sets, totals):
        stages = stages_of(rankings, len(names))
        totals = stages.totals(rankings.weight)
    wins, ties = stages.wins_and_ties(totals, len(names))
    counts = np.zeros((len(names), len(names), 3))
    counts[..., LEFT], counts[..., TIE] = wins, ties
    reason = explain_unrankable(wins, ties, names)
    if reason is not None:
        equal = np.zeros(len(names)) if reason.equal else None
        return PlackettLuce(reason.status, reason.explain, counts, equal)
    best = maximise(stages.sets, totals)
    if not best.found:
        return PlackettLuce("separated", _explain_divergence(wins, names, stages), counts)
    omitted = NO_POSITIONS if positions and not stages.positions else ""
    return _estimates(best, stages, counts, omitted)


def errors_of_rankings(result: PlackettLuce, rankings: Rankings) -> Errors | None:
    """Return the standard errors of a fit, by participant and item where both are known.

    They are as in `study.statistics.multiple_comparisons.errors_of`: all stages of a trial, and all trials of
    a participant or on an item, may depend on each other. Without participants, trials are independent. None
    without a ranking.
    """
    stages, theta = result.stages, result.theta
    if result.covariance is None or stages is None or theta is None:
        return None

    def parts(group: Ints) -> tuple[Floats, Iterator[tuple[slice, Floats]]]:
        chosen = stages.of_groups(group, rankings.weight)
        informations = informations_of_groups(stages.sets, theta, chosen)
        return scores_of_groups(stages.sets, theta, chosen), informations

    model = Estimated(result.covariance, theta[: len(result.counts)], rankings.weight, parts)
    return errors_of_answers(model, rankings.participant, rankings.item)


def _estimates(best: ChoiceFit, stages: Stages, counts: Floats, omitted: str) -> PlackettLuce:
    methods, effects = len(counts), stages.positions
    log_ties = best.theta[methods + effects :].tolist()
    return PlackettLuce(
        "ok",
        omitted,
        counts,
        best.theta[:methods],
        np.append(best.theta[methods : methods + effects], 0.0) if effects else None,
        dict(zip(stages.ties, log_ties, strict=True)),
        best.covariance,
        best.loglik,
        best.theta,
        stages,
    )


def _explain_divergence(wins: Floats, names: Sequence[str], stages: Stages) -> str:
    """Explain a likelihood without a maximum although all methods are linked in both directions."""
    extremes = describe_extremes(wins > 0, names)
    if extremes:
        return f"There are no finite scores: but for ties, {extremes}. {MORE}"
    if stages.positions:
        return f"There are no finite scores: nearly all choices are of one position. {MORE}"
    return "There are no scores: some counts are so much larger than others that these have no effect."
