"""Scores equal published answers, derivatives equal differences, and nothing is ranked that cannot be."""

import csv
import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from study.bradley_terry import (
    Ints,
    Votes,
    _Cells,
    _free_terms,
    _to_cells,
    clustered_covariance,
    fit,
    log_likelihood,
    score_and_information,
    standard_errors,
    tabulate,
)

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "refdata" / "bradley_terry"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference data are not here")

Counts = NDArray[np.float64]


def count(rows: list[tuple[int, int, int, int, int]], methods: int) -> Counts:
    """Rows of left, right, wins of left, wins of right, ties → K×K×3."""
    counts = np.zeros((methods, methods, 3))
    for left, right, *outcomes in rows:
        counts[left, right] += outcomes
    return counts


def relative(worths: NDArray[np.float64]) -> list[float]:
    """Log-worths with the first method at zero, as R prints them."""
    return [float(x) for x in worths - worths[0]]


def random_cells(position: bool = True) -> _Cells:
    counts = np.random.default_rng(0).integers(1, 30, (2, 4, 4, 3)).astype(float)
    counts[:, range(4), range(4)] = 0
    return _to_cells(counts if position else counts * [[[[1]]], [[[0]]]])


def test_journal_citations() -> None:
    """Citations between four journals: Agresti, Categorical Data Analysis (2002), p. 448."""
    rows = [(0, 1, 730, 33, 0), (0, 2, 498, 320, 0), (0, 3, 221, 284, 0)]
    rows += [(1, 2, 68, 813, 0), (1, 3, 17, 276, 0), (2, 3, 142, 325, 0)]
    result = fit(count(rows, 4), ["Biometrika", "Comm Statist", "JASA", "JRSS-B"])
    assert result.log_worths is not None and result.covariance is not None
    assert relative(result.log_worths) == pytest.approx([0, -2.94907, -0.47957, 0.26895], abs=1e-5)
    contrast = np.array([-1, 1, 0, 0])
    variance = contrast @ result.covariance[:4, :4] @ contrast
    assert math.sqrt(variance) == pytest.approx(0.10255, abs=1e-5)


def test_two_methods_with_ties_have_a_closed_form() -> None:
    """Davidson with K = 2: the difference is log(wins/losses), nu is ties/sqrt(wins·losses)."""
    result = fit(count([(0, 1, 20, 10, 15), (1, 0, 5, 25, 5)], 2), ["a", "b"])
    assert result.log_worths is not None and result.log_nu is not None
    assert result.log_worths[0] - result.log_worths[1] == pytest.approx(math.log(45 / 15))
    assert math.exp(result.log_nu) == pytest.approx(20 / math.sqrt(45 * 15))


def test_ties_as_half_equal_half_a_win_each() -> None:
    result = fit(count([(0, 1, 6, 2, 4)], 2), ["a", "b"], ties="half")
    assert result.log_worths is not None and result.log_nu is None
    assert result.log_worths[0] - result.log_worths[1] == pytest.approx(math.log(8 / 4))


def test_score_and_information_equal_finite_differences() -> None:
    cells, rng = random_cells(), np.random.default_rng(1)
    theta, step = rng.normal(0, 0.5, 6), 1e-5
    score, information = score_and_information(cells, theta)
    for i in range(6):
        shift = step * np.eye(6)[i]
        slope = (log_likelihood(cells, theta + shift) - log_likelihood(cells, theta - shift)) / (2 * step)
        assert score[i] == pytest.approx(slope, rel=1e-6, abs=1e-5)
        bend = score_and_information(cells, theta - shift)[0] - score_and_information(cells, theta + shift)[0]
        np.testing.assert_allclose(information[i], bend / (2 * step), rtol=1e-5, atol=1e-4)


def draw_votes(worths: NDArray[np.float64], side: float, log_nu: float, n: int) -> Votes:
    rng = np.random.default_rng(3)
    left = rng.integers(0, len(worths), n)
    right = (left + rng.integers(1, len(worths), n)) % len(worths)
    eta = np.stack(
        [worths[left] + side, worths[right], log_nu + (worths[left] + worths[right] + side) / 2], 1
    )
    weights = np.exp(eta).cumsum(1)
    outcome = (rng.random(n)[:, None] * weights[:, -1:] > weights).sum(1)
    return Votes(left, right, outcome, participant=rng.integers(0, 100, n))


def test_known_worths_are_recovered_within_their_errors() -> None:
    truth = np.linspace(-1, 1, 5)
    votes = draw_votes(truth, 0.3, -0.8, 40_000)
    result = fit(tabulate(votes, 5), list("abcde"), position=True)
    assert result.log_worths is not None and result.covariance is not None
    errors = standard_errors(result.covariance)
    assert (np.abs(result.log_worths - truth) < 4 * errors[:5]).all()
    assert abs((result.position or 0) - 0.3) < 4 * errors[5]
    assert abs((result.log_nu or 0) + 0.8) < 4 * errors[6]


