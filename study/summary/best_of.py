"""Summarise choices of the best of several pictures, or their rankings, and fit their scores."""

from dataclasses import dataclass

import numpy as np

from study.statistics.answers.plackett_luce import PlackettLuce, errors_of_rankings, fit_rankings
from study.statistics.answers.stages import Rankings
from study.statistics.multiple_comparisons import Errors
from study.votes import NONE, Choices, Ints

BEST, OTHER = 0, 1  # ranks


@dataclass(frozen=True)
class Chosen:
    """Count the trials in which a method, or a position from 1, was shown, the best, or one of the best."""

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
    """Hold what trials of several pictures gave. methods: in the order of the study, by their keys.

    ties: trials without a single best picture. positions: empty where they are unknown. effects: of the
    positions, empty where the scores have none. ranked: people ranked all pictures.
    """

    pictures: int
    trials: int
    ties: int
    methods: tuple[Chosen, ...]
    positions: tuple[Chosen, ...]
    effects: tuple[PositionEffect, ...]
    ranked: bool = False


@dataclass(frozen=True, eq=False)
class BestOfScores:
    """Hold the fit of the choices, and its standard errors; None without a ranking."""

    fit: PlackettLuce
    errors: Errors | None


def as_rankings(choices: Choices, *, by_item: bool = True) -> Rankings:
    """Return the choices as rankings; no difference is a tie of all. by_item: items are known."""
    trials, pictures = choices.methods.shape
    position = np.tile(np.arange(pictures), trials)
    return Rankings(
        trial=np.repeat(np.arange(trials), pictures),
        method=choices.methods.ravel(),
        rank=_ranks(choices).ravel(),
        position=position if choices.placed else None,
        participant=choices.participant,
        item=choices.item if by_item else None,
    )


def _ranks(choices: Choices) -> Ints:
    """Return N×K ranks: BEST for the chosen picture, or for all, and OTHER; or those of a whole ranking."""
    if choices.ranks is not None:
        return choices.ranks
    chosen = choices.chosen[:, None]
    best = (chosen == NONE) | (chosen == np.arange(choices.methods.shape[1]))
    return np.where(best, BEST, OTHER)


def fit_choices(choices: Choices, names: list[str], *, by_item: bool = True) -> BestOfScores:
    """Fit the Plackett-Luce model with effects of the positions. names: of the K methods."""
    rankings = as_rankings(choices, by_item=by_item)
    fitted = fit_rankings(rankings, names, positions=True)
    return BestOfScores(fitted, errors_of_rankings(fitted, rankings))


def summary_of(choices: Choices, scores: BestOfScores, keys: list[str]) -> BestOf:
    """Count the choices by method and by position. keys: of the K methods."""
    trials, pictures = choices.methods.shape
    ranks = _ranks(choices)
    first = ranks == ranks.min(axis=1, initial=np.iinfo(np.int32).max, keepdims=True)
    tied = first.sum(axis=1) > 1
    best, together = first & ~tied[:, None], first & tied[:, None]
    place = np.tile(np.arange(pictures), (trials, 1))

    def count(values: Ints, kinds: int) -> list[int]:
        return [int(number) for number in np.bincount(values.ravel(), minlength=kinds)]

    k = len(keys)
    by_method = (
        count(choices.methods, k),
        count(choices.methods[best], k),
        count(choices.methods[together], k),
    )
    by_place = ([trials] * pictures, count(place[best], pictures), count(place[together], pictures))
    places = [str(number) for number in range(1, pictures + 1)] if choices.placed else []
    return BestOf(
        pictures=pictures,
        trials=trials,
        ties=int(tied.sum()),
        methods=tuple(Chosen(*row) for row in zip(keys, *by_method, strict=True)),
        positions=tuple(Chosen(*row) for row in zip(places, *by_place, strict=False)),
        effects=_effects(scores, k),
        ranked=choices.ranks is not None,
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
