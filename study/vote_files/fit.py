"""Fit the scores of a table of votes, as `python -m study fit` prints them in JSON and in text."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from study.statistics.bootstrap import Bootstrap, bootstrap
from study.statistics.bradley_terry import Fit, Ties, fit, tabulate, treat_ties
from study.statistics.covariance import (
    clustered_covariance,
    quasi_variances,
    standard_errors,
    two_way_covariance,
    vote_weights,
)
from study.statistics.existence import connected_groups
from study.statistics.multiple_comparisons import Comparisons, Errors, compare, errors_of
from study.statistics.penalised import Penalty, fit_penalised
from study.statistics.rao_kupper import fit_rao_kupper
from study.statistics.unequal.concentration import any_concentrated, votes_of_groups
from study.summary.anchors import choose_anchor, no_such_method
from study.summary.cycles import cycle_warnings
from study.summary.further_scales import Fitted, FurtherScales, further_scales
from study.summary.pairs import compared_pairs
from study.summary.raters.findings import Labels, find_raters, summary_of
from study.summary.raters.sentences import rater_warnings
from study.summary.raters.stability import stability_warnings
from study.summary.scales import elo, jod, preference
from study.summary.vote_warnings import vote_warnings
from study.vote_files.read import BadVotes, VoteTable
from study.vote_files.second_analyses import second_analyses
from study.votes import Floats

SEED = 0
FEWEST_RANKED = 20  # bootstrap samples with a ranking, below which percentiles are not given


def fit_table(
    table: VoteTable,
    *,
    ties: Ties = "davidson",
    position: bool = False,
    penalty: Penalty | None = None,
    replicates: int = 0,
    anchor: str = "",
) -> dict[str, Any]:
    """Return the scores of a table in the form of `python -m study fit --json`; unknown numbers are None.

    Log-worths sum to zero. `se_cluster`, by participant, is present if the table names participants.
    position: estimate an order effect. penalty: add penalised scores, labelled as such, if the votes link all
    methods but have no finite scores. replicates: add standard errors and 95 % percentile limits from this
    number of bootstrap samples of the participants, if there are at least two. anchor: the method that the
    others are measured against; "" for the unprocessed composite, or else the best. Raises BadVotes.
    """
    votes, names = table.votes, table.names
    if anchor and anchor not in names:
        raise BadVotes(no_such_method(anchor, names))
    counts = tabulate(votes, len(names))
    result = fit(counts, names, ties=ties, order_effect=position)
    clustered = clustered_covariance(result, votes, len(names))
    treated = treat_ties(counts, ties)
    found: dict[str, Any] = {
        "methods": _methods(table, result, clustered),
        **_other_terms(result, clustered),
        "loglik": result.loglik,
        "status": result.status,
        "explain": result.explain or "All methods are on one scale.",
        **_votes_and_raters(table, result, treated, position),
    }
    errors = errors_of(result, votes, len(names), table.item)
    if errors is not None and result.log_worths is not None:
        compared = compare(result.log_worths, errors)
        found |= compare_methods(found["methods"], result.log_worths, errors, compared, treated)
        further = further_of(table, result, errors, compared, treated, anchor)
        found["scales"] = asdict(further)
        found["warnings"] += cycle_warnings(further.cycles)
        if result.log_nu is not None:
            found["rao_kupper"] = _rao_kupper(counts, names, position)
    more, warned = second_analyses(table, result)
    found |= more
    found["warnings"] += warned
    if replicates and errors is not None:
        drawn = bootstrap(result, votes, len(names), replicates=replicates, seed=SEED)
        found["bootstrap"] = bootstrap_in_words(drawn, names, replicates)
    return found | _without_ranking(result, treated, names, penalty, position)


def _votes_and_raters(table: VoteTable, result: Fit, counts: Floats, position: bool) -> dict[str, Any]:
    """Return the numbers of votes, what was found about people, and warnings. counts: 2×K×K×3, as fitted."""
    votes, names, ranked = table.votes, table.names, result.status == "ok"
    used = vote_weights(votes, result.ties)
    by_person, by_item = (
        None if g is None else votes_of_groups(g, used) for g in (votes.participant, table.item)
    )
    raters = summary_of(
        find_raters(votes, table.item, len(names), ranked=ranked, ties=result.ties, order_effect=position),
        Labels(names, table.people, table.lines),
    )
    unstable = list(stability_warnings(votes, table.item, len(names), result))
    return {
        "votes": float(used.sum()),
        "participants": None if by_person is None else len(by_person),
        "warnings": [
            *table.warnings,
            *(() if ranked else (result.explain,)),
            *rater_warnings(raters),
            *vote_warnings(result, counts.sum(axis=0), names, by_person, by_item),
            *unstable,
        ],
        "concentrated": any_concentrated(by_person, by_item),
        "raters": asdict(raters),
        "unstable": bool(unstable),
    }


def _methods(table: VoteTable, result: Fit, clustered: Floats | None) -> dict[str, dict[str, Any]]:
    """Return the log-worth of each method, and its standard errors."""
    columns = {"log_worth": result.log_worths if result.status == "ok" else None}
    columns["se_model"] = _standard_errors(result.covariance)
    if table.votes.participant is not None:
        columns["se_cluster"] = _standard_errors(clustered)
        if table.item is not None:
            both = two_way_covariance(result, table.votes, table.item, len(table.names))
            columns["se_two_way"] = _standard_errors(both)
    return by_method(table.names, columns)


def by_method(
    names: Sequence[str], columns: Mapping[str, Floats | None]
) -> dict[str, dict[str, float | None]]:
    """Return for each method its number of every column, None for all where the column is None."""
    return {
        name: {key: None if column is None else float(column[i]) for key, column in columns.items()}
        for i, name in enumerate(names)
    }


def _standard_errors(covariance: Floats | None) -> Floats | None:
    return None if covariance is None else standard_errors(covariance)


def _other_terms(result: Fit, clustered: Floats | None) -> dict[str, float | None]:
    """Return the tie parameter and the order effect with their standard errors."""
    found: dict[str, float | None] = {}
    for name, value, place in (("log_nu", result.log_nu, -1), ("position", result.order_effect, -2)):
        found[name] = value
        for ending, covariance in (("se", result.covariance), ("se_cluster", clustered)):
            errors = None if value is None else _standard_errors(covariance)
            found[f"{name}_{ending}"] = None if errors is None else float(errors[place])
    return found


def compare_methods(
    methods: dict[str, dict[str, Any]],
    worths: Floats,
    errors: Errors,
    compared: Comparisons,
    counts: Floats,
) -> dict[str, Any]:
    """Return all differences; add to each method its possible ranks and its score on other scales.

    counts: 2×K×K×3, as fitted.
    """
    quasi = quasi_variances(errors.covariance, len(worths))
    points, preferred = elo(worths), preference(worths)
    compared_with = counts.sum(axis=(0, 1, 3)) + counts.sum(axis=(0, 2, 3))
    for i, score in enumerate(methods.values()):
        score["se"] = float(errors.errors[i])
        score["quasi_se"] = float(np.sqrt(quasi[i])) if quasi is not None and quasi[i] > 0 else None
        score["rank_low"], score["rank_high"] = int(compared.rank_low[i]), int(compared.rank_high[i])
        score["elo"], score["preference"] = float(points[i]), float(preferred[i])
        score["jod"], score["jod_se"] = jod(worths[i]), jod(errors.errors[i])
        score["comparisons"] = float(compared_with[i])
    return {
        "interval": errors.words,
        "degrees": errors.degrees,
        "critical": compared.critical,
        "pairs": [asdict(pair) for pair in compared_pairs(list(methods), errors, compared)],
    }


def further_of(
    table: VoteTable, result: Fit, errors: Errors, compared: Comparisons, counts: Floats, anchor: str
) -> FurtherScales:
    """Return what papers report beside the scores. counts: 2×K×K×3, as fitted. anchor: a name, or ""."""
    assert result.log_worths is not None
    numbered = 0 if table.item is None else int(table.item.max(initial=-1)) + 1
    items = table.items or [f"number {number + 1}" for number in range(numbered)]
    fitted = Fitted(table.names, table.votes, counts, result, errors, compared, table.item, items)
    place = table.names.index(anchor) if anchor else choose_anchor(table.names, result.log_worths)
    return further_scales(fitted, place)


def _rao_kupper(counts: Floats, names: Sequence[str], position: bool) -> dict[str, Any] | None:
    """Fit the same votes with the tie model of Rao and Kupper."""
    other = fit_rao_kupper(counts, order_effect=position)
    if other is None:
        return None
    worths = dict(zip(names, other.log_worths.tolist(), strict=True))
    return {"log_worths": worths, "log_theta": other.log_theta, "loglik": other.loglik}


def bootstrap_in_words(
    drawn: Bootstrap | None, names: Sequence[str], replicates: int
) -> dict[str, Any] | None:
    """Return percentile limits and standard errors from the samples with a ranking; failed: share without."""
    if drawn is None or len(drawn.ranked) < FEWEST_RANKED:
        return None
    low, high = drawn.percentiles()
    columns = {"low": low, "high": high, "se": standard_errors(drawn.covariance())}
    methods = by_method(names, columns)
    return {"replicates": replicates, "seed": SEED, "failed": drawn.failed, "methods": methods}


def _without_ranking(
    result: Fit, counts: Floats, names: Sequence[str], penalty: Penalty | None, position: bool
) -> dict[str, Any]:
    """Return scores of groups, or penalised scores, if there is no common ranking; counts: ties treated."""
    if result.status == "disconnected":
        return {"groups": _groups(counts, names, position)}
    if result.status == "separated" and penalty is not None:
        return {"penalised": _penalised(counts, names, penalty, position)}
    return {}


def _groups(counts: Floats, names: Sequence[str], position: bool) -> list[dict[str, Any]]:
    """Fit each group of methods that votes link; scores of different groups cannot be compared."""
    found = []
    for members in connected_groups(counts.sum(axis=0)):
        own = [names[i] for i in members]
        result = fit(counts[:, members][:, :, members], own, order_effect=position)
        worths = result.log_worths if result.status == "ok" else None
        columns = {"log_worth": worths, "se_model": _standard_errors(result.covariance)}
        found.append({"methods": by_method(own, columns), "status": result.status})
    return found


def _penalised(
    counts: Floats, names: Sequence[str], penalty: Penalty, position: bool
) -> dict[str, Any] | None:
    found = fit_penalised(counts, names, penalty, order_effect=position)
    if isinstance(found, str):
        return None
    columns = {"log_worth": found.log_worths, "se_model": _standard_errors(found.covariance)}
    return {"penalty": penalty, "label": found.label, "methods": by_method(names, columns)}
