"""Compare sample sizes with textbook formulas and with simulated studies analysed like real ones."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from study.__main__ import main
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.covariance import clustered_covariance
from study.statistics.planning.separations import Groups, separations
from study.statistics.sample_size import (
    Aim,
    Crowd,
    critical_value,
    crowd_of_taste,
    least_participants,
    power_with,
    required_sample,
    unit_variance,
)
from study.statistics.simulated_votes import Taste, draw_votes, log_nu_of, population_difference
from study.votes import TIE

AIM = Aim(methods=8, difference=0.405)


def test_unit_variance_equals_the_textbook_formula() -> None:
    """Check 8 / (n K (1 - tie rate)) near equality, and 1 / (p (1 - p)) for two methods without ties."""
    assert unit_variance(Aim(8, 1e-6, tie_rate=0.15)) == pytest.approx(8 / (8 * 0.85))
    p = 1 / (1 + math.exp(-1.0))
    assert unit_variance(Aim(2, 1.0, tie_rate=0)) == pytest.approx(1 / (p * (1 - p)))


def test_a_worked_example() -> None:
    """Plan eight methods, 60:40, with Bonferroni: about 237 votes per pair at constant information."""
    sample = required_sample(AIM, Crowd(56, 0.02))
    assert critical_value(AIM) == pytest.approx(3.124, abs=1e-3)
    assert sample.design_effect == pytest.approx(2.1)
    assert sample.votes_per_pair == pytest.approx(237, rel=0.02)
    assert sample.critical == pytest.approx(3.192, abs=0.01)  # Student's t, 28 pairs
    assert 119 < sample.participants < 130 and 0.8 <= sample.power < 0.81


def test_critical_values() -> None:
    """Compare with Tukey: the upper 5 % point of the range of 8 normal means is 4.286."""
    assert critical_value(replace(AIM, multiplicity="none")) == pytest.approx(1.959964, abs=1e-6)
    simultaneous = critical_value(replace(AIM, multiplicity="simultaneous"))
    assert simultaneous * math.sqrt(2) == pytest.approx(4.286, abs=1e-3)
    assert critical_value(AIM, degrees=9) > critical_value(AIM)


@settings(max_examples=40, deadline=None)
@example(methods=2, difference=0.1, ties=0.06767209818824808, each=2, correlation=0.06767209818824808)
@given(st.integers(2, 12), st.floats(0.1, 3), st.floats(0, 0.6), st.integers(1, 80), st.floats(0, 0.2))
def test_the_sample_is_the_smallest_that_suffices(
    methods: int, difference: float, ties: float, each: int, correlation: float
) -> None:
    aim, crowd = Aim(methods, difference, tie_rate=ties), Crowd(each, correlation)
    sample = required_sample(aim, crowd)
    assert sample.power >= aim.power
    least = least_participants(methods)
    assert sample.participants >= least >= 10
    assert sample.participants == least or power_with(aim, crowd, sample.participants - 1) < aim.power
    powers = [power for _, power in sample.curve]
    assert powers == sorted(powers) and sample.votes == sample.participants * each


@pytest.mark.parametrize(
    ("aim", "each", "taste_sd"),
    [
        (Aim(6, 0.5), 30, 0.0),
        (Aim(6, 0.5), 30, 0.5),
        (Aim(4, 1.2, tie_rate=0.0), 24, 0.3),
        (Aim(8, 0.4, tie_rate=0.2), 14, 0.7),
        (Aim(6, 0.5, tie_rate=0.4), 15, 1.0),
    ],
)
def test_simulated_studies_agree(aim: Aim, each: int, taste_sd: float) -> None:
    """Check the variance of the difference within 5 %, and the power within 5 percentage points."""
    crowd = crowd_of_taste(taste_sd, each, aim.methods, aim.tie_rate)
    sample = required_sample(aim, crowd)
    variance, found = simulate(aim, crowd, taste_sd, sample.participants, studies=400)
    planned = unit_variance(aim) * crowd.design_effect * aim.pairs / (sample.participants * each)
    assert variance == pytest.approx(planned, rel=0.06 if sample.participants < 50 else 0.05)
    assert found == pytest.approx(sample.power, abs=0.05)


@pytest.mark.parametrize(("rate", "taste_sd"), [(0.15, 0.0), (0.3, 1.0), (0.05, 2.0)])
def test_simulated_raters_tie_at_the_planned_rate(rate: float, taste_sd: float) -> None:
    """Simulate 200,000 votes, a standard error of 0.001; a rate of 0 has no ties."""
    taste = Taste(np.zeros(4), log_nu_of(rate, taste_sd), taste_sd=taste_sd)
    votes, _ = draw_votes(taste, participants=40_000, votes_each=5, rng=np.random.default_rng(2))
    assert (votes.outcome == TIE).mean() == pytest.approx(rate, abs=0.004)
    assert log_nu_of(0.0, taste_sd) == -np.inf


def simulate(aim: Aim, crowd: Crowd, taste_sd: float, people: int, studies: int) -> tuple[float, float]:
    """Return the mean clustered variance of the difference, and the share of studies that detect it."""
    taste = Taste(np.zeros(aim.methods), log_nu_of(aim.tie_rate, taste_sd), taste_sd=taste_sd)
    own = optimize.brentq(lambda d: population_difference(d, taste) - aim.difference, 0, 5)
    taste = replace(taste, log_worths=np.array([own / 2, -own / 2, *np.zeros(aim.methods - 2)]))
    critical = critical_value(aim, people - 1)
    rng, names, drawn = np.random.default_rng(3), [str(i) for i in range(aim.methods)], []
    for _ in range(studies):
        votes, _ = draw_votes(taste, participants=people, votes_each=crowd.votes_each, rng=rng)
        result = fit(tabulate(votes, aim.methods), names, order_effect=True)
        covariance = clustered_covariance(result, votes, aim.methods)
        assert covariance is not None and result.log_worths is not None
        variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
        found = abs(result.log_worths[0] - result.log_worths[1]) > critical * math.sqrt(variance)
        drawn.append((variance, found))
    return float(np.mean([v for v, _ in drawn])), float(np.mean([f for _, f in drawn]))


@pytest.mark.parametrize(("people", "difference"), [(3, 0.4), (12, 0.8), (49, 0.3)])
def test_few_participants_have_the_power_of_a_noncentral_t(people: int, difference: float) -> None:
    aim, crowd = Aim(3, difference, multiplicity="none"), Crowd(30)
    se = math.sqrt(unit_variance(aim) * crowd.design_effect * 3 / (people * 30))
    critical, shift = critical_value(aim, people - 1), difference / se
    exact = stats.nct.sf(critical, people - 1, shift) + stats.nct.cdf(-critical, people - 1, shift)
    assert power_with(aim, crowd, people) == pytest.approx(exact, abs=1e-3)


def test_detectable_differences_of_present_votes() -> None:
    errors = np.full((3, 3), 0.1)
    for present in (Groups(40), Groups(40, 25)):
        found = {(s.a, s.b): s for s in separations([1.0, 0.9, 0.9], errors, present, critical=2.0)}
        assert not found[0, 1].separated and found[0, 1].detectable == pytest.approx(0.2842, abs=1e-4)
        pictures = None if present.pictures is None else math.ceil(25 * 2.8416212**2)
        assert found[0, 1].needed == Groups(math.ceil(40 * 2.8416212**2), pictures)
        assert found[1, 2].needed is None
    clear = separations([1.0, -9.0], errors, Groups(40, 25), critical=2.0)[0]
    assert clear.separated and clear.needed == Groups(10, 10)


@pytest.mark.parametrize(
    "bad", [{"methods": 1}, {"difference": 0.0}, {"alpha": 0.0}, {"power": 0.01}, {"tie_rate": 1.0}]
)
def test_impossible_aims_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="should be|at least"):
        replace(AIM, **bad)  # type: ignore[arg-type]


def test_too_small_a_difference_is_refused() -> None:
    with pytest.raises(ValueError, match="ten million"):
        required_sample(replace(AIM, difference=1e-5), Crowd(20))


def test_the_command_prints_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--methods", "8", "--preference", "0.6", "--votes", "56", "--looks", "0.5,1"]) == 0
    text = capsys.readouterr().out
    assert "28 pairs" in text and "56 votes each" in text and "error spent" in text
    assert "At any other moment, however often: significant beyond" in text
    assert main(["plan", "--methods", "8", "--difference", "0.405", "--taste", "0.5", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["participants"] == plan["sample"]["participants"] > 100
    assert len(plan["looks"]) == 1
    assert plan["looks"][0]["critical"] == pytest.approx(plan["sample"]["critical"], abs=1e-3)
    sequence = plan["any_look"]
    assert sequence["width"] == pytest.approx(sequence["critical"] / plan["sample"]["critical"])
    assert 1.2 < sequence["width"] < 1.5 and sequence["mixture"] > 1


@pytest.mark.parametrize(
    "words",
    [[], ["--difference", "0.4", "--preference", "0.6"], ["--preference", "0.4"], ["--difference", "0"],
     ["--difference", "0.4", "--looks", "0.5"], ["--difference", "0.4", "--votes", "0"],
     ["--difference", "0.4", "--taste", "-1"]],
)  # fmt: skip
def test_a_wrong_plan_ends_with_a_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--methods", "4", *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Please check the options:") and len(said.strip().splitlines()) == 1


def test_grades_reduce_the_noise_of_votes_only() -> None:
    """With uncorrelated votes the sample is divided by their worth; what people differ by remains."""
    alone, graded = Crowd(20, 0.0), Crowd(20, 0.0, worth=1.25)
    few, many = required_sample(AIM, graded).votes_per_pair, required_sample(AIM, alone).votes_per_pair
    assert few == pytest.approx(many / 1.25)
    assert Crowd(20, 1.0, worth=1.25).design_effect == Crowd(20, 1.0).design_effect == 20
    assert Crowd(20, 0.1, worth=1.25).design_effect == pytest.approx(20 * 0.1 + 0.9 / 1.25)
