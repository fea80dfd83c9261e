"""Take part in a study of three or four pictures at a time: nothing is lost, doubled or left behind."""

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select, text

from benchmarks import postgresql
from study.collect.ending import read_choices
from study.collect.enrolment import Applicant, enrol
from study.collect.participation import Answer, cast_vote, show_next_trial, undo, withdraw
from study.collect.preregistration import preregistration, to_markdown
from study.collect.simulate import Preferences, Raters, draw_choice, simulate_raters
from study.collect.validate import check_study
from study.database.organizer_queries import delete_participants
from study.database.responses.load_responses import read_study
from study.database.schema import FurtherPicture, Trial, VoteRow
from study.database.store import Store
from study.manage.monitor import monitor
from study.manage.people import people, reject
from study.manage.states import close
from study.records import Refused
from study.vote_files.rankings import choices_of, rankings_of
from study.votes import NONE
from tests.support.study_world import (
    METHODS,
    add_rules,
    answer_all,
    open_store,
    person,
    picture_of,
    shown,
    small_config,
    small_study,
    vote,
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open a study of four methods, three at a time, with gold pairs and practice."""
    folder = tmp_path_factory.mktemp("study")
    with postgresql.server() if request.param == "postgresql" else nullcontext() as url:
        opened = open_store(folder, url=url, config=small_config(pictures=3), items=6)
        add_rules(opened, gold=2)
        yield opened
        opened.close()


@pytest.fixture
def four(tmp_path: Path) -> Iterator[Store]:
    """Open a study in which all four methods are shown at a time."""
    opened = open_store(tmp_path, config=small_config(pictures=4, votes=5, ties=False), items=5)
    yield opened
    opened.close()


def count(store: Store, table: type[FurtherPicture | VoteRow | Trial]) -> int:
    with store.reading() as tx:
        return tx.connection.execute(select(func.count()).select_from(table)).scalar_one()


def next_set(store: Store, token: str) -> None:
    """Answer gold pairs until a set of pictures is shown."""
    while not shown(store, token).further_media:
        vote(store, token, shown(store, token))


def test_a_trial_shows_three_pictures_of_one_scene(store: Store) -> None:
    token = enrol(store, "small", person("looks"))
    next_set(store, token)
    trial = shown(store, token)
    media = (trial.left_media, trial.right_media, *trial.further_media)
    files = {picture_of(store, one) for one in media}
    assert len(set(media)) == len(files) == 3
    assert len({path.stat().st_size for path in files}) == 1  # the length of a file names no method
    while (upcoming := shown(store, token).upcoming) is not None:
        vote(store, token, shown(store, token), "1" if shown(store, token).further_media else "L")
        now = shown(store, token)
        assert upcoming.media == tuple(sorted((now.left_media, now.right_media, *now.further_media)))


def test_a_choice_is_stored_once_and_only_a_position_that_is_shown(store: Store) -> None:
    token = enrol(store, "small", person("once"))
    next_set(store, token)
    trial = shown(store, token)
    for wrong in ("L", "R", "4", "5", ""):
        with pytest.raises(Refused):
            vote(store, token, trial, wrong)
    before = count(store, VoteRow)
    answer = Answer(trial.trial_token, "3", "the same click")
    assert cast_vote(store, token, answer).counted
    assert not cast_vote(store, token, answer).counted
    with pytest.raises(Refused) as refused:
        vote(store, token, trial, "2")
    assert refused.value.code == "already_answered"
    assert count(store, VoteRow) == before + 1
    with store.reading() as tx:
        stored = tx.connection.scalar(select(VoteRow.outcome).where(VoteRow.client_uuid == "the same click"))
    assert stored == "3"


def test_a_pair_takes_no_position(store: Store) -> None:
    token = enrol(store, "small", person("gold"))
    while shown(store, token).further_media:
        vote(store, token, shown(store, token), "2")
    with pytest.raises(Refused):
        vote(store, token, shown(store, token), "1")


def test_a_choice_can_be_taken_back(store: Store) -> None:
    token = enrol(store, "small", person("undo"))
    next_set(store, token)
    trial = shown(store, token)
    vote(store, token, trial, "1", "first click")
    back = undo(store, token).trial
    assert back is not None and back.further_media == trial.further_media
    assert not cast_vote(store, token, Answer(trial.trial_token, "1", "first click")).counted
    vote(store, token, trial, "T")
    assert read_study(store, "small").choices is not None


def test_a_withdrawal_and_a_pilot_leave_nothing_behind(store: Store) -> None:
    before = count(store, FurtherPicture), count(store, Trial), count(store, VoteRow)
    token = enrol(store, "small", person("leaves"))
    next_set(store, token)
    vote(store, token, shown(store, token), "2")
    assert count(store, FurtherPicture) == before[0] + 12
    withdraw(store, token)
    assert (count(store, FurtherPicture), count(store, Trial), count(store, VoteRow)) == before
    with store.transaction() as tx:  # as `pilot --delete` does
        enrolled = tx.connection.execute(text("SELECT count(*) FROM participant")).scalar_one()
        tx.connection.execute(text("UPDATE participant SET phase = 'pilot'"))
        assert delete_participants(tx, tx.study("small").id, "pilot") == enrolled
    assert count(store, FurtherPicture) == count(store, Trial) == 0


def test_the_table_of_rankings_has_every_choice(four: Store) -> None:
    tokens = [enrol(four, "small", person(f"p{n}")) for n in range(4)]
    for token, choice in zip(tokens, "1234", strict=True):
        trials = answer_all(four, token, choice)
        assert len(trials) == 5 and all(len(trial.further_media) == 2 for trial in trials)
    data = read_study(four, "small")
    assert data.choices is not None and len(data.responses) == 0 and not data.simulated
    table = rankings_of(data)
    assert list(table.columns[:6]) == ["participant", "item", "trial", "method", "position", "rank"]
    assert len(table) == 4 * 5 * 4 and table["trial"].nunique() == 20
    assert (table.groupby("trial")["method"].nunique() == 4).all()
    best = table[table["rank"] == 1]
    assert (best["position"] == best["participant"]).all()  # person n chose position n
    assert Counter(table["rank"]) == {1: 20, 2: 60}
    again = choices_of(table.astype(str), METHODS, data.items)
    for name in ("participant", "item", "methods", "chosen", "rt_ms", "at", "inputs"):
        assert np.array_equal(getattr(again, name), getattr(data.choices, name)), name


def test_positions_are_balanced_over_participants(four: Store) -> None:
    for number in range(4):
        answer_all(four, enrol(four, "small", person(f"p{number}")), "1")
    choices = read_study(four, "small").choices
    assert choices is not None
    places = Counter((place, m) for row in choices.methods.tolist() for place, m in enumerate(row))
    assert set(places.values()) == {5}
    assert all(sorted(row) == [0, 1, 2, 3] for row in choices.methods.tolist())


def test_no_difference_is_refused_where_it_is_not_offered(four: Store) -> None:
    token = enrol(four, "small", person("tie"))
    with pytest.raises(Refused) as refused:
        vote(four, token, shown(four, token), "T")
    assert refused.value.code == "no_ties"


def test_the_monitor_counts_every_pair_of_a_set(four: Store) -> None:
    answer_all(four, enrol(four, "small", person("a")), "2")
    seen = monitor(four, "small", 1)
    assert seen.votes == 5
    assert seen.coverage == [[0 if a == b else 5 for a in range(4)] for b in range(4)]
    assert (seen.fewest, seen.most) == (1, 1)


def test_own_choices_show_all_pictures(four: Store) -> None:
    token = enrol(four, "small", person("a"))
    trials = answer_all(four, token, "4")
    close(four, "small", 1, "anna")
    found = read_choices(four, token, "small")
    assert [one.outcome for one in found] == ["4"] * 5
    assert [(one.left, one.right, *one.further) for one in found] == [
        (trial.left_media, trial.right_media, *trial.further_media) for trial in trials
    ]


def test_simulated_raters_choose_by_luces_rule(four: Store) -> None:
    worths = dict(zip(METHODS, (0.0, 0.5, 1.0, 1.5), strict=True))
    assert simulate_raters(four, "small", Preferences(worths), Raters(200, 5, seed=3)) == 1000
    data = read_study(four, "small")
    assert data.choices is not None and data.simulated and (data.choices.chosen != NONE).all()
    chosen = data.choices.methods[np.arange(1000), data.choices.chosen]
    expected = np.exp(list(worths.values())) / np.exp(list(worths.values())).sum()
    shares = np.bincount(chosen, minlength=4) / 1000
    assert np.abs(shares - expected).max() < 4 * np.sqrt(0.25 / 1000)


def test_equal_worths_tie_with_the_weight_of_one_method() -> None:
    from random import Random

    rng = Random(1)
    drawn = Counter(draw_choice([0.3, 0.3, 0.3], 0.0, rng) for _ in range(4000))
    assert all(abs(drawn[choice] / 4000 - 0.25) < 0.03 for choice in ("1", "2", "3", "T"))


def test_practice_has_as_many_pictures(tmp_path: Path) -> None:
    config = small_config(pictures=3)
    stimuli = config.stimuli.model_copy(update={"practice": ["scene4", "scene5"]})
    table = config.trials.model_copy(update={"practice": 2})
    config = config.model_copy(update={"stimuli": stimuli, "trials": table})
    store = open_store(tmp_path, config=config, items=6)
    token = enrol(store, "small")
    trials = answer_all(store, token, "1")
    assert [trial.practice for trial in trials[:3]] == [True, True, False]
    assert {len(trial.further_media) for trial in trials} == {1}
    data = read_study(store, "small")
    assert data.choices is not None and len(data.choices) == 12
    assert data.choices.item.max() <= 3


def test_no_participant_gets_a_set_of_a_scene_twice(store: Store) -> None:
    for number in range(3):
        token = enrol(store, "small", person(f"many{number}"))
        while (trial := show_next_trial(store, token)) is not None:
            vote(store, token, trial, "1" if trial.further_media else "L")
    choices = read_study(store, "small").choices
    assert choices is not None
    rows = zip(choices.participant.tolist(), choices.item.tolist(), choices.methods.tolist(), strict=True)
    seen = Counter((who, item, frozenset(methods)) for who, item, methods in rows)
    assert max(seen.values()) == 1
    pairs = Counter(pair for _, _, methods in seen for pair in combinations(sorted(methods), 2))
    assert max(pairs.values()) - min(pairs.values()) <= 2


def test_the_registration_and_the_check_describe_the_sets(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "small", items=6, config=small_config(pictures=3))
    assert not [one for one in check_study(folder) if one.level == "error"]
    text = to_markdown(preregistration(folder))
    assert "12 sets of 3 pictures of one composite" in text and "uneven a choice of sides" not in text
    assert "Plackett-Luce" in text and "Davidson" not in text


def test_a_rehearsal_shows_sets_and_counts_nowhere(four: Store) -> None:
    token = enrol(four, "small", Applicant(phase="rehearsal"))
    assert [len(trial.further_media) for trial in answer_all(four, token, "1")] == [2] * 5
    choices = read_study(four, "small").choices
    assert choices is not None and len(choices) == 0
    assert monitor(four, "small", 1).votes == 0


def test_a_rejected_place_is_given_again_with_the_same_sets(four: Store) -> None:
    answer_all(four, enrol(four, "small", person("first")), "1")
    before = read_study(four, "small").choices
    reject(four, "small", 1, people(four, "small")[0].code, "anna", "careless")
    assert before is not None and len(read_study(four, "small").choices or []) == 0
    answer_all(four, enrol(four, "small", person("second")), "2")
    after = read_study(four, "small").choices
    assert after is not None and np.array_equal(after.methods, before.methods)
    assert np.array_equal(after.item, before.item) and set(after.chosen.tolist()) == {1}
