"""Compare the limits of interim analyses with published ones, and the error spent with a simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from study.statistics.looks.interim_analyses import (
    crossing_probability,
    inflation_factor,
    limits_for_participants,
    plan_interim_analyses,
)

# Two-ordered 5 %, equal steps, spending like O'Brien and Fleming: as printed by the R package ldbounds
# (Casper and Perez) and in Reboussin et al., Controlled Clinical Trials 21, 2000.
PUBLISHED = {
    2: [2.9626, 1.9686],
    3: [3.7103, 2.5114, 1.9930],
    4: [4.3326, 2.9631, 2.3590, 2.0141],
    5: [4.8769, 3.3569, 2.6803, 2.2898, 2.0310],
}


@pytest.mark.parametrize("count", PUBLISHED)
def test_published_limits(count: int) -> None:
    analyses = plan_interim_analyses([(k + 1) / count for k in range(count)], 0.05)
    assert [analysis.critical for analysis in analyses] == pytest.approx(PUBLISHED[count], abs=2e-4)


def test_a_single_analysis_is_the_fixed_sample_test() -> None:
    (analysis,) = plan_interim_analyses([1.0], 0.05)
    assert analysis.critical == pytest.approx(1.959964, abs=1e-5) and analysis.spent == pytest.approx(0.05)
    assert inflation_factor([analysis], 0.05, 0.9) == pytest.approx(1, abs=1e-4)


def test_few_participants_increase_limits() -> None:
    """Compare with Student's t for ten participants at the first analysis and twenty at the last."""
    analyses = limits_for_participants(plan_interim_analyses([0.5, 1.0], 0.05), 20)
    expected = [stats.t.isf(stats.norm.sf(z), df) for z, df in zip(PUBLISHED[2], (9, 19), strict=True)]
    assert [analysis.critical for analysis in analyses] == pytest.approx(expected, abs=1e-3)
    many = limits_for_participants(analyses, 10**7)
    assert [analysis.critical for analysis in many] == pytest.approx(
        [analysis.critical for analysis in analyses], abs=1e-4
    )


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(0.05, 0.95), min_size=1, max_size=4, unique_by=lambda x: round(x, 1)),
    st.sampled_from([0.2, 0.05, 0.001]),
)
def test_all_analyses_together_spend_alpha(shares: list[float], alpha: float) -> None:
    steps = [*sorted(shares), 1.0]
    critical = [analysis.critical for analysis in plan_interim_analyses(steps, alpha)]
    assert crossing_probability(steps, critical) == pytest.approx(alpha, rel=1e-4)


def test_crossing_probability_equals_that_of_random_walks() -> None:
    """Simulate 200,000 walks with a drift of 2.8 standard errors; the share's standard error is 0.001."""
    shares = np.array([0.3, 0.6, 1.0])
    critical = [analysis.critical for analysis in plan_interim_analyses(list(shares), 0.05)]
    steps = np.diff(shares, prepend=0)
    rng = np.random.default_rng(1)
    walk = np.cumsum(rng.normal(2.8 * steps, np.sqrt(steps), (200_000, 3)), axis=1) / np.sqrt(shares)
    crossed = float((np.abs(walk) > critical).any(axis=1).mean())
    assert crossing_probability(list(shares), critical, 2.8) == pytest.approx(crossed, abs=0.004)


@pytest.mark.parametrize("shares", [[], [0.5], [1.0, 0.5], [0.5, 0.5, 1.0], [-0.5, 1.0], [0.5, 2.0]])
def test_shares_that_do_not_increase_to_one_are_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match=r"0\.5,1"):
        plan_interim_analyses(shares, 0.05)