def test_independent_votes_have_alike_model_and_clustered_errors() -> None:
    votes = draw_votes(np.linspace(-1, 1, 4), 0.0, -1.0, 20_000)
    result = fit(tabulate(votes, 4), list("abcd"))
    clustered = clustered_covariance(result, votes, 4)
    assert clustered is not None and result.covariance is not None
    ratio = standard_errors(clustered)[:4] / standard_errors(result.covariance)[:4]
    assert (ratio > 0.75).all() and (ratio < 1.3).all()


def test_repeating_participants_widen_clustered_errors_only() -> None:
    """Every vote cast four times by the same person: the model believes them, the sandwich does not."""
    once = draw_votes(np.linspace(-1, 1, 4), 0.0, -1.0, 3000)
    left, right, outcome, who = (
        np.repeat(x, 4) for x in (once.left, once.right, once.outcome, np.arange(3000))
    )
    again = Votes(left, right, outcome, participant=who)
    result = fit(tabulate(again, 4), list("abcd"))
    clustered = clustered_covariance(result, again, 4)
    assert clustered is not None and result.covariance is not None
    ratio = standard_errors(clustered)[:4] / standard_errors(result.covariance)[:4]
    assert ratio == pytest.approx(2, rel=0.1)


UNDEFEATED = [(0, 1, 10, 0, 0), (1, 2, 6, 4, 0)]
ISLANDS = [(0, 1, 6, 4, 0), (2, 3, 6, 4, 0)]


def test_an_undefeated_method_gets_no_number() -> None:
    result = fit(count(UNDEFEATED, 3), ["Alpha", "Beta", "Gamma"])
    assert result.status == "separated" and result.log_worths is None
    assert "Alpha is above everything observed" in result.explain


def test_islands_get_no_common_ranking() -> None:
    result = fit(count(ISLANDS, 4), ["Alpha", "Beta", "Gamma", "Delta"])
    assert result.status == "disconnected" and result.log_worths is None
    assert "Alpha, Beta | Gamma, Delta" in result.explain


def test_only_ties_make_no_ranking_and_claim_no_precision() -> None:
    result = fit(count([(0, 1, 0, 0, 10)], 2), ["Alpha", "Beta"])
    assert result.status == "no_votes" and result.covariance is None
    assert "Every vote is a tie" in result.explain


def test_no_votes_at_all() -> None:
    assert fit(np.zeros((3, 3, 3)), list("abc")).status == "no_votes"


def test_dropping_ties_can_separate_what_ties_join() -> None:
    counts = count([(0, 1, 5, 0, 3)], 2)
    assert fit(counts, ["a", "b"], ties="half").status == "ok"
    assert fit(counts, ["a", "b"], ties="drop").status == "separated"


def test_a_side_term_that_cannot_be_told_apart_is_left_out() -> None:
    """Each pair was shown one way round only, in a chain: side and worth are the same thing."""
    result = fit(count([(0, 1, 6, 4, 1), (1, 2, 5, 5, 1)], 3), list("abc"), position=True)
    assert result.status == "ok" and result.position is None
    assert "side effect is left out" in result.explain


def test_ties_alone_do_not_bound_an_undefeated_method() -> None:
    """With the ties the graph is strongly connected, yet Davidson's likelihood rises without end."""
    result = fit(count([(0, 1, 10, 0, 3)], 2), ["Alpha", "Beta"])
    assert result.status == "separated" and result.log_worths is None
    assert "but for ties" in result.explain and "Alpha is above" in result.explain


def test_choosing_one_side_only_gives_no_scores() -> None:
    rows = [(i, j, 5, 0, 0) for i in range(3) for j in range(3) if i != j]
    result = fit(count(rows, 3), list("abc"), position=True)
    assert result.status == "separated" and "mostly the left one" in result.explain
    assert fit(count(rows, 3), list("abc")).status == "ok"


def a_maximum_exists(cells: _Cells, free: Ints) -> bool:
    """By linear programming: no direction in which no vote becomes less likely and some become more so."""
    outcomes = [0, 1, 2] if cells.counts[:, 2].any() else [0, 1]
    gains = np.zeros((0, cells.methods + 2))
    for cell, seen, other in product(range(len(cells.left)), outcomes, outcomes):
        if cells.counts[cell, seen] and seen != other:
            gain = np.zeros((1, cells.methods + 2))
            np.add.at(gain[0], cells.where[cell], cells.features[cell, seen] - cells.features[cell, other])
            gains = np.concatenate([gains, gain])
    best = linprog(-gains[:, free].sum(0), A_ub=-gains[:, free], b_ub=np.zeros(len(gains)), bounds=(-1, 1))
    assert best.fun is not None
    return bool(best.fun > -1e-7)


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 5), st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([0.2, 0.5, 1, 30]))
def test_there_are_scores_exactly_where_a_maximum_exists(
    methods: int, seed: int, position: bool, rate: float
) -> None:
    counts = np.random.default_rng(seed).poisson(rate, (2, methods, methods, 3)).astype(float)
    counts[:, range(methods), range(methods)] = 0
    result = fit(counts, list("abcde")[:methods], position=position)
    cells = _to_cells(counts)
    if result.status in ("ok", "separated"):
        assert (result.status == "ok") == a_maximum_exists(cells, _free_terms(cells, position)[0])
    assert (result.covariance is not None) == (result.status == "ok")


