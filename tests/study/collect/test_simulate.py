"""Check that simulated raters follow Davidson's model, act like people, and are never mixed with them."""

import math
import re
from collections import Counter
from pathlib import Path
from random import Random
from uuid import uuid4

import numpy as np
import pytest

from study.__main__ import main
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.collect.simulate import Preferences, Raters, draw_grade, draw_outcome, simulate_raters
from study.config.recruiting import Participants
from study.config.tables import Analysis, Stopping
from study.database.responses.load_responses import read_study
from study.records import BadStudy
from study.report.build import build_report, report_of
from study.vote_files.dataframe import frame_of
from tests.support.stored_votes import stored_votes
from tests.support.study_world import METHODS, add_rules, open_store, small_config

WORTHS = dict(zip(METHODS, (-1.5, -0.5, 0.5, 1.5), strict=True))


def test_outcomes_are_as_frequent_as_in_the_model() -> None:
    """Log-worths 1 and 0 and log nu 0 give shares e, 1 and sqrt(e) of left, right and tie."""
    drawn = Counter(draw_outcome(1.0, 0.0, 0.0, rng) for rng in [Random(1)] for _ in range(20_000))
    total = math.e + 1 + math.exp(0.5)
    for outcome, share in (("L", math.e), ("R", 1.0), ("T", math.exp(0.5))):
        assert abs(drawn[outcome] / 20_000 - share / total) < 0.015


