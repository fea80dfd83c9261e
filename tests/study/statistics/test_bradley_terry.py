"""Compare scores with published results, and check that votes without a maximum are not ranked."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from study.statistics.bradley_terry import Fit, fit, pair_up, tabulate
from study.statistics.covariance import standard_errors
from study.statistics.davidson import Pairings
from study.votes import Votes

Counts = NDArray[np.float64]


def count(rows: Sequence[tuple[int, int, float, float, float]], methods: int) -> Counts:
    """Return counts K×K×3 from rows of left, right, wins of left, wins of right and ties."""
    counts = np.zeros((methods, methods, 3))
    for left, right, *outcomes in rows:
        counts[left, right] += outcomes
    return counts


def relative(worths: NDArray[np.float64]) -> list[float]:
    """Return log-worths relative to the first method, as R prints them."""
    return [float(x) for x in worths - worths[0]]


def test_journal_citations() -> None:
    """Compare with Agresti, Categorical Data Analysis (2002), p. 448: citations between four journals."""
    rows = [(0, 1, 730, 33, 0), (0, 2, 498, 320, 0), (0, 3, 221, 284, 0)]
    rows += [(1, 2, 68, 813, 0), (1, 3, 17, 276, 0), (2, 3, 142, 325, 0)]
    result = fit(count(rows, 4), ["Biometrika", "Comm Statist", "JASA", "JRSS-B"])
    assert result.log_worths is not None and result.covariance is not None
    assert relative(result.log_worths) == pytest.approx([0, -2.94907, -0.47957, 0.26895], abs=1e-5)
    contrast = np.array([-1, 1, 0, 0])
    variance = contrast @ result.covariance[:4, :4] @ contrast
    assert math.sqrt(variance) == pytest.approx(0.10255, abs=1e-5)


def test_two_methods_with_ties_have_a_closed_form() -> None:
    """Check that the difference is log(wins/losses) and nu is ties/sqrt(wins·losses) for K = 2."""
    result = fit(count([(0, 1, 20, 10, 15), (1, 0, 5, 25, 5)], 2), ["a", "b"])
    assert result.log_worths is not None and result.log_nu is not None
    assert result.log_worths[0] - result.log_worths[1] == pytest.approx(math.log(45 / 15))
    assert math.exp(result.log_nu) == pytest.approx(20 / math.sqrt(45 * 15))


def test_ties_as_half_count_half_a_win_each() -> None:
    result = fit(count([(0, 1, 6, 2, 4)], 2), ["a", "b"], ties="half")
    assert result.log_worths is not None and result.log_nu is None
    assert result.log_worths[0] - result.log_worths[1] == pytest.approx(math.log(8 / 4))


def draw_votes(worths: NDArray[np.float64], order_effect: float, log_nu: float, n: int) -> Votes:
    rng = np.random.default_rng(3)
    left = rng.integers(0, len(worths), n)
    right = (left + rng.integers(1, len(worths), n)) % len(worths)
    eta = np.stack(
        [
            worths[left] + order_effect,
            worths[right],
            log_nu + (worths[left] + worths[right] + order_effect) / 2,
        ],
        1,
    )
    weights = np.exp(eta).cumsum(1)
    outcome = (rng.random(n)[:, None] * weights[:, -1:] > weights).sum(1)
    return Votes(left, right, outcome, participant=rng.integers(0, 100, n))


def test_known_log_worths_are_recovered_within_their_errors() -> None:
    truth = np.linspace(-1, 1, 5)
    votes = draw_votes(truth, 0.3, -0.8, 40_000)
    result = fit(tabulate(votes, 5), list("abcde"), order_effect=True)
    assert result.log_worths is not None and result.covariance is not None
    errors = standard_errors(result.covariance)
    assert (np.abs(result.log_worths - truth) < 4 * errors[:5]).all()
    assert abs((result.order_effect or 0) - 0.3) < 4 * errors[5]
    assert abs((result.log_nu or 0) + 0.8) < 4 * errors[6]


UNDEFEATED = [(0, 1, 10, 0, 0), (1, 2, 6, 4, 0)]
GROUPS = [(0, 1, 6, 4, 0), (2, 3, 6, 4, 0)]


def test_an_undefeated_method_gets_no_number() -> None:
    result = fit(count(UNDEFEATED, 3), ["Alpha", "Beta", "Gamma"])
    assert result.status == "separated" and result.log_worths is None
    assert "Alpha is above everything observed" in result.explain


def test_several_unbeaten_methods_share_a_sentence() -> None:
    """Let a and b beat c and d, which beat each other and e."""
    beaten = [(0, 2, 1, 0, 0), (1, 3, 1, 0, 0), (2, 3, 1, 1, 0), (3, 4, 1, 0, 0)]
    explain = fit(count(beaten, 5), list("abcde")).explain
    assert "a, b are each above everything observed (no loss" in explain
    assert "; e is below everything observed (no win" in explain


def test_groups_without_a_link_get_no_common_ranking() -> None:
    result = fit(count(GROUPS, 4), ["Alpha", "Beta", "Gamma", "Delta"])
    assert result.status == "disconnected" and result.log_worths is None
    assert "Alpha, Beta | Gamma, Delta" in result.explain


def test_ties_alone_give_no_ranking_and_no_precision() -> None:
    result = fit(count([(0, 1, 0, 0, 10)], 2), ["Alpha", "Beta"])
    assert result.status == "no_votes" and result.covariance is None
    assert "Every vote is a tie" in result.explain


def test_no_votes_at_all() -> None:
    assert fit(np.zeros((3, 3, 3)), list("abc")).status == "no_votes"


def test_omitting_ties_may_separate_methods() -> None:
    counts = count([(0, 1, 5, 0, 3)], 2)
    assert fit(counts, ["a", "b"], ties="half").status == "ok"
    assert fit(counts, ["a", "b"], ties="drop").status == "separated"


def test_an_order_effect_that_is_not_identified_is_left_out() -> None:
    """Show each pair of a chain in one order only: order effect and log-worths are not separable."""
    result = fit(count([(0, 1, 6, 4, 1), (1, 2, 5, 5, 1)], 3), list("abc"), order_effect=True)
    assert result.status == "ok" and result.order_effect is None
    assert "order effect is left out" in result.explain


def test_ties_alone_do_not_bound_an_undefeated_method() -> None:
    """Check a graph that is strongly connected by ties alone: Davidson's likelihood has no maximum."""
    result = fit(count([(0, 1, 10, 0, 3)], 2), ["Alpha", "Beta"])
    assert result.status == "separated" and result.log_worths is None
    assert "but for ties" in result.explain and "Alpha is above" in result.explain