def read(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open() as file:
        return list(csv.DictReader(file))


def from_table(name: str) -> tuple[Counts, list[str]]:
    rows = read(name)
    names = sorted({row[side] for row in rows for side in ("item_a", "item_b")})
    index = [
        (names.index(r["item_a"]), names.index(r["item_b"]), int(r["win_a"]), int(r["win_b"]), int(r["tie"]))
        for r in rows
    ]
    return count(index, len(names)), names


@needs_reference
@pytest.mark.parametrize("name", ["cems", "springall"])
def test_davidson_equals_r(name: str) -> None:
    counts, names = from_table(f"{name}.csv")
    result = fit(counts, names)
    assert result.log_worths is not None and result.covariance is not None
    for row in read(f"{name}_davidson_ref.csv"):
        term, k = row["term"], len(names)
        if term == "log_nu":
            assert result.log_nu == pytest.approx(float(row["estimate"]), abs=1e-6)
            continue
        first = names.index(read(f"{name}_davidson_ref.csv")[0]["term"])
        contrast = np.zeros(k + 2)
        contrast[names.index(term)] += 1
        contrast[first] -= 1
        theta = np.array([*result.log_worths, 0, 0])
        assert contrast @ theta == pytest.approx(float(row["estimate"]), abs=1e-6)
        assert math.sqrt(contrast @ result.covariance @ contrast) == pytest.approx(float(row["se"]), abs=1e-5)


@needs_reference
def test_football_with_position_equals_r() -> None:
    rows = read("football_2008_9.csv")
    names = sorted({row[side] for row in rows for side in ("item_left", "item_right")})
    outcome = {"1": 0, "-1": 1, "0": 2}
    votes = Votes(
        np.array([names.index(r["item_left"]) for r in rows]),
        np.array([names.index(r["item_right"]) for r in rows]),
        np.array([outcome[r["result_left"]] for r in rows]),
    )
    result = fit(tabulate(votes, len(names)), names, position=True)
    assert result.covariance is not None
    errors = standard_errors(result.covariance)
    assert (result.position, result.log_nu) == pytest.approx((0.61246, -0.11594), abs=1e-5)
    assert (errors[-2], errors[-1]) == pytest.approx((0.14454, 0.12668), abs=1e-5)


@needs_reference
@pytest.mark.parametrize(("ties", "column"), [("davidson", "davidson"), ("half", "half")])
def test_clustered_errors_equal_statsmodels(ties: str, column: str) -> None:
    rows = read("cems_votes.csv")
    names = sorted({row[side] for row in rows for side in ("item_a", "item_b")})
    votes = Votes(
        np.array([names.index(r["item_a"]) for r in rows]),
        np.array([names.index(r["item_b"]) for r in rows]),
        np.array([{"a": 0, "b": 1}.get(r["outcome"], 2) for r in rows]),
        participant=np.array([int(r["rater"]) for r in rows]),
    )
    result = fit(tabulate(votes, len(names)), names, ties=ties)  # type: ignore[arg-type]
    clustered = clustered_covariance(result, votes, len(names))
    assert clustered is not None
    for row in read("cems_cluster_robust_ref.csv")[1:]:
        if row["term"] not in names:
            continue
        contrast = np.zeros(len(names) + 2)
        contrast[names.index(row["term"])] += 1
        contrast[names.index("Barcelona")] -= 1
        expected = float(row[f"{column}_se_cluster"])
        assert math.sqrt(contrast @ clustered @ contrast) == pytest.approx(expected, abs=1e-5)


@needs_reference
@pytest.mark.parametrize("name", ["chameleons_votes.csv", "flatlizards_votes.csv"])
def test_sparse_tournaments_are_not_ranked(name: str) -> None:
    rows = read(name)
    names = sorted({row[side] for row in rows for side in ("winner", "loser")})
    index = [(names.index(r["winner"]), names.index(r["loser"]), 1, 0, 0) for r in rows]
    result = fit(count(index, len(names)), names)
    assert result.status in ("separated", "disconnected") and result.log_worths is None
