"""Test the form of the fit of a table, and the reasons given where there are no scores."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.statistics.bradley_terry import Ties
from study.statistics.penalised import Penalty
from study.statistics.simulated_votes import Taste, draw_votes
from study.vote_files.fit import fit_table
from study.vote_files.fit_text import table_to_text
from study.vote_files.foreign_formats import read_table
from study.vote_files.read import VoteTable
from study.votes import Votes

CONTRACT = ("methods", "log_nu", "log_nu_se", "position", "position_se", "loglik", "status", "explain")


def table(votes: list[str], participants: str = "") -> VoteTable:
    """Return votes from left, right, outcome, such as "abL", and a letter for each participant."""
    names = sorted({letter for vote in votes for letter in vote[:2]})
    left, right = (np.array([names.index(vote[side]) for vote in votes], int) for side in (0, 1))
    outcome = np.array(["LRT".index(vote[2]) for vote in votes], int)
    who = np.array([ord(letter) for letter in participants]) if participants else None
    return VoteTable(tuple(names), Votes(left, right, outcome, participant=who))


def rated(participants: int = 30, **taste: Any) -> VoteTable:
    liking = Taste(np.linspace(-1, 1, 4), **taste)
    votes, item = draw_votes(
        liking, participants=participants, votes_each=20, items=15, rng=np.random.default_rng(0)
    )
    return VoteTable(("north", "east", "south", "west"), votes, item)


def test_the_form_of_the_result() -> None:
    found = fit_table(table(["baL", "abL", "abR", "baT"]))
    assert set(CONTRACT) <= set(found)
    assert list(found["methods"]) == ["a", "b"] and {"log_worth", "se_model"} <= set(found["methods"]["a"])
    assert sum(m["log_worth"] for m in found["methods"].values()) == pytest.approx(0)
    assert found["status"] == "ok" and found["position"] is None and found["log_nu_se"] > 0
    assert "se_cluster" not in found["methods"]["a"] and "who voted" in found["warnings"][0]


def test_all_numbers_of_a_complete_study() -> None:
    found = fit_table(rated(), position=True)
    assert found["warnings"] == [] and (found["votes"], found["participants"]) == (600, 30)
    for score in found["methods"].values():
        assert all(score[key] > 0 for key in ("se", "se_model", "se_cluster", "se_two_way", "quasi_se"))
        assert 1 <= score["rank_low"] <= score["rank_high"] <= 4 and 0 < score["preference"] < 1
    assert len(found["pairs"]) == 6 and all(p["low"] < p["difference"] < p["high"] for p in found["pairs"])
    assert found["position_se_cluster"] > 0 and 2.5 < found["critical"] < 3.2
    order = sorted(found["methods"], key=lambda name: found["methods"][name]["log_worth"])
    assert order == sorted(order, key=lambda name: found["rao_kupper"]["log_worths"][name])


def test_scores_in_just_objectionable_differences() -> None:
    """Three wins for each loss are 1 JOD; every method has the number of votes that it is in."""
    found = fit_table(table(["abL"] * 9 + ["abR"] * 3 + ["abT"] * 4))
    a, b = found["methods"]["a"], found["methods"]["b"]
    assert a["jod"] - b["jod"] == pytest.approx(1) and a["comparisons"] == b["comparisons"] == 16
    assert a["jod_se"] == pytest.approx(a["se"] / np.log(3))
    assert "+0.50" in table_to_text(found)


def test_counts_equal_repeated_rows() -> None:
    once = table(["abL", "abR"])
    counted = Votes(once.votes.left, once.votes.right, once.votes.outcome, np.array([3.0, 2.0]))
    assert fit_table(VoteTable(once.names, counted)) == fit_table(table(["abL"] * 3 + ["abR"] * 2))


def test_one_participant_has_no_clustered_error() -> None:
    found = fit_table(table(["abL", "abR"], "pp"))
    assert found["methods"]["a"]["se_cluster"] is None and found["methods"]["a"]["se_model"] > 0
    assert any("one participant" in warning for warning in found["warnings"])


def test_the_order_effect_uses_only_rows_with_sides() -> None:
    """Rows with sides prefer the left three to one, whatever it is; rows without sides have no preference."""
    votes = table(["abL"] * 6 + ["abR"] * 2 + ["baL"] * 6 + ["baR"] * 2 + ["abL"] * 4 + ["abR"] * 4).votes
    sides = Votes(votes.left, votes.right, votes.outcome, ordered=np.arange(24) < 16)
    found = fit_table(VoteTable(("a", "b"), sides), position=True)
    assert found["position"] == pytest.approx(np.log(3))
    assert found["position_se"] == pytest.approx(np.sqrt(1 / (16 * 0.75 * 0.25)), rel=1e-6)


DEGENERATE = {
    "no vote": ([], "no_votes", "no votes"),
    "one vote": (["abL"], "separated", "a is above everything"),
    "only ties": (["abT", "bcT", "caT"], "no_votes", "Every vote is a tie"),
    "undefeated": (["abL"] * 10 + ["bcL"] * 6 + ["bcR"] * 4, "separated", "a is above everything"),
    "never won": (["abR"] * 10 + ["bcL"] * 6 + ["bcR"] * 4, "separated", "a is below everything"),
    "unlinked groups": (["abL"] * 6 + ["abR"] * 4 + ["cdL"] * 6 + ["cdR"] * 4, "disconnected", "a, b | c, d"),
    "undefeated but for ties": (["abL"] * 10 + ["abT"] * 3, "separated", "a is above everything"),
}


@pytest.mark.parametrize("name", DEGENERATE)
@pytest.mark.parametrize("ties", ["davidson", "drop"])
def test_no_ranking_comes_with_a_reason_and_no_numbers(name: str, ties: Ties) -> None:
    votes, status, words = DEGENERATE[name]
    found = fit_table(table(votes), ties=ties)
    assert found["status"] == status and words in found["explain"] and found["warnings"] == [found["explain"]]
    assert all(value is None for score in found["methods"].values() for value in score.values())
    assert found["loglik"] is None and "critical" not in found


def test_ties_alone_give_no_errors_as_half_wins_either() -> None:
    found = fit_table(table(["abT"] * 100), ties="half")
    assert found["status"] == "no_votes" and found["methods"]["a"]["se_model"] is None


def test_bootstrap_errors_agree_with_clustered_errors() -> None:
    """Standard errors agree with those by participant within 17 %."""
    found = fit_table(rated(), replicates=400)
    drawn = found["bootstrap"]
    assert (drawn["replicates"], drawn["failed"]) == (400, 0)
    for name, score in found["methods"].items():
        own = drawn["methods"][name]
        assert own["se"] == pytest.approx(score["se_cluster"], rel=0.17)
        assert own["low"] < score["log_worth"] < own["high"]
    assert "400 bootstrap samples" in table_to_text(found) and "bootstrap" not in fit_table(rated())


def test_no_bootstrap_without_two_participants_or_a_ranking() -> None:
    unknown = fit_table(table(["abL", "abR"]), replicates=20)
    assert unknown["bootstrap"] is None and "No bootstrap" in table_to_text(unknown)
    assert "bootstrap" not in fit_table(table(["abL"], "p"), replicates=20)
    shaky = fit_table(table(["abL"] * 9 + ["abR"], "pqrstuvwxy"), replicates=60)["bootstrap"]
    assert 0.1 < shaky["failed"] < 0.7


def test_unlinked_groups_have_separate_scores() -> None:
    found = fit_table(table(DEGENERATE["unlinked groups"][0]))
    first, second = (group["methods"] for group in found["groups"])
    assert set(first) == {"a", "b"} and set(second) == {"c", "d"}
    assert first["a"]["log_worth"] - first["b"]["log_worth"] == pytest.approx(np.log(1.5))
    assert "Group 2, on a scale of its own" in table_to_text(found)


@pytest.mark.parametrize("penalty", ["firth", "phantom"])
def test_penalised_scores_are_given_on_request_and_labelled(penalty: Penalty) -> None:
    undefeated = table(DEGENERATE["undefeated"][0])
    assert "penalised" not in fit_table(undefeated)
    found = fit_table(undefeated, penalty=penalty)
    assert found["methods"]["a"]["log_worth"] is None and found["status"] == "separated"
    assert found["penalised"]["methods"]["a"]["log_worth"] > 1
    assert "order, not the distances" in found["penalised"]["label"]
    assert found["penalised"]["label"] in table_to_text(found)


def test_a_penalty_does_not_change_finite_scores() -> None:
    votes = table(["abL", "abR", "abT"])
    assert fit_table(votes, penalty="firth") == fit_table(votes)


def test_unreliable_numbers_give_warnings() -> None:
    """There are four participants, a method with one loss, and a pair without votes."""
    found = fit_table(table(["abL"] * 9 + ["abR"] + ["bcL"] * 6 + ["bcR"] * 4, "pqrs" * 5))
    warnings = " ".join(found["warnings"])
    assert found["status"] == "ok"
    assert "Only 4 participants" in warnings and "1 of 3 pairs were never compared" in warnings
    assert "Fewer than 3 losses: a." in warnings


def test_a_tenth_of_the_pairs_missing() -> None:
    full = rated(200).votes
    keep = np.abs(full.left - full.right) < 3  # the first never meets the last
    assert full.participant is not None
    part = Votes(full.left[keep], full.right[keep], full.outcome[keep], participant=full.participant[keep])
    found = fit_table(VoteTable(("a", "b", "c", "d"), part))
    assert found["status"] == "ok" and "1 of 6 pairs were never compared" in found["warnings"][0]
    worths = [score["log_worth"] for score in found["methods"].values()]
    assert worths == pytest.approx(np.linspace(-1, 1, 4), abs=0.2)


def test_text_has_the_best_first_and_warnings_above() -> None:
    lines = table_to_text(fit_table(rated(8), position=True)).splitlines()
    assert lines[0].startswith("! Only 8 participants")
    assert [line.split()[0] for line in lines[2:6]] == ["west", "south", "east", "north"]
    assert any(line.startswith("order effect") for line in lines) and any(
        "Rao and Kupper" in line for line in lines
    )


letters = st.sampled_from(["abL", "abR", "abT", "baL", "bcL", "bcR", "caT", "cdL", "dcL", "daT", "acR"])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(letters, max_size=12),
    st.sampled_from(["davidson", "half", "drop"]),
    st.booleans(),
    st.sampled_from([None, "firth", "phantom"]),
    st.integers(0, 3),
)
def test_any_table_gives_finite_numbers_or_a_reason(
    votes: list[str], ties: Ties, position: bool, penalty: Penalty | None, participants: int
) -> None:
    people = "".join("pqr"[i % participants] for i in range(len(votes))) if participants else ""
    found = fit_table(table(votes, people), ties=ties, position=position, penalty=penalty)
    json.dumps(found, allow_nan=False)
    assert table_to_text(found) and (found["status"] == "ok" or found["warnings"])
    for score in found["methods"].values():
        known = [score[key] is not None for key in ("log_worth", "se_model")]
        assert known == [found["status"] == "ok"] * 2


def test_counts_far_larger_than_others_are_refused() -> None:
    """Beside 10¹⁴ votes, a few votes have no numerical effect."""
    votes = table(["abL", "abR", "bcL", "cbL"]).votes
    counted = Votes(votes.left, votes.right, votes.outcome, np.array([1e14, 1e13, 3, 2]))
    found = fit_table(VoteTable(("a", "b", "c"), counted))
    assert found["status"] == "separated" and "so much larger" in found["explain"]


def graded_table(tmp_path: Path, grades: str = "12") -> Path:
    """Return a file of votes on three methods, of which a large preference has the second grade."""
    rng, lines = np.random.default_rng(3), ["participant,item,left,right,outcome,grade"]
    for n in range(400):
        left, right = rng.permutation(3)[:2]
        felt = 0.8 * (left - right) + rng.logistic()
        outcome = "T" if abs(felt) < 0.3 else "L" if felt > 0 else "R"
        grade = "" if outcome == "T" else grades[int(abs(felt) > 1.2)]
        lines.append(f"p{n % 16},i{n % 13},{'abc'[left]},{'abc'[right]},{outcome},{grade}")
    path = tmp_path / "votes.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_grades_are_a_second_analysis(tmp_path: Path) -> None:
    table = read_table(graded_table(tmp_path))
    found = fit_table(table)
    assert table.grade is not None and set(found["graded"]["votes"]) == {"1", "2"}
    assert sum(found["graded"]["votes"].values()) == (table.votes.outcome != 2).sum()
    assert (
        found["graded"]["thresholds"] == pytest.approx([0.3, 1.2], abs=0.25) and found["graded"]["worth"] > 1
    )
    plain = fit_table(replace(table, grade=None))
    assert {key: value for key, value in found.items() if key != "graded"} == plain
    lines = table_to_text(found).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("With grades: "))
    assert "narrow the differences" in lines[start]
    assert [line.split()[0] for line in lines[start + 1 : start + 4]] == ["c", "b", "a"]
    assert "graded" not in fit_table(table, ties="drop")


@pytest.mark.parametrize("grades", ["11", "  "])
def test_one_grade_adds_nothing(tmp_path: Path, grades: str) -> None:
    assert "graded" not in fit_table(read_table(graded_table(tmp_path, grades)))


def test_a_column_of_other_grades_is_not_used(tmp_path: Path) -> None:
    table = read_table(graded_table(tmp_path, "AB"))
    assert table.grade is None and "column 'grade' is not used" in " ".join(table.warnings)