def test_simulated_votes_are_marked_and_balanced(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert simulate_raters(store, "small", Preferences(WORTHS), Raters(6, 12, 1)) == 72
    study = store.summary("small")
    assert study.participants == study.completed == 6
    assert {vote.source for vote in stored_votes(store, "small")} == {"simulated"}
    pairs = Counter(frozenset((vote.left, vote.right)) for vote in stored_votes(store, "small"))
    assert max(pairs.values()) - min(pairs.values()) <= 1 and len(pairs) == 6
    store.close()


def test_raters_answer_gold_pairs_practice_and_repeats_on_the_way(tmp_path: Path) -> None:
    """They choose the better side of gold pairs; only comparisons count as requested votes."""
    store = open_store(tmp_path)
    add_rules(store, gold=3, practice=2, repeats=2)
    assert simulate_raters(store, "small", Preferences(WORTHS), Raters(8, 12, 1)) == 96
    study, kinds = store.summary("small"), frame_of(read_study(store, "small"), everything=True)
    assert study.completed == 8 and len(stored_votes(store, "small")) == 96
    assert Counter(kinds["kind"]) == {"main": 96, "gold": 24, "repeat": 16}
    gold = kinds[kinds["kind"] == "gold"]
    assert (gold["outcome"].astype(str) == gold["expected"].astype(str)).mean() > 0.75
    store.close()


def test_a_simulation_is_analysed_on_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = {"participants": Participants(target=20), "stopping": Stopping(looks=[0.5, 1.0])}
    open_store(tmp_path, items=12, config=small_config().model_copy(update=plan)).close()
    size = ["--participants", "20", "--votes", "12", "--seed", "1"]
    database = ["--database", f"sqlite:///{tmp_path / 'votes.db'}"]
    assert main(["simulate", *size, "--look-every", "6", *database]) == 0
    *looks, done = capsys.readouterr().out.splitlines()
    assert done == "240 simulated votes by 20 raters in small"
    assert [line.split(":")[0].strip() for line in looks] == [
        "6 raters, at any look",
        "10 raters, planned analysis 1",
        "12 raters, at any look",
        "18 raters, at any look",
        "20 raters, planned analysis 2",
    ]
    assert "no scores yet" in looks[0] and "is best." in looks[4]
    first, last = (float(re.findall(r"beyond ([\d.]+) standard", looks[at])[0]) for at in (1, 4))
    assert first > 6 > 4 > last


def test_raters_with_fewer_votes_stop_early(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    add_rules(store, gold=3, practice=2, repeats=1)
    assert simulate_raters(store, "small", Preferences(WORTHS), Raters(2, 5, 1)) == 10
    assert store.summary("small").completed == 0 and len(stored_votes(store, "small")) == 10
    store.close()


def test_a_seed_gives_the_same_answers_and_can_be_used_again(tmp_path: Path) -> None:
    answers = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        store = open_store(tmp_path / name)
        for _ in range(2):
            simulate_raters(store, "small", Preferences(WORTHS), Raters(3, 12, 7))
        answers.append([(vote.left, vote.outcome, vote.rt_ms) for vote in stored_votes(store, "small")])
        store.close()
    assert answers[0] == answers[1] and len(answers[0]) == 72
    assert [one[1] for one in answers[0][:8]] == list("RRLLTRLL"), "as in earlier releases"


def test_raters_stop_where_their_trials_end(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert simulate_raters(store, "small", Preferences(WORTHS), Raters(1, 99, 1)) == 12
    store.close()


@pytest.mark.parametrize(("participants", "votes"), [(0, 5), (2, 0), (2, -3)])
def test_no_participants_or_no_votes_are_refused(tmp_path: Path, participants: int, votes: int) -> None:
    store = open_store(tmp_path)
    with pytest.raises(BadStudy, match="at least one rater"):
        simulate_raters(store, "small", Preferences(WORTHS), Raters(participants, votes))
    store.close()


def test_simulated_votes_are_never_mixed_with_those_of_people(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    token = enrol(store, "small")
    trial = show_next_trial(store, token)
    assert trial is not None
    cast_vote(store, token, Answer(trial.trial_token, "L", str(uuid4())))
    with pytest.raises(BadStudy, match="another database"):
        simulate_raters(store, "small", Preferences(WORTHS), Raters(1, 1))
    store.close()


@pytest.mark.parametrize("name", ["view_zoom", "rt_ms"])
def test_a_report_recovers_the_effect_of_a_covariate_that_was_fixed_beforehand(
    tmp_path: Path, name: str
) -> None:
    """Draw answers of which the side depends on the covariate: the report adjusts for it by itself."""
    config = small_config(votes=12).model_copy(update={"analysis": Analysis(covariates=[name])})
    store = open_store(tmp_path, items=6, config=config)
    simulate_raters(store, "small", Preferences(WORTHS, covariate=name, effect=0.6), Raters(60, 12, 3))
    adjusted = build_report(store, "small").details.adjusted
    data = read_study(store, "small")
    store.close()
    assert adjusted is not None and adjusted.votes == 720
    (effect,) = adjusted.effects
    assert effect.name == name.removeprefix("view_") and effect.p < 0.01
    assert abs(effect.effect - 0.6) < 2.5 * effect.se and effect.se < 0.15
    truth = np.array(list(WORTHS.values())) - np.mean(list(WORTHS.values()))
    errors = [
        (one.log_worth - true) / one.se for one, true in zip(adjusted.methods.scores, truth, strict=True)
    ]
    assert np.abs(errors).max() < 3
    assert report_of(data, covariates=()).details.adjusted is None


def test_covariates_that_are_not_stored_are_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with pytest.raises(BadStudy, match="one of rt_ms, view_zoom"):
        simulate_raters(store, "small", Preferences(WORTHS, covariate="brightness"), Raters(1, 1))
    store.close()


def test_grades_are_as_frequent_as_in_the_model() -> None:
    """The probability of much better is that of a cumulative logit, given that the method is better."""
    for advantage, share in ((0.0, 0.3), (1.2, None), (-1.2, None)):
        threshold = math.log(2 / 0.3 - 1)
        better, much = (1 / (1 + math.exp(limit - advantage)) for limit in (0, threshold))
        drawn = Counter(draw_grade(advantage, 0.3, rng) for rng in [Random(1)] for _ in range(20_000))
        assert abs(drawn[2] / 20_000 - much / better) < 0.015
        assert share is None or much / better == pytest.approx(share)


def test_a_graded_study_gets_grades_and_keeps_its_votes(tmp_path: Path) -> None:
    outcomes = []
    for answers in ("three", "graded"):
        (tmp_path / answers).mkdir()
        store = open_store(tmp_path / answers, config=small_config(votes=12, answers=answers))
        simulate_raters(store, "small", Preferences(WORTHS), Raters(6, 12, 1))
        outcomes.append([vote.outcome for vote in stored_votes(store, "small")])
        details = read_study(store, "small").details
        store.close()
    assert outcomes[0] == outcomes[1] and details is not None
    decided = [outcome != "T" for outcome in outcomes[1]]
    assert [grade in (1, 2) for grade in details.grade.tolist()] == decided
    assert {1, 2} <= set(details.grade.tolist())
