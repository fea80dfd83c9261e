"""Fit the scores of a table of rankings, in the form of the fit of a table of votes."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np

from study.statistics.answers.penalised_rankings import fit_penalised_rankings
from study.statistics.answers.plackett_luce import PlackettLuce, errors_of_rankings, fit_rankings
from study.statistics.answers.resampling import bootstrap_rankings
from study.statistics.bradley_terry import Fit
from study.statistics.covariance import standard_errors
from study.statistics.multiple_comparisons import Errors, compare
from study.statistics.unequal.concentration import any_concentrated, votes_of_groups
from study.summary.anchors import beside_anchor, choose_anchor, no_such_method
from study.summary.vote_warnings import vote_warnings
from study.vote_files.fit import SEED, bootstrap_in_words, by_method, compare_methods
from study.vote_files.read import BadVotes
from study.vote_files.read_rankings import RankingTable
from study.votes import Floats


def fit_ranking_table(
    table: RankingTable,
    *,
    position: bool = False,
    penalty: Literal["phantom"] | None = None,
    replicates: int = 0,
    anchor: str = "",
) -> dict[str, Any]:
    """Return the scores of a table of rankings, as `study.vote_files.fit.fit_table` returns those of votes.

    `votes` is the number of trials. `ties`: the log-odds of each size of a tie. `positions`: the effect of
    each position beside the last one, with `position`. penalty, replicates, anchor: as there. Raises BadVotes
    where ties have too many forms, or there is no such anchor.
    """
    rankings, names = table.rankings, table.names
    if anchor and anchor not in names:
        raise BadVotes(no_such_method(anchor, names))
    try:
        result = fit_rankings(rankings, names, positions=position)
    except ValueError as error:
        raise BadVotes(f"There are no scores: {error}.") from None
    errors = errors_of_rankings(result, rankings)
    found: dict[str, Any] = {
        "answers": "rankings",
        "methods": _methods(names, result),
        "log_nu": None,
        "position": None,
        "ties": _ties(result, errors),
        "positions": _positions(result, errors),
        "loglik": result.loglik,
        "status": result.status,
        "explain": result.explain or "All methods are on one scale.",
        **_trials_and_raters(table, result),
    }
    if errors is not None and result.log_worths is not None:
        found |= _compared(found["methods"], result, result.log_worths, errors, anchor)
        if replicates:
            drawn = bootstrap_rankings(result, rankings, replicates=replicates, seed=SEED)
            found["bootstrap"] = bootstrap_in_words(drawn, names, replicates)
    if result.status == "separated" and penalty is not None:
        found["penalised"] = _penalised(table, position)
    return found


def _trials_and_raters(table: RankingTable, result: PlackettLuce) -> dict[str, Any]:
    """Return the numbers of trials and people, and warnings."""
    rankings, weight = table.rankings, table.rankings.weight
    by_person, by_item = (
        None if g is None else votes_of_groups(g, weight) for g in (rankings.participant, rankings.item)
    )
    as_pairs = Fit(result.status, result.explain, "davidson")
    return {
        "votes": float(weight.sum()),
        "methods_in_trial": _sizes(table),
        "participants": None if by_person is None else len(by_person),
        "warnings": [
            *table.warnings,
            *(() if result.status == "ok" else (result.explain,)),
            *vote_warnings(as_pairs, result.counts, table.names, by_person, by_item),
        ],
        "concentrated": any_concentrated(by_person, by_item),
    }


def _compared(
    methods: dict[str, dict[str, Any]],
    result: PlackettLuce,
    log_worths: Floats,
    errors: Errors,
    anchor: str,
) -> dict[str, Any]:
    """Return the comparisons of all methods, and each beside the anchor; add the errors to `methods`."""
    names, compared = list(methods), compare(log_worths, errors)
    place = names.index(anchor) if anchor else choose_anchor(names, log_worths)
    beside = beside_anchor(names, place, compared, errors, (result.log_ties or {}).get(2))
    return {
        **compare_methods(methods, log_worths, errors, compared, result.counts[None]),
        "scales": {**dict.fromkeys(("thurstone", "cycles", "pictures")), "anchor": asdict(beside)},
    }


def _penalised(table: RankingTable, position: bool) -> dict[str, Any] | None:
    """Return penalised scores in the form of those of votes, None where there are none either."""
    found = fit_penalised_rankings(table.rankings, len(table.names), positions=position)
    if found is None:
        return None
    columns = {"log_worth": found.log_worths, "se_model": standard_errors(found.covariance)}
    return {"penalty": "phantom", "label": found.label, "methods": by_method(table.names, columns)}


def _methods(names: Sequence[str], result: PlackettLuce) -> dict[str, dict[str, Any]]:
    """Return the log-worth of each method, and its standard error."""
    columns = {
        "log_worth": result.log_worths if result.status == "ok" else None,
        "se_model": None if result.covariance is None else standard_errors(result.covariance),
    }
    return by_method(names, columns)


def _ties(result: PlackettLuce, errors: Errors | None) -> dict[str, dict[str, float]] | None:
    """Return the log-odds of a tie of each size, and their standard errors."""
    if result.log_ties is None or errors is None:
        return None
    place = len(errors.errors) - len(result.log_ties)
    return {
        str(size): {"log_odds": value, "se": float(errors.errors[place + n])}
        for n, (size, value) in enumerate(result.log_ties.items())
    }


def _positions(result: PlackettLuce, errors: Errors | None) -> dict[str, dict[str, float]] | None:
    """Return the effect of each position, from 1, and its standard error; the last has 0."""
    if result.positions is None or errors is None:
        return None
    start = len(result.counts)
    own = [*errors.errors[start : start + len(result.positions) - 1], 0.0]
    return {
        str(n): {"effect": float(value), "se": float(se)}
        for n, (value, se) in enumerate(zip(result.positions, own, strict=True), start=1)
    }


def _sizes(table: RankingTable) -> dict[str, float]:
    """Return the number of trials with each number of methods."""
    sizes = np.bincount(table.rankings.trial, minlength=table.rankings.trials)
    totals = np.bincount(sizes, table.rankings.weight)
    return {str(size): float(totals[size]) for size in np.flatnonzero(totals)}
