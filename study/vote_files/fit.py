"""Scores of a table of votes, as `python -m study fit` gives them: one object for JSON and for text."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from study.statistics.bootstrap import bootstrap
from study.statistics.bradley_terry import Fit, Ties, fit, tabulate, treat_ties
from study.statistics.covariance import (
    clustered_covariance,
    group_codes,
    quasi_variances,
    standard_errors,
    two_way_covariance,
    vote_weights,
)
from study.statistics.existence import connected_groups
from study.statistics.multiple_comparisons import Comparisons, Errors, compare, errors_of
from study.statistics.penalised import Penalty, fit_penalised
from study.statistics.rao_kupper import fit_rao_kupper
from study.statistics.scales import elo, preference
from study.vote_files.fit_warnings import warnings_of
from study.vote_files.read import VoteTable
from study.votes import Floats

SEED = 0
FEWEST_RANKED = 20  # draws with a ranking, to speak of limits


def fit_table(
    table: VoteTable,
    *,
    ties: Ties = "davidson",
    position: bool = False,
    penalty: Penalty | None = None,
    replicates: int = 0,
) -> dict[str, Any]:
    """Scores in the shape of `python -m study fit --json`; what there is no number for is None.

    Log-worths sum to zero. `se_cluster`, by participant, is there when the table says who voted.
    penalty: add penalised scores, labelled, where the votes alone have none but link all methods.
    replicates: add errors and 95 % limits by fits to so many draws of participants, where there are two.
    """
    votes, names = table.votes, table.names
    counts = tabulate(votes, len(names))
    result = fit(counts, names, ties=ties, order_effect=position)
    used = vote_weights(votes, ties)
    people = None if votes.participant is None else group_codes(votes.participant[used > 0])[0]
    clustered = clustered_covariance(result, votes, len(names))
    treated = treat_ties(counts, ties)
    found: dict[str, Any] = {
        "methods": _methods(table, result, clustered),
        **_terms(result, clustered),
        "loglik": result.loglik,
        "status": result.status,
        "explain": result.explain or "All methods are on one scale.",
        "votes": float(used.sum()),
        "participants": people,
        "warnings": [*table.warnings, *warnings_of(result, treated, names, people)],
    }
    errors = errors_of(result, votes, len(names))
    if errors is not None and result.log_worths is not None:
        found |= _compare(found["methods"], result.log_worths, errors)
        if result.log_nu is not None:
            found["rao_kupper"] = _rao_kupper(counts, names, position)
    if replicates and errors is not None:
        found["bootstrap"] = _bootstrap(table, result, replicates)
    return found | _instead_of_scores(result, treated, names, penalty, position)


def _methods(table: VoteTable, result: Fit, clustered: Floats | None) -> dict[str, dict[str, Any]]:
    columns = {"log_worth": result.log_worths if result.status == "ok" else None}
    columns["se_model"] = _errors(result.covariance)
    if table.votes.participant is not None:
        columns["se_cluster"] = _errors(clustered)
        if table.item is not None:
            both = two_way_covariance(result, table.votes, table.item, len(table.names))
            columns["se_two_way"] = _errors(both)
    return {
        name: {key: None if column is None else float(column[i]) for key, column in columns.items()}
        for i, name in enumerate(table.names)
    }


def _errors(covariance: Floats | None) -> Floats | None:
    return None if covariance is None else standard_errors(covariance)


def _terms(result: Fit, clustered: Floats | None) -> dict[str, float | None]:
    """The tie parameter and the side term with their errors."""
    found: dict[str, float | None] = {}
    for name, value, place in (("log_nu", result.log_nu, -1), ("position", result.order_effect, -2)):
        found[name] = value
        for end, errors in (("se", _errors(result.covariance)), ("se_cluster", _errors(clustered))):
            known = value is not None and errors is not None
            found[f"{name}_{end}"] = float(errors[place]) if known and errors is not None else None
    return found


def _compare(methods: dict[str, dict[str, Any]], worths: Floats, errors: Errors) -> dict[str, Any]:
    """All differences at once; adds to each method the ranks they leave open, and forms for display."""
    compared = compare(worths, errors)
    quasi = quasi_variances(errors.covariance, len(worths))
    points, chosen = elo(worths), preference(worths)
    for i, score in enumerate(methods.values()):
        score["quasi_se"] = float(np.sqrt(quasi[i])) if quasi is not None and quasi[i] > 0 else None
        score["rank_low"], score["rank_high"] = int(compared.rank_low[i]), int(compared.rank_high[i])
        score["elo"], score["preference"] = float(points[i]), float(chosen[i])
    return {
        "interval": errors.words,
        "critical": compared.critical,
        "pairs": _pairs(list(methods), errors, compared),
    }


def _pairs(names: Sequence[str], errors: Errors, compared: Comparisons) -> list[dict[str, Any]]:
    """Simultaneous intervals: all of them hold with 95 %. p is adjusted after Holm."""
    found = []
    for a, b in combinations(range(len(names)), 2):
        difference, se = float(compared.differences[a, b]), float(errors.between[a, b])
        reach = compared.critical * se
        found.append(
            {
                "a": names[a],
                "b": names[b],
                "difference": difference,
                "se": se,
                "low": difference - reach,
                "high": difference + reach,
                "p": float(compared.p[a, b]),
            }
        )
    return found


def _rao_kupper(counts: Floats, names: Sequence[str], position: bool) -> dict[str, Any] | None:
    """The same votes with another model of ties."""
    other = fit_rao_kupper(counts, order_effect=position)
    if other is None:
        return None
    worths = dict(zip(names, other.log_worths.tolist(), strict=True))
    return {"log_worths": worths, "log_theta": other.log_theta, "loglik": other.loglik}


def _bootstrap(table: VoteTable, result: Fit, replicates: int) -> dict[str, Any] | None:
    """failed: share of the draws without a ranking; the numbers are of the others."""
    drawn = bootstrap(result, table.votes, len(table.names), replicates=replicates, seed=SEED)
    if drawn is None or len(drawn.ranked) < FEWEST_RANKED:
        return None
    columns = dict(zip(("low", "high"), drawn.percentiles(), strict=True))
    columns["se"] = standard_errors(drawn.covariance())
    methods = {
        name: {key: float(column[i]) for key, column in columns.items()} for i, name in enumerate(table.names)
    }
    return {"replicates": replicates, "seed": SEED, "failed": drawn.failed, "methods": methods}


def _instead_of_scores(
    result: Fit, counts: Floats, names: Sequence[str], penalty: Penalty | None, position: bool
) -> dict[str, Any]:
    """What can be said where the votes alone give no scores on one scale; counts: with ties treated."""
    if result.status == "disconnected":
        return {"groups": _groups(counts, names, position)}
    if result.status == "separated" and penalty is not None:
        return {"penalised": _penalised(counts, names, penalty, position)}
    return {}


def _groups(counts: Floats, names: Sequence[str], position: bool) -> list[dict[str, Any]]:
    """Each group of methods that votes link, fitted on its own: scores of two groups cannot be compared."""
    found = []
    for members in connected_groups(counts.sum(axis=0)):
        own = [names[i] for i in members]
        result = fit(counts[:, members][:, :, members], own, order_effect=position)
        worths = result.log_worths if result.status == "ok" else None
        scores = _plain_scores(own, worths, result.covariance)
        found.append({"methods": scores, "status": result.status})
    return found


def _penalised(
    counts: Floats, names: Sequence[str], penalty: Penalty, position: bool
) -> dict[str, Any] | None:
    found = fit_penalised(counts, names, penalty, order_effect=position)
    if isinstance(found, str):
        return None
    scores = _plain_scores(names, found.log_worths, found.covariance)
    return {"penalty": penalty, "label": found.label, "methods": scores}


def _plain_scores(
    names: Sequence[str], worths: Floats | None, covariance: Floats | None
) -> dict[str, dict[str, float | None]]:
    columns = {"log_worth": worths, "se_model": _errors(covariance)}
    return {
        name: {key: None if column is None else float(column[i]) for key, column in columns.items()}
        for i, name in enumerate(names)
    }
