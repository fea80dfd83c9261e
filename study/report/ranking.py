"""Rank the methods of a study: scores, pairs, order effect and possible best methods."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.special import expit

from study.records import MethodRow
from study.report.result import OrderEffect, PairPower, PairResult, Ranking, Score
from study.statistics.bradley_terry import Fit
from study.statistics.covariance import group_codes, quasi_variances
from study.statistics.goodness_of_fit import GoodnessOfFit, goodness_of_fit
from study.statistics.looks.decisions import compare_at
from study.statistics.looks.schedule import Look
from study.statistics.multiple_comparisons import (
    PEOPLE_AND_PICTURES,
    Comparisons,
    Errors,
    errors_of,
    two_sided_p,
)
from study.statistics.planning.separations import Groups, separations
from study.statistics.unequal.concentration import any_concentrated, votes_of_groups
from study.summary.best_of import BestOf, BestOfScores
from study.summary.pairs import compared_pairs
from study.summary.scales import preference
from study.votes import LEFT, RIGHT, TIE, Choices, Floats, Ints, Responses


@dataclass(frozen=True, eq=False)
class RankedFit:
    """Hold a fit with finite scores, and what is calculated from it."""

    fit: Fit
    log_worths: Floats
    errors: Errors
    compared: Comparisons
    fitness: GoodnessOfFit
    groups: Groups
    concentrated: bool = False


def rank(votes: Responses, counts: Floats, result: Fit, look: Look, *, seed: int) -> RankedFit | None:
    """Compare all methods of a fit; return None where the votes give no finite scores.

    counts: K×K×3 votes by left method, right method and outcome. look: which analysis this is. seed: of
    simulated quantiles and p values.
    """
    errors = errors_of(result, votes.as_votes(), len(counts), votes.items)
    if errors is None or result.log_worths is None:
        return None
    groups = _groups(votes, errors)
    errors, compared = compare_at(
        result.log_worths, errors, look, participants=groups.participants, seed=seed
    )
    fitness = goodness_of_fit(counts, result, seed=seed)
    concentrated = _concentrated(votes.participant, votes.items)
    return RankedFit(result, result.log_worths, errors, compared, fitness, groups, concentrated)


def _concentrated(participant: Ints, item: Ints | None) -> bool:
    """Return True where few participants, or few pictures, have most of the votes."""
    each = np.ones(len(participant))
    return any_concentrated(
        votes_of_groups(participant, each), None if item is None else votes_of_groups(item, each)
    )


def _groups(votes: Responses, errors: Errors) -> Groups:
    """Return the numbers of participants and pictures that the errors treat as samples."""
    return _groups_of(votes.participant, votes.items, errors)


def _groups_of(participant: Ints, item: Ints | None, errors: Errors) -> Groups:
    pictures = None
    if errors.words == PEOPLE_AND_PICTURES and item is not None:
        pictures = group_codes(item)[0]
    return Groups(group_codes(participant)[0], pictures)


def ranking_of(
    methods: Sequence[MethodRow], counts: Floats, result: Fit, ranked: RankedFit | None
) -> Ranking:
    """Return the ranking of a report."""
    scores, pairs = _count_by_method(methods, counts), _count_by_pair(methods, counts)
    if ranked is None:
        return Ranking(result.status, result.explain, scores, pairs)
    placed = _add_scores(scores, ranked)
    return Ranking(
        status=result.status,
        explain=result.explain,
        methods=tuple(placed[i] for i in np.argsort(-ranked.log_worths, kind="stable")),
        pairs=_add_differences(pairs, [method.key for method in methods], ranked),
        log_nu=result.log_nu,
        order_effect=_order_effect(ranked),
        interval=ranked.errors.words,
        errors=ranked.errors.source,
        critical=_finite(ranked.compared.critical),
        first=_first(methods, ranked),
        groups=ranked.groups,
        concentrated=ranked.concentrated,
    )


def ranking_of_choices(
    methods: Sequence[MethodRow],
    choices: Choices,
    found: BestOfScores,
    counted: BestOf,
    look: Look,
    *,
    seed: int,
) -> tuple[Ranking, RankedFit | None]:
    """Return the ranking by choices of the best of several, and its fit; a method won where it was chosen."""
    fitted, errors = found.fit, found.errors
    as_pairs = Fit(fitted.status, fitted.explain, "davidson", fitted.log_worths)
    ranked = None
    if errors is not None and fitted.log_worths is not None:
        groups = _groups_of(choices.participant, choices.item, errors)
        errors, compared = compare_at(
            fitted.log_worths, errors, look, participants=groups.participants, seed=seed
        )
        unknown = np.full((len(methods), len(methods)), np.nan)
        fitness = GoodnessOfFit(0.0, 0.0, 0, None, False, unknown)  # of pairs only: there are none
        concentrated = _concentrated(choices.participant, choices.item)
        ranked = RankedFit(as_pairs, fitted.log_worths, errors, compared, fitness, groups, concentrated)
    ranking = ranking_of(methods, fitted.counts, as_pairs, ranked)
    own = {one.name: one for one in counted.methods}

    def with_trials(score: Score) -> Score:
        one = own[score.key]
        return replace(score, wins=one.chosen, losses=one.shown - one.chosen - one.ties, ties=one.ties)

    return replace(ranking, methods=tuple(with_trials(score) for score in ranking.methods)), ranked


def _count_by_method(methods: Sequence[MethodRow], counts: Floats) -> tuple[Score, ...]:
    """Return the numbers of wins, losses and ties of each method, in the order of the study."""
    wins = counts[:, :, LEFT].sum(1) + counts[:, :, RIGHT].sum(0)
    losses = counts[:, :, LEFT].sum(0) + counts[:, :, RIGHT].sum(1)
    ties = counts[:, :, TIE].sum(0) + counts[:, :, TIE].sum(1)
    return tuple(
        Score(method.key, method.title, None, None, None, None, int(wins[i]), int(losses[i]), int(ties[i]))
        for i, method in enumerate(methods)
    )


def _add_scores(scores: Sequence[Score], ranked: RankedFit) -> list[Score]:
    """Return the same methods, in the same order, with their scores."""
    preferred = preference(ranked.log_worths)
    factor = ranked.errors.factor
    quasi = quasi_variances(ranked.errors.covariance, len(scores))
    return [
        replace(
            score,
            log_worth=float(worth),
            se=float(se),
            low=_finite(worth - factor * se),
            high=_finite(worth + factor * se),
            rank_low=int(ranked.compared.rank_low[i]),
            rank_high=int(ranked.compared.rank_high[i]),
            preference=float(preferred[i]),
            quasi_se=None if quasi is None or quasi[i] < 0 else math.sqrt(quasi[i]),
        )
        for i, (score, worth, se) in enumerate(
            zip(scores, ranked.log_worths, ranked.errors.errors, strict=False)
        )
    ]


def _count_by_pair(methods: Sequence[MethodRow], counts: Floats) -> tuple[PairResult, ...]:
    keys = [method.key for method in methods]
    preferred = counts[:, :, LEFT] + counts[:, :, RIGHT].T
    ties = counts[:, :, TIE] + counts[:, :, TIE].T
    return tuple(
        PairResult(keys[a], keys[b], int(preferred[a, b]), int(preferred[b, a]), int(ties[a, b]))
        for a, b in combinations(range(len(keys)), 2)
    )


def _add_differences(
    pairs: Sequence[PairResult], keys: Sequence[str], ranked: RankedFit
) -> tuple[PairResult, ...]:
    """Return the same pairs with their differences, and the power to detect these."""
    compared = compared_pairs(keys, ranked.errors, ranked.compared)
    separated = separations(
        ranked.log_worths.tolist(),
        ranked.errors.between,
        ranked.groups,
        critical=ranked.compared.critical,
    )
    return tuple(
        replace(
            pair,
            compared=difference,
            power=PairPower(
                preference=float(expit(difference.difference)),
                separated=found.separated,
                residual=_finite(ranked.fitness.residuals[found.a, found.b]),
                detectable=_finite(found.detectable),
                needed=found.needed.participants if found.needed else None,
                pictures_needed=found.needed.pictures if found.needed else None,
            ),
        )
        for pair, difference, found in zip(pairs, compared, separated, strict=True)
    )


def _order_effect(ranked: RankedFit) -> OrderEffect | None:
    """Return the order effect, None where the model has none."""
    log_worth = ranked.fit.order_effect
    if log_worth is None:
        return None
    se = float(ranked.errors.errors[len(ranked.log_worths)])
    distance = np.abs(np.array(log_worth / se)) if se else np.array(0.0)
    return OrderEffect(log_worth, se, float(two_sided_p(distance, ranked.errors.degrees)))


def _first(methods: Sequence[MethodRow], ranked: RankedFit) -> tuple[str, ...]:
    """Return the keys of the methods that may be the best, highest score first."""
    order = np.argsort(-ranked.log_worths, kind="stable").tolist()
    return tuple(methods[i].key for i in order if ranked.compared.rank_low[i] == 1)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
