"""Compare fits of published data with R: log-worths within 1e-6, standard errors within 1e-5.

`tests/data/README.md` names the sources.
"""

import csv
import math
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from study.statistics.bradley_terry import Fit, Ties, fit, tabulate
from study.statistics.covariance import clustered_covariance, quasi_variances
from study.statistics.penalised import Penalised, fit_penalised
from study.statistics.rao_kupper import fit_rao_kupper
from study.vote_files.foreign_formats import read_table
from study.vote_files.read import VoteTable
from study.votes import OUTCOME_CODES, Floats, Votes
from tests.support.paths import DATA

TABLES = DATA / "bradley_terry"
Terms: TypeAlias = dict[str, tuple[float, float]]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def table_of(name: str) -> VoteTable:
    return read_table(TABLES / f"{name}.csv")


def counts_of(table: VoteTable) -> Floats:
    return tabulate(table.votes, len(table.names))


def answers(table: str, model: str) -> Terms:
    """Return the estimate and the standard error of each term, nan for no standard error."""
    return {
        row["term"]: (float(row["estimate"]), float(row["se"] or "nan"))
        for row in rows_of(TABLES / "answers.csv")
        if (row["table"], row["model"]) == (table, model)
    }


def assert_agreement(result: Fit, names: tuple[str, ...], reference: str, expected: Terms) -> None:
    assert result.status == "ok" and result.covariance is not None
    assert_terms(result.theta, result.covariance, names, reference, expected)


def assert_terms(
    theta: Floats, covariance: Floats, names: tuple[str, ...], reference: str, expected: Terms
) -> None:
    """Compare all terms; log-worths are relative to the reference item."""
    places = {"order_effect": -2, "log_nu": -1}
    assert expected
    for term, (estimate, se) in expected.items():
        contrast = np.zeros(len(names) + 2)
        contrast[places[term] if term in places else names.index(term)] = 1
        if term not in places:
            contrast[names.index(reference)] -= 1
        assert contrast @ theta == pytest.approx(estimate, abs=1e-6), term
        assert math.sqrt(contrast @ covariance @ contrast) == pytest.approx(se, abs=1e-5), term


@pytest.mark.parametrize(
    ("name", "model", "reference"),
    [
        ("citations", "bradley_terry", "Biometrika"),
        ("baseball", "bradley_terry", "Baltimore"),
        ("baseball", "order_effect", "Baltimore"),
        ("cems", "davidson", "Barcelona"),
        ("cems", "half", "Stockholm"),
        ("springall", "davidson", "T1"),
        ("sound_fields_violin", "davidson", "f000"),
        ("sound_fields_flute", "davidson", "f000"),
        ("sound_fields_cello", "davidson", "f000"),
        ("football", "order_effect", "Ars"),
        ("harmonization", "bradley_terry", "composite"),
    ],
)
def test_fits_equal_r(name: str, model: str, reference: str) -> None:
    table = table_of(name)
    ties: Ties = "half" if model == "half" else "davidson"
    result = fit(counts_of(table), table.names, ties=ties, order_effect=model == "order_effect")
    assert_agreement(result, table.names, reference, answers(name, model))


def test_quasi_variances_equal_qvcalc() -> None:
    table = table_of("citations")
    covariance = fit(counts_of(table), table.names).covariance
    assert covariance is not None
    expected = answers("citations", "quasi_variance")
    quasi = quasi_variances(covariance, len(table.names))
    assert quasi == pytest.approx([expected[name][0] for name in table.names], rel=1e-5)


def test_rao_kupper_equals_r() -> None:
    table, expected = table_of("springall"), answers("springall", "rao_kupper")
    found = fit_rao_kupper(counts_of(table))
    assert found is not None and found.loglik == pytest.approx(-730.00436148, abs=1e-6)
    threshold, (estimate, se) = math.exp(found.log_theta), expected.pop("log(theta-1)")
    assert math.log(threshold - 1) == pytest.approx(estimate, abs=1e-6)
    spread = math.sqrt(found.covariance[-1, -1]) * threshold / (threshold - 1)
    assert spread == pytest.approx(se, abs=1e-5)
    theta = np.array([*found.log_worths, 0, found.log_theta])
    assert_terms(theta, found.covariance, table.names, "T1", expected)


def test_firth_equals_brglm() -> None:
    table = table_of("citations")
    found = fit_penalised(counts_of(table), table.names, "firth")
    assert isinstance(found, Penalised)
    theta = np.array([*found.log_worths, 0, 0])
    assert_terms(theta, found.covariance, table.names, "Biometrika", answers("citations", "firth"))


@pytest.mark.parametrize("name", ["chameleons", "flat_lizards"])
def test_sparse_tournaments_are_not_ranked(name: str) -> None:
    table = table_of(name)
    result = fit(counts_of(table), table.names)
    assert result.status in ("separated", "disconnected") and result.log_worths is None


def votes_with_raters() -> tuple[Votes, tuple[str, ...]]:
    """Return the votes behind the table of business schools: a row for each rater, a column for each pair."""
    rows = rows_of(TABLES / "cems_raters.csv")
    pairs = {column: column.split("/") for column in rows[0] if column != "rater"}
    names = tuple(sorted({name for pair in pairs.values() for name in pair}))
    cast = [
        (*map(names.index, pair), OUTCOME_CODES[row[column]], int(row["rater"]))
        for row in rows
        for column, pair in pairs.items()
        if row[column]  # some raters left pairs out
    ]
    left, right, outcome, rater = np.array(cast).T
    return Votes(left, right, outcome, participant=rater), names


@pytest.mark.parametrize("ties", ["davidson", "half"])
def test_errors_clustered_by_rater_equal_r(ties: Ties) -> None:
    votes, names = votes_with_raters()
    counts = tabulate(votes, len(names))
    assert np.array_equal(counts, counts_of(table_of("cems")))
    result = fit(counts, names, ties=ties)
    clustered = clustered_covariance(result, votes, len(names))
    assert clustered is not None
    expected = answers("cems_raters", f"{ties}_clustered")
    assert_terms(result.theta, clustered, names, "Barcelona", expected)
