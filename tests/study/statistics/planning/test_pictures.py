"""Compare plans for people and pictures with simulated studies analysed like real ones, and with limits."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

from study.__main__ import main
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.multiple_comparisons import errors_of
from study.statistics.planning.pictures import (
    MANY,
    Pictures,
    critical_at,
    degrees_of,
    detectable,
    limits_of,
    power_limit,
    power_of,
    required_participants,
    required_pictures,
    sample_with,
    variance_of_pictures,
)
from study.statistics.sample_size import Aim, critical_value, crowd_of_taste, power_with, required_sample
from study.statistics.simulated_votes import Taste, draw_votes, log_nu_of, population_difference

AIM = Aim(5, 0.405)
CROWD = crowd_of_taste(0.5, 20, 5, 0.15, 0.3)
LIKE = Pictures(25, 0.3, 0.5)


@pytest.mark.parametrize(
    ("aim", "each", "pictures"),
    [(Aim(4, 0.8), 24, Pictures(12, 0.4, 0.5)), (Aim(3, 0.6), 30, Pictures(20, 0.3, 0.0))],
)
def test_simulated_studies_have_the_planned_power(aim: Aim, each: int, pictures: Pictures) -> None:
    """Check the power within 7 percentage points: three standard errors of 400 studies, and a rest."""
    crowd = crowd_of_taste(pictures.taste, each, aim.methods, aim.tie_rate, pictures.spread)
    sample = sample_with(aim, crowd, pictures)
    assert sample is not None
    found = simulate(aim, each, pictures, sample.participants, studies=400)
    assert found == pytest.approx(sample.power, abs=0.07)


def simulate(aim: Aim, each: int, pictures: Pictures, people: int, studies: int) -> float:
    """Return the share of studies whose report finds the difference significant, with Bonferroni's limit."""
    both = math.hypot(pictures.taste, pictures.spread)
    nu, k, rng = log_nu_of(aim.tie_rate, both), aim.methods, np.random.default_rng(8)
    whole = Taste(np.zeros(k), nu, taste_sd=both)
    own = optimize.brentq(lambda d: population_difference(d, whole) - aim.difference, 0, 5)
    worths = np.array([own / 2, -own / 2, *np.zeros(k - 2)])
    taste = Taste(worths, nu, taste_sd=pictures.taste, item_sd=pictures.spread)
    found = []
    for _ in range(studies):
        votes, item = draw_votes(taste, participants=people, votes_each=each, items=pictures.number, rng=rng)
        result = fit(tabulate(votes, k), [""] * k, order_effect=True)
        errors = errors_of(result, votes, k, item)
        assert errors is not None and errors.degrees is not None and result.log_worths is not None
        limit = stats.t.ppf(1 - aim.alpha / aim.pairs / 2, errors.degrees) * errors.between[0, 1]
        found.append(abs(result.log_worths[0] - result.log_worths[1]) > limit)
    return float(np.mean(found))


def test_with_ever_more_people_only_the_variance_of_the_pictures_remains() -> None:
    """Compare with a mean of 25 differences of log-worths: 2 sd² / 25, if nothing blurs them."""
    assert power_of(AIM, CROWD, LIKE, 10**7) == pytest.approx(power_limit(AIM, LIKE), abs=0.01)
    near = Aim(5, 1e-6, tie_rate=0.15)
    assert variance_of_pictures(near, Pictures(25, 0.01)) == pytest.approx(2 * 0.01**2 / 25, rel=1e-3)
    assert degrees_of(AIM, CROWD, LIKE, 10**7) == pytest.approx(24, abs=0.5)


def test_the_same_and_very_many_pictures_need_the_people_of_a_plan_without_pictures() -> None:
    crowd, same = crowd_of_taste(0.5, 20, 5, 0.15), Pictures(MANY, 0.0, 0.5)
    for people in (60, 110, 200):
        assert power_of(AIM, crowd, same, people) == pytest.approx(power_with(AIM, crowd, people), abs=0.01)
    found = required_participants(AIM, crowd, same)
    assert found is not None and abs(found - required_sample(AIM, crowd).participants) <= 2


def test_more_pictures_need_fewer_people_and_too_few_pictures_none() -> None:
    numbers = [18, 25, 40, 80, 400]
    needed = [required_participants(AIM, CROWD, replace(LIKE, number=number)) for number in numbers]
    people = [one for one in needed if one is not None]
    assert len(people) == 5 and people == sorted(people, reverse=True) and len(set(people)) == 5
    assert power_of(AIM, CROWD, LIKE, people[1]) >= 0.8 > power_of(AIM, CROWD, LIKE, people[1] - 1)
    assert required_participants(AIM, CROWD, replace(LIKE, number=10)) is None
    best = required_participants(AIM, CROWD, replace(LIKE, number=MANY))
    enough = required_pictures(AIM, CROWD, LIKE)
    with_them, with_fewer = (
        required_participants(AIM, CROWD, replace(LIKE, number=number)) for number in (enough, enough - 1)
    )
    assert best and with_them and with_fewer and with_them <= 1.25 * best < with_fewer


def test_limits_are_where_the_power_is_as_wanted() -> None:
    limits = limits_of(AIM, CROWD, LIKE)
    assert limits.difference is not None and limits.difference < AIM.difference
    assert power_limit(replace(AIM, difference=limits.difference), LIKE) == pytest.approx(0.8, abs=1e-6)
    fewer, least = (power_limit(AIM, replace(LIKE, number=limits.least - less)) for less in (1, 0))
    assert fewer < 0.8 <= least
    found = detectable(AIM, CROWD, LIKE, 100)
    assert found is not None and found > limits.difference
    assert power_of(replace(AIM, difference=found), CROWD, LIKE, 100) == pytest.approx(0.8, abs=1e-6)
    assert detectable(AIM, CROWD, Pictures(2, 3.0), None) is None
    assert detectable(AIM, CROWD, Pictures(25, 0.0), None) == 0


def test_nobody_is_asked_to_take_fewer_people_or_pictures_than_errors_need() -> None:
    clear, crowd = Aim(3, 8.0), crowd_of_taste(0.0, 200, 3, 0.15)
    assert required_sample(clear, crowd).participants == 10
    assert required_participants(clear, crowd, Pictures(20, 0.1)) == 10
    assert required_pictures(clear, crowd, Pictures(20, 0.1)) == 10
    assert all(one.pictures >= 10 for one in limits_of(clear, crowd, Pictures(10, 0.1)).combinations)


@pytest.mark.parametrize("degrees", [1.0, 1.2, 1.8, 2.7, 4.5, 9.0, 17.3, 41.0, 300.0, 5000.0])
def test_critical_values_between_the_nodes(degrees: float) -> None:
    exact = critical_value(AIM, degrees)
    assert critical_at(AIM, np.array([degrees]))[0] == pytest.approx(exact, rel=0.005)


def test_the_command_plans_people_and_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["plan", "--methods", "5", "--preference", "0.6", "--taste", "0.5"]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "which differ by 0.3" in text and "more people cannot show a difference below" in text
    assert main([*words, "--pictures", "25", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["pictures"]["number"] == 25 and plan["limits"]["least"] < 25 < plan["participants"]
    assert main([*words, "--pictures", "10"]) == 2
    assert "no number of people can show so small a difference" in capsys.readouterr().err
    assert main([*words, "--pictures", "1"]) == 2
    assert "between 2 and" in capsys.readouterr().err
    assert main([*words, "--picture-spread", "0"]) == 0
    assert "about these pictures alone" in capsys.readouterr().out
