"""Tabulate the scores by grades and with covariates, and state where they change the order of methods."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from study.number_formats import percent, ranks, signed
from study.summary.second.adjusted import AdjustedScores, adjusted_warnings
from study.summary.second.graded import GradedScores, graded_warnings
from study.summary.second.scores import SecondScore
from study.votes import Floats

GRADED, ADJUSTED = "Scores by grades", "Scores adjusted for covariates"
Table: TypeAlias = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]  # headings, rows


def graded_table(found: GradedScores, titles: Mapping[str, str], places: Mapping[str, str]) -> Table:
    """Return the scores by grades, best first. places: the ranks of methods by the votes alone."""
    rows = tuple(
        (titles[one.method], *_score(one), percent(one.preference), places[one.method])
        for one in _best_first(found.methods.scores)
    )
    return ("Method", "Log-worth", "Place", "Preferred", "Place without grades"), rows


def adjusted_table(found: AdjustedScores, titles: Mapping[str, str]) -> Table:
    """Return the adjusted scores, best first, beside those without adjustment."""
    without = {one.method: one for one in found.without.scores}
    rows = tuple(
        (titles[one.method], *_score(one), *_score(without[one.method]))
        for one in _best_first(found.methods.scores)
    )
    return ("Method", "Adjusted log-worth", "Place", "Log-worth without", "Place"), rows


def second_warnings(
    first: Floats | None,
    graded: GradedScores | None,
    adjusted: AdjustedScores | str | None,
    titles: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Yield warnings about both analyses.

    first: log-worths by the votes alone. adjusted: a sentence where there are no such scores. titles: of the
    methods, where they have others than their names.
    """
    if graded is not None and first is not None:
        yield from graded_warnings(first, graded, titles)
    if isinstance(adjusted, str):
        yield adjusted
    elif adjusted is not None:
        yield from adjusted_warnings(adjusted, titles)


def second_sentences(
    graded: GradedScores | None,
    adjusted: AdjustedScores | None,
    first: Sequence[str],
    sources: Mapping[str, str],
) -> Iterator[str]:
    """Yield what a paper says about both analyses.

    first: the methods by the votes alone, best first. sources: citations of both, by their names in a report.
    """
    if graded is not None:
        order = _compared(graded.methods.scores, first)
        yield f"A cumulative logit of the grades {sources[GRADED]} gives {order}."
    if adjusted is not None:
        listed = " and ".join(one.name for one in adjusted.effects)
        before = [one.method for one in _best_first(adjusted.without.scores)]
        order = _compared(adjusted.methods.scores, before)
        yield f"Adjusted for {listed} {sources[ADJUSTED]}, the scores give {order}."


def _compared(scores: tuple[SecondScore, ...], first: Sequence[str]) -> str:
    same = [one.method for one in _best_first(scores)] == list(first)
    return "the same order of all methods" if same else "another order of the methods"


def _best_first(scores: tuple[SecondScore, ...]) -> list[SecondScore]:
    return sorted(scores, key=lambda one: -one.log_worth)


def _score(one: SecondScore) -> tuple[str, str]:
    return f"{signed(one.log_worth)} ± {one.se:.3f}", ranks(one.rank_low, one.rank_high)
