"""Check that votes are never lost, counted twice or forged, and that no name of a method is sent."""

import dataclasses
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from benchmarks import postgresql
from study.collect.enrolment import Applicant, Recruited, enrol, invite, prepare
from study.collect.participation import (
    Answer,
    UnknownMedia,
    begin,
    cast_vote,
    media_picture,
    show_next_trial,
)
from study.database.store import Store
from study.manage.states import move
from study.records import Refused, Unavailable
from tests.support.stored_votes import stored_votes
from tests.support.study_world import METHODS, open_store, person, picture_of, shown, small_config, vote


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open the small study in SQLite and in PostgreSQL; every test runs in both."""
    folder = tmp_path_factory.mktemp("study")
    with postgresql.server() if request.param == "postgresql" else nullcontext() as url:
        opened = open_store(folder, url=url)
        yield opened
        opened.close()


def votes_of(store: Store) -> int:
    return len(stored_votes(store, "small"))


def test_a_participant_goes_through_the_whole_study(store: Store) -> None:
    token, before = enrol(store, "small"), votes_of(store)
    for number in range(1, 13):
        trial = shown(store, token)
        assert (trial.number, trial.total) == (number, 12)
        assert vote(store, token, trial, "LRT"[number % 3]) == "counted"
    assert show_next_trial(store, token) is None
    assert votes_of(store) == before + 12
    assert store.summary("small").completed >= 1


def test_reloading_shows_the_same_trial(store: Store) -> None:
    token = enrol(store, "small")
    assert shown(store, token) == shown(store, token)


def test_the_same_click_counts_once(store: Store) -> None:
    token = enrol(store, "small")
    trial, before = shown(store, token), votes_of(store)
    assert [vote(store, token, trial, "R", "click-1") for _ in range(3)] == [
        "counted",
        "repeated",
        "repeated",
    ]
    assert votes_of(store) == before + 1


def test_a_second_answer_to_a_trial_is_refused(store: Store) -> None:
    token = enrol(store, "small")
    trial = shown(store, token)
    vote(store, token, trial, "L")
    with pytest.raises(Refused, match="already answered"):
        vote(store, token, trial, "R")
    assert stored_votes(store, "small")[-1].outcome == "L"


def test_sixteen_simultaneous_clicks_are_one_vote(store: Store) -> None:
    token = enrol(store, "small")
    trial, before = shown(store, token), votes_of(store)

    def click(i: int) -> str:
        try:
            return vote(store, token, trial, "LR"[i % 2], f"race-{i % 4}")
        except Refused:
            return "refused"

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(click, range(16)))
    assert outcomes.count("counted") == 1
    assert votes_of(store) == before + 1


def test_foreign_forged_and_early_trials_are_refused(store: Store) -> None:
    mine, other = enrol(store, "small"), enrol(store, "small")
    foreign = shown(store, other).trial_token
    with store.transaction() as tx:
        me = tx.participant(hashlib.sha256(mine.encode()).hexdigest())
        assert me is not None
        early = tx.next_trial(me.id)
    assert early is not None and early.state == "planned"
    for trial_token in (foreign, "forged", "", early.token):
        with pytest.raises(Refused, match="not the one you were shown"):
            cast_vote(store, mine, Answer(trial_token, "L", str(uuid4())))


def test_an_unknown_participant_is_refused(store: Store) -> None:
    with pytest.raises(Refused, match="do not know"):
        show_next_trial(store, "nobody")
    with pytest.raises(Refused, match="not open"):
        enrol(store, "no-such-study")


@settings(max_examples=40, deadline=None)
@given(
    choice=st.text(max_size=4),
    uuid=st.text(max_size=80),
    rt=st.integers(-10, 10**9),
    kind=st.text(max_size=6),
)
def test_invalid_values_are_not_stored(store: Store, choice: str, uuid: str, rt: int, kind: str) -> None:
    token = enrol(store, "small")
    trial, before = shown(store, token), votes_of(store)
    with pytest.raises(Refused):
        cast_vote(store, token, Answer(trial.trial_token, choice, uuid, rt, kind))
    assert votes_of(store) == before


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "é"])
def test_text_that_no_database_takes_is_refused(store: Store, text: str) -> None:
    token = enrol(store, "small")
    trial = shown(store, token).trial_token
    with pytest.raises(Refused):
        show_next_trial(store, text)
    for trial_token, uuid in ((text, "good"), (trial, text)):
        with pytest.raises(Refused):
            cast_vote(store, token, Answer(trial_token, "L", uuid))
    with pytest.raises(UnknownMedia):
        media_picture(store, text)


def test_an_unknown_source_is_refused(store: Store) -> None:
    with pytest.raises(Refused, match="link"):
        enrol(store, "small", Applicant(source="nowhere"))


def test_the_same_click_from_sixteen_threads_is_never_refused(store: Store) -> None:
    token = enrol(store, "small")
    trial = shown(store, token)
    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(lambda _: vote(store, token, trial, "L", "one-" + token[:20]), range(16)))
    assert sorted(said) == ["counted"] + ["repeated"] * 15


def test_the_last_vote_completes_a_participant(store: Store) -> None:
    token, before = enrol(store, "small"), store.summary("small").completed
    for _ in range(12):
        vote(store, token, shown(store, token))
    assert store.summary("small").completed == before + 1


def test_ties_are_refused_where_the_study_has_none(tmp_path: Path) -> None:
    store = open_store(tmp_path, ties=False)
    token = enrol(store, "small")
    trial = shown(store, token)
    assert not trial.allow_tie
    with pytest.raises(Refused, match="one of the two"):
        vote(store, token, trial, "T")
    store.close()


def test_a_browser_gets_no_names(store: Store) -> None:
    trial = shown(store, enrol(store, "small"))
    told = json.dumps(dataclasses.asdict(trial))
    assert not any(name in told for name in (*METHODS, "scene", "small"))


def test_media_tokens_give_the_pictures_of_their_side(store: Store) -> None:
    trial = shown(store, enrol(store, "small"))
    left, right = picture_of(store, trial.left_media), picture_of(store, trial.right_media)
    assert left.is_file() and right.is_file() and left != right
    for token in ("", "../study.json", trial.trial_token):
        with pytest.raises(UnknownMedia):
            media_picture(store, token)


def test_a_picture_that_was_deleted_is_not_sent(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    trial = shown(store, enrol(store, "small"))
    picture_of(store, trial.left_media).unlink()
    with pytest.raises(Unavailable):
        picture_of(store, trial.left_media)
    store.close()


def test_media_tokens_differ_between_participants(store: Store) -> None:
    seen = {
        token
        for _ in range(4)
        for trial in [shown(store, enrol(store, "small"))]
        for token in (trial.left_media, trial.right_media)
    }
    assert len(seen) == 8


def test_the_same_claim_is_the_same_person_and_an_id_alone_is_not(store: Store) -> None:
    first = enrol(store, "small", person("p1"))
    vote(store, first, shown(store, first))
    again = enrol(store, "small", person("p1"))
    assert again == first and shown(store, again).number == 2
    with pytest.raises(Refused, match="another browser"):
        enrol(store, "small", person("p1", claim="of somebody who knows the id"))
    assert enrol(store, "small", person("p2")) != first
    with pytest.raises(ValueError, match="secret"):
        enrol(store, "small", Applicant("prolific", Recruited("p1"), "claim"))


def test_a_lost_response_to_an_enrolment_makes_no_second_participant(store: Store) -> None:
    claim = Applicant(claim="claim of this browser", secret="s")
    first, again = begin(store, prepare(store, "small"), claim), begin(store, prepare(store, "small"), claim)
    assert first == again and first.trial == shown(store, first.token)
    assert begin(store, prepare(store, "small"), Applicant(claim="another", secret="s")).token != first.token


def test_an_id_is_enough_where_the_study_allows_it(tmp_path: Path) -> None:
    config = small_config()
    anybody = config.participants.model_copy(update={"returning": "id"})
    config = config.model_copy(update={"participants": anybody})
    store = open_store(tmp_path, config=config)
    first = enrol(store, "small", person("p1"))
    assert enrol(store, "small", person("p1", claim="another browser")) == first
    assert enrol(store, "small", person("p2")) != first
    store.close()


def test_only_ids_of_the_list_enrol_where_there_is_one(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    early = enrol(store, "small", person("early"))
    assert invite(store, "small", ["p1\n", " p2", "", "p1"]) == 2
    assert invite(store, "small", ["p2", "p3"]) == 1
    for stranger in (person("p9"), Applicant()):
        with pytest.raises(Refused, match="list"):
            enrol(store, "small", stranger)
    assert enrol(store, "small", person("p3"))
    assert enrol(store, "small", person("early")) == early
    assert b"p1" not in (tmp_path / "votes.db").read_bytes()
    store.close()


def test_a_vote_and_the_next_pair_are_one_transaction(store: Store, commits: list[str]) -> None:
    step = begin(store, prepare(store, "small"), Applicant())
    commits.clear()
    for number in range(2, 13):
        assert step.trial is not None
        step = cast_vote(store, step.token, Answer(step.trial.trial_token, "L", str(uuid4())))
        assert step.trial is not None and step.trial.number == number
    assert commits == ["commit"] * 11
    assert step.trial == shown(store, step.token)


@pytest.fixture
def commits(store: Store) -> Iterator[list[str]]:
    """Count the committed transactions of the store."""
    found: list[str] = []

    def count(_connection: object) -> None:
        found.append("commit")

    event.listen(store.engine, "commit", count)
    yield found
    event.remove(store.engine, "commit", count)


@pytest.mark.parametrize("status", ["paused", "closed"])
def test_a_vote_in_a_stopped_study_counts_and_shows_no_other_trial(tmp_path: Path, status: Any) -> None:
    store = open_store(tmp_path)
    first = begin(store, prepare(store, "small"), Applicant())
    move(store, "small", None, status, "test")
    assert first.trial is not None
    step = cast_vote(store, first.token, Answer(first.trial.trial_token, "L", "u1"))
    assert (step.trial, step.stopped, step.counted) == (None, status, True)
    assert len(stored_votes(store, "small")) == 1
    store.close()


def test_the_block_of_a_participant_who_stopped_is_used_again(tmp_path: Path) -> None:
    """The next participant gets it; active and complete participants keep theirs."""
    now = datetime(2026, 1, 1, tzinfo=timezone.utc)
    opened = open_store(tmp_path)
    store, later = (
        Store(opened.engine, lambda: now),
        Store(opened.engine, lambda: now + timedelta(minutes=40)),
    )
    for token in [enrol(store, "small") for _ in range(3)][::2]:
        for _ in range(12):
            vote(store, token, shown(store, token))
    for _ in range(2):
        enrol(later, "small")
    with store.reading() as tx:
        blocks = tx.connection.execute(text("SELECT block, status FROM participant ORDER BY id")).all()
    assert blocks == [(0, "complete"), (None, "active"), (2, "complete"), (1, "active"), (3, "active")]
    opened.close()


CRASH = """
import os, signal, sys
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.database.store import Store
store = Store.open(sys.argv[1])
token = enrol(store, "small")
trial = show_next_trial(store, token)
cast_vote(store, token, Answer(trial.trial_token, "R", "last-click"))
print(token, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_vote_that_was_acknowledged_survives_sigkill(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    url = store.engine.url.render_as_string()
    store.close()
    ended = subprocess.run([sys.executable, "-c", CRASH, url], capture_output=True, text=True, check=False)
    assert ended.returncode == -9 and ended.stdout, ended.stderr
    reopened = Store.open(url)
    assert [v.outcome for v in stored_votes(reopened, "small")] == ["R"]
    assert shown(reopened, ended.stdout.strip()).number == 2
    reopened.close()
