"""Analyse a table of votes in further ways, beside its scores: by grades, and adjusted for covariates."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from study.number_formats import percent, ranks
from study.statistics.bradley_terry import Fit
from study.summary.second.adjusted import (
    AdjustedScores,
    adjusted_in_words,
    adjusted_scores,
)
from study.summary.second.graded import GradedScores, graded_in_words, graded_scores
from study.summary.second.scores import SecondScores
from study.summary.second.text import second_warnings
from study.vote_files.read import VoteTable


def second_analyses(table: VoteTable, result: Fit) -> tuple[dict[str, Any], list[str]]:
    """Return further keys of the fit of a table, none where nothing applies, and warnings."""
    names, votes, item = table.names, table.votes, table.item
    graded = graded_scores(names, result, votes, table.grade, item)
    adjusted = adjusted_scores(names, result, votes, item, table.covariates) if table.covariates else None
    keys: dict[str, Any] = {} if graded is None else {"graded": _graded(graded)}
    if isinstance(adjusted, AdjustedScores):
        keys["adjusted"] = _adjusted(adjusted)
    return keys, list(second_warnings(result.log_worths, graded, adjusted))


def _adjusted(found: AdjustedScores) -> dict[str, Any]:
    values = asdict(found) | {"methods": _by_name(found.methods), "without": _by_name(found.without)}
    return values | {
        "interval": found.methods.interval,
        "critical": found.methods.critical,
        "explain": list(adjusted_in_words(found)),
    }


def _graded(found: GradedScores) -> dict[str, Any]:
    return {
        "methods": _by_name(found.methods),
        "votes": {str(grade): votes for grade, votes in found.votes},
        "thresholds": list(found.thresholds),
        "position": found.order_effect,
        "loglik": found.loglik,
        "worth": found.worth,
        "interval": found.methods.interval,
        "critical": found.methods.critical,
        "explain": graded_in_words(found),
    }


def _by_name(found: SecondScores) -> dict[str, Any]:
    scores = (asdict(score) for score in found.scores)
    return {score.pop("method"): score for score in scores}


def second_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the further analyses as lines of text."""
    if "graded" in found:
        yield f"With grades: {found['graded']['explain']}"
        yield from _table(found["graded"]["methods"])
    if "adjusted" in found:
        yield "Adjusted, the scores beside those without:"
        yield from _beside(found["adjusted"]["methods"], found["adjusted"]["without"])
        yield from (f"  {line}" for line in found["adjusted"]["explain"])


def _beside(
    methods: Mapping[str, Mapping[str, Any]], without: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    width = max(map(len, methods))
    for name, score in sorted(methods.items(), key=lambda pair: -pair[1]["log_worth"]):
        cells = [
            f"{one['log_worth']:+.3f}  {one['se']:.3f}  {ranks(one['rank_low'], one['rank_high']):>5}"
            for one in (score, without[name])
        ]
        yield f"  {name:{width}}  {'    '.join(cells)}"


def _table(methods: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    width = max(map(len, methods))
    for name, score in sorted(methods.items(), key=lambda pair: -pair[1]["log_worth"]):
        possible, preferred = ranks(score["rank_low"], score["rank_high"]), percent(score["preference"])
        yield f"  {name:{width}}  {score['log_worth']:+.3f}  {score['se']:.3f}  {possible:>5}  {preferred:>9}"