def test_choosing_one_side_only_gives_no_scores() -> None:
    rows = [(i, j, 5, 0, 0) for i in range(3) for j in range(3) if i != j]
    result = fit(count(rows, 3), list("abc"), order_effect=True)
    assert result.status == "separated" and "mostly the left one" in result.explain
    assert fit(count(rows, 3), list("abc")).status == "ok"


def a_maximum_exists(pairings: Pairings, cells: Counts) -> bool:
    """Search by linear programming for a direction that makes some votes more likely and none less likely."""
    design = pairings.design.toarray()
    tie = np.zeros(design.shape[1])
    tie[-1] = 1
    tied = bool(cells[:, 2].any())
    gains = []
    for row, votes in zip(design, cells, strict=True):
        eta = np.array([row / 2, -row / 2, tie])[: 3 if tied else 2]
        gains += [
            chosen - other
            for i, chosen in enumerate(eta)
            for other in eta
            if votes[i] and chosen is not other
        ]
    best = linprog(-np.sum(gains, axis=0), A_ub=-np.array(gains), b_ub=np.zeros(len(gains)), bounds=(-1, 1))
    assert best.fun is not None
    return bool(best.fun > -1e-7)


def random_counts(seed: int, methods: int, rate: float) -> Counts:
    counts = np.random.default_rng(seed).poisson(rate, (2, methods, methods, 3)).astype(float)
    counts[:, range(methods), range(methods)] = 0
    return counts


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 5), st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([0.2, 0.5, 1, 30]))
def test_scores_exist_exactly_where_the_likelihood_has_a_maximum(
    methods: int, seed: int, order_effect: bool, rate: float
) -> None:
    counts = random_counts(seed, methods, rate)
    result = fit(counts, list("abcde")[:methods], order_effect=order_effect)
    if result.status in ("ok", "separated"):
        assert (result.status == "ok") == a_maximum_exists(*pair_up(counts, order_effect))
    assert (result.covariance is not None) == (result.status == "ok")


@pytest.mark.parametrize("weight", [1e-4, 1e3, 1e9])
def test_a_common_weight_changes_errors_but_not_scores(weight: float) -> None:
    """Multiply all counts by a factor: the covariance is divided by it, and the scores do not change."""
    counts = random_counts(0, 4, 5)
    plain, weighted = (fit(c, list("abcd"), order_effect=True) for c in (counts, counts * weight))
    assert weighted.log_worths == pytest.approx(plain.log_worths, abs=1e-9)
    assert plain.covariance is not None and weighted.covariance is not None
    assert weighted.covariance * weight == pytest.approx(plain.covariance, rel=1e-6, abs=1e-9)
    assert weighted.loglik == pytest.approx((plain.loglik or 0) * weight)


@pytest.mark.parametrize("many", [1e3, 1e6, 1e9])
def test_pairs_with_very_different_numbers_of_votes(many: float) -> None:
    result = fit(count([(0, 1, many, 2 * many, 0), (1, 2, 3, 1, 0)], 3), list("abc"))
    assert result.log_worths is not None and result.covariance is not None
    assert relative(result.log_worths) == pytest.approx([0, math.log(2), math.log(2 / 3)], abs=1e-7)
    variance = np.array([0, 1, -1]) @ result.covariance[:3, :3] @ np.array([0, 1, -1])
    assert variance == pytest.approx(1 / 3 + 1 / 1, rel=1e-5)


def test_small_integers_as_indices_do_not_overflow() -> None:
    left, right = np.array([[a, (a + 1) % 120] for a in range(120)], np.int8).T
    votes = Votes(left, right, np.zeros(120, np.int8))
    assert tabulate(votes, 120).sum() == 120 and fit(tabulate(votes, 120), [""] * 120).status == "ok"


def test_names_do_not_change_the_scores() -> None:
    counts = random_counts(1, 4, 5)
    order = [2, 0, 3, 1]
    plain, shuffled = fit(counts, list("abcd")), fit(counts[:, order][:, :, order], list("cadb"))
    assert plain.log_worths is not None
    assert shuffled.log_worths == pytest.approx(plain.log_worths[order], abs=1e-9)


def test_swapping_sides_negates_only_the_order_effect() -> None:
    counts = random_counts(2, 4, 5)[1]
    swapped = np.swapaxes(counts, 0, 1)[..., [1, 0, 2]]
    plain, turned = (fit(c, list("abcd"), order_effect=True) for c in (counts, swapped))
    assert isinstance(plain, Fit) and turned.log_worths == pytest.approx(plain.log_worths, abs=1e-9)
    assert turned.order_effect == pytest.approx(-(plain.order_effect or 0))
