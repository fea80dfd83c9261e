"""Fits of public data equal those of R: log-worths within 1e-6, standard errors within 1e-5.

References by BradleyTerry2, log-linear models of R, brglm and qvcalc; clustered errors by
statsmodels.
"""

import csv
import math
from typing import TypeAlias

import numpy as np
import pytest

from study.statistics.bradley_terry import Fit, Ties, fit, tabulate
from study.statistics.covariance import clustered_covariance, quasi_variances
from study.statistics.penalised import Penalised, fit_penalised
from study.statistics.rao_kupper import fit_rao_kupper
from study.votes import Floats, Votes
from tests.support.paths import SHARED

REFERENCE = SHARED / "refdata" / "bradley_terry"
pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference data are not here")
Table: TypeAlias = tuple[Votes, list[str]]
Terms: TypeAlias = dict[str, tuple[float, float]]


def read(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open() as file:
        return list(csv.DictReader(file))


def plain(term: str) -> str:
    """R puts the name of the variable in front."""
    for start in ("journal", "team", ".."):
        term = term.removeprefix(start)
    return term.replace(" ", "_")


def terms(name: str, estimate: str = "estimate", se: str = "se") -> Terms:
    return {plain(row["term"]): (float(row[estimate]), float(row[se])) for row in read(name)}


def votes_of(rows: list[tuple[str, str, str, float]], participant: list[str] | None = None) -> Table:
    names = sorted({row[0] for row in rows} | {row[1] for row in rows})
    return Votes(
        np.array([names.index(row[0]) for row in rows]),
        np.array([names.index(row[1]) for row in rows]),
        np.array(["LRT".index(row[2]) for row in rows]),
        np.array([row[3] for row in rows]),
        participant=None if participant is None else np.unique(participant, return_inverse=True)[1],
    ), names


def aggregated(name: str, **only: str) -> Table:
    """Columns of both items, then their wins, then perhaps ties."""
    rows = []
    for row in read(name):
        if all(row[column] == value for column, value in only.items()):
            left, right, *counts = [value for column, value in row.items() if column not in only]
            rows += [(plain(left), plain(right), o, float(n)) for o, n in zip("LRT", counts, strict=False)]
    return votes_of(rows)


def agree(result: Fit, names: list[str], reference: str, expected: Terms, covariance: Floats | None) -> None:
    """All terms, log-worths relative to one item."""
    assert result.status == "ok" and covariance is not None
    others = {"at.home": -2, "order": -2, "log_nu": -1}
    for term, (estimate, se) in expected.items():
        contrast = np.zeros(len(names) + 2)
        contrast[others[term] if term in others else names.index(term)] = 1
        if term not in others:
            contrast[names.index(reference)] -= 1
        assert contrast @ result.theta == pytest.approx(estimate, abs=1e-6), term
        assert math.sqrt(contrast @ covariance @ contrast) == pytest.approx(se, abs=1e-5), term


@pytest.mark.parametrize(
    ("table", "reference", "answer", "order_effect"),
    [
        ("citations", "Biometrika", "citations_ref.csv", False),
        ("baseball", "Baltimore", "baseball_noorder_ref.csv", False),
        ("baseball", "Baltimore", "baseball_order_ref.csv", True),
        ("cems", "Barcelona", "cems_davidson_ref.csv", False),
        ("springall", "T1", "springall_davidson_ref.csv", False),
    ],
)
def test_fits_equal_r(table: str, reference: str, answer: str, order_effect: bool) -> None:
    votes, names = aggregated(f"{table}.csv")
    result = fit(tabulate(votes, len(names)), names, order_effect=order_effect)
    agree(result, names, reference, terms(answer), result.covariance)


@pytest.mark.parametrize("instrument", ["violin", "flute", "cello"])
def test_sound_fields_equal_r(instrument: str) -> None:
    votes, names = aggregated("sound_fields.csv", instrument=instrument)
    result = fit(tabulate(votes, len(names)), names)
    agree(result, names, "f000", terms(f"sound_fields_{instrument}_davidson_ref.csv"), result.covariance)


def test_ties_as_half_equal_r() -> None:
    votes, names = aggregated("cems.csv")
    result = fit(tabulate(votes, len(names)), names, ties="half")
    agree(result, names, "Stockholm", terms("cems_halfties_ref.csv"), result.covariance)


def test_ties_with_a_side_term_equal_r() -> None:
    outcomes = {"1": "L", "-1": "R", "0": "T"}
    rows = [
        (r["item_left"], r["item_right"], outcomes[r["result_left"]], 1.0)
        for r in read("football_2008_9.csv")
    ]
    votes, names = votes_of(rows)
    result = fit(tabulate(votes, len(names)), names, order_effect=True)
    agree(result, names, "Ars", terms("football_2008_9_davidson_order_ref.csv"), result.covariance)


@pytest.mark.parametrize("ties", ["davidson", "half"])
def test_errors_clustered_by_rater_equal_statsmodels(ties: Ties) -> None:
    outcomes = {"a": "L", "b": "R", "tie": "T"}
    cast = read("cems_votes.csv")
    votes, names = votes_of(
        [(r["item_a"], r["item_b"], outcomes[r["outcome"]], 1.0) for r in cast], [r["rater"] for r in cast]
    )
    result = fit(tabulate(votes, len(names)), names, ties=ties)
    for kind, covariance in (
        ("model", result.covariance),
        ("cluster", clustered_covariance(result, votes, len(names))),
    ):
        expected = terms("cems_cluster_robust_ref.csv", f"{ties}_est", f"{ties}_se_{kind}")
        agree(result, names, "Barcelona", expected, covariance)


def test_quasi_variances_equal_qvcalc() -> None:
    votes, names = aggregated("citations.csv")
    covariance = fit(tabulate(votes, len(names)), names).covariance
    assert covariance is not None
    expected = {plain(row[""]): float(row["quasiVar"]) for row in read("citations_quasivariance.csv")}
    found = quasi_variances(covariance, len(names))
    assert found == pytest.approx([expected[name] for name in names], rel=1e-5)


def test_rao_kupper_equals_r() -> None:
    votes, names = aggregated("springall.csv")
    found = fit_rao_kupper(tabulate(votes, len(names)))
    assert found is not None and found.loglik == pytest.approx(-730.00436148, abs=1e-6)
    threshold, (estimate, se) = (
        math.exp(found.log_theta),
        terms("springall_raokupper_ref.csv")["log(theta-1)"],
    )
    assert math.log(threshold - 1) == pytest.approx(estimate, abs=1e-6)
    spread = math.sqrt(found.covariance[-1, -1]) * threshold / (threshold - 1)
    assert spread == pytest.approx(se, abs=1e-5)
    for term, (estimate, se) in list(terms("springall_raokupper_ref.csv").items())[:-1]:
        contrast = np.eye(len(names) + 2)[names.index(term)] - np.eye(len(names) + 2)[names.index("T1")]
        assert contrast[:-2] @ found.log_worths == pytest.approx(estimate, abs=1e-6)
        assert math.sqrt(contrast @ found.covariance @ contrast) == pytest.approx(se, abs=1e-5)


def test_firth_equals_brglm() -> None:
    votes, names = aggregated("citations.csv")
    found = fit_penalised(tabulate(votes, len(names)), names, "firth")
    assert isinstance(found, Penalised)
    for term, (estimate, se) in terms("citations_ref_firth_bias_reduced.csv").items():
        contrast = np.eye(6)[names.index(term)] - np.eye(6)[names.index("Biometrika")]
        assert contrast[:-2] @ found.log_worths == pytest.approx(estimate, abs=1e-6)
        assert math.sqrt(contrast @ found.covariance @ contrast) == pytest.approx(se, abs=1e-5)


@pytest.mark.parametrize("name", ["chameleons_votes.csv", "flatlizards_votes.csv"])
def test_sparse_tournaments_are_not_ranked(name: str) -> None:
    votes, names = votes_of([(row["winner"], row["loser"], "L", 1.0) for row in read(name)])
    result = fit(tabulate(votes, len(names)), names)
    assert result.status in ("separated", "disconnected") and result.log_worths is None
