"""Summarise choices of the best of three or four pictures, and fit their scores."""

from dataclasses import dataclass

import numpy as np

from study.statistics.answers.plackett_luce import PlackettLuce, errors_of_rankings, fit_rankings
from study.statistics.answers.stages import Rankings
from study.statistics.multiple_comparisons import Errors
from study.votes import NONE, Choices, Ints

BEST, OTHER = 0, 1  # ranks


@dataclass(frozen=True)
class Chosen:
    """Count the trials in which a method, or a position from 1, was shown, chosen, or tied with all."""

    name: str
    shown: int
    chosen: int
    ties: int


@dataclass(frozen=True)
class PositionEffect:
    """Hold how much a position raises the log-worth of its picture; the last position has 0."""

    position: int
    effect: float
    se: float


@dataclass(frozen=True)
class BestOf:
    """Hold what trials of more than two pictures gave. methods: in the order of the study, by their keys.

    effects: of the positions, empty where the scores have none.
    """

    pictures: int
    trials: int
    ties: int
    methods: tuple[Chosen, ...]
    positions: tuple[Chosen, ...]
    effects: tuple[PositionEffect, ...]


@dataclass(frozen=True, eq=False)
class BestOfScores:
    """Hold the fit of the choices, and its standard errors; None without a ranking."""

    fit: PlackettLuce
    errors: Errors | None


def as_rankings(choices: Choices) -> Rankings:
    """Return the choices as rankings with the best first; no difference is a tie of all."""
    trials, pictures = choices.methods.shape
    position = np.tile(np.arange(pictures), trials)
    chosen = np.repeat(choices.chosen, pictures)
    return Rankings(
        trial=np.repeat(np.arange(trials), pictures),
        method=choices.methods.ravel(),
        rank=np.where((chosen == NONE) | (chosen == position), BEST, OTHER),
        position=position,
        participant=choices.participant,
        item=choices.item,
    )


def fit_choices(choices: Choices, names: list[str]) -> BestOfScores:
    """Fit the Plackett-Luce model with effects of the positions. names: of the K methods."""
    rankings = as_rankings(choices)
    fitted = fit_rankings(rankings, names, positions=True)
    return BestOfScores(fitted, errors_of_rankings(fitted, rankings))


def summary_of(choices: Choices, scores: BestOfScores, keys: list[str]) -> BestOf:
    """Count the choices by method and by position. keys: of the K methods."""
    trials, pictures = choices.methods.shape
    tied = choices.chosen == NONE
    best = choices.methods[np.arange(trials), np.maximum(choices.chosen, 0)][~tied]

    def count(values: Ints, kinds: int) -> list[int]:
        return [int(number) for number in np.bincount(values.ravel(), minlength=kinds)]

    k = len(keys)
    by_method = (count(choices.methods, k), count(best, k), count(choices.methods[tied], k))
    by_place = (
        [trials] * pictures,
        count(choices.chosen[~tied], pictures),
        [int(tied.sum())] * pictures,
    )
    places = [str(place + 1) for place in range(pictures)]
    return BestOf(
        pictures=pictures,
        trials=trials,
        ties=int(tied.sum()),
        methods=tuple(Chosen(*row) for row in zip(keys, *by_method, strict=True)),
        positions=tuple(Chosen(*row) for row in zip(places, *by_place, strict=True)),
        effects=_effects(scores, k),
    )


def _effects(scores: BestOfScores, methods: int) -> tuple[PositionEffect, ...]:
    found, errors = scores.fit.positions, scores.errors
    if found is None or errors is None:
        return ()
    own = [*errors.errors[methods : methods + len(found) - 1].tolist(), 0.0]
    return tuple(
        PositionEffect(place, effect, se)
        for place, (effect, se) in enumerate(zip(found.tolist(), own, strict=True), start=1)
    )
