"""Plan a study in which the best of three or four pictures is chosen."""

import json

import pytest

from study.__main__ import main

PLAN = ["plan", "--methods", "5", "--preference", "0.6", "--taste", "0.5", "--pictures", "60"]


def test_a_choice_of_the_best_saves_participants(capsys: pytest.CaptureFixture[str]) -> None:
    people = []
    for best_of in ("2", "3", "4"):
        assert main([*PLAN, "--best-of", best_of, "--json"]) == 0
        people.append(json.loads(capsys.readouterr().out)["participants"])
    assert people == sorted(people, reverse=True) and people[0] > people[2]


def test_the_text_counts_trials_with_each_pair(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PLAN, "--best-of", "3"]) == 0
    text = capsys.readouterr().out
    votes = int(next(line for line in text.splitlines() if line.startswith("votes ")).split()[1])
    assert "3, of which the best is chosen; worth 1.33 votes on pairs" in text
    assert f"trials with each pair    {votes * 3 / 10:.0f} " in text


@pytest.mark.parametrize(
    "more", [["--methods", "3", "--best-of", "4"], ["--best-of", "3", "--grades", "0.3"]]
)
def test_what_cannot_be_planned_is_refused(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PLAN, *more]) != 0
    assert "--best-of" in capsys.readouterr().err


def test_a_plan_states_what_an_adjustment_costs(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["plan", "--methods", "3", "--preference", "0.6", "--pictures", "100"]
    people = []
    for more in ([], ["--adjust", "0"], ["--adjust", "0.4"]):
        assert main([*words, *more, "--json"]) == 0
        people.append(json.loads(capsys.readouterr().out)["participants"])
    assert people[0] == people[1] < people[2]
    assert main([*words, "--adjust", "0.4"]) == 0
    assert "methods explain 40 %: a vote is worth 0.75 votes" in capsys.readouterr().out
    assert main([*words, "--adjust", "1"]) == 2
    assert "below 1" in capsys.readouterr().err
