"""Run random sequences of requests of several participants; check the rules of the study after each step."""

import os
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule
from sqlalchemy import text

from study.collect.enrolment import enrol, expire, hash_token
from study.collect.participation import Answer, cast_vote, resume, show_next_trial, undo, withdraw
from study.database.store import Store
from study.database.transaction import ACTIVE
from study.records import Ended, Refused, TrialView
from tests.support.study_world import add_rules, open_store, person

# Files in memory, where possible: thousands of transactions would wait for a disk.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
TRIALS, HOURS = 4, 2  # three comparisons and a gold pair; time after which nobody can go on
HOLDERS = """
SELECT p.block, p.status, low.method_id, high.method_id, t.left_stim = r.stim_lo
FROM participant p JOIN trial t ON t.participant_id = p.id JOIN pair r ON t.pair_id = r.id
JOIN stimulus low ON r.stim_lo = low.id JOIN stimulus high ON r.stim_hi = high.id
WHERE p.block IS NOT NULL AND r.kind = 'main'
"""


@dataclass
class Person:
    """Hold the expected state of a participant: answers that count, and the time of the last request.

    block: of the design, None after it was given to another participant. taken_back: the last answer was.
    """

    seen: datetime
    block: int | None
    answers: list[tuple[str, str, str]] = field(default_factory=list)  # trial, outcome, client's id
    taken_back: bool = False
    ended: bool = False

    @property
    def complete(self) -> bool:
        return len(self.answers) == TRIALS


@pytest.fixture(scope="module", autouse=True)
def _empty(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Make a database without participants, to be copied: making one takes longer than thirty steps."""
    folder = tmp_path_factory.mktemp("study")
    store = open_store(folder, votes=3, items=2)
    add_rules(store, gold=1, resume_hours=HOURS)
    store.close()
    Participants.empty = folder / "votes.db"
    Adaptively.empty = folder / "adaptive" / "votes.db"
    Adaptively.empty.parent.mkdir()
    shutil.copy(Participants.empty, Adaptively.empty)
    store = Store.open(f"sqlite:///{Adaptively.empty}")
    with store.transaction() as tx:
        tx.connection.execute(text("UPDATE study SET allocation = 'adaptive', pair_minimum = 3"))
    store.close()


class Participants(RuleBasedStateMachine):
    """Send requests as several participants, with one clock."""

    empty: Path
    people = Bundle("people")

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 1, 1, tzinfo=timezone.utc)
        self.known: dict[str, Person] = {}
        self.named: dict[str, str] = {}
        self.clicks = 0
        self.data = Path(tempfile.mkdtemp(dir=MEMORY))
        shutil.copy(self.empty, self.data)
        self.store = Store.open(f"sqlite:///{self.data / 'votes.db'}", lambda: self.now)

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.data)

    # ------------------------------------------------------------------ rules

    @rule(target=people, number=st.integers(1, 3))
    def enrol(self, number: int) -> Any:
        return multiple(*(self.add(enrol(self.store, "small")) for _ in range(number)))

    @rule(target=people, name=st.sampled_from("ab"))
    def enrol_by_name(self, name: str) -> Any:
        token = enrol(self.store, "small", person(name))
        again = name in self.named
        assert self.named.setdefault(name, token) == token
        return multiple() if again else self.add(token)

    def add(self, token: str) -> str:
        assert token not in self.known
        self.known[token] = Person(self.now, self.block_for_the_next())
        return token

    def block_for_the_next(self) -> int:
        """Return the first block whose participant stopped, else a new one."""
        holders = [person for person in self.known.values() if person.block is not None]
        away = [p for p in holders if not p.complete and (p.ended or p.seen < self.now - ACTIVE)]
        if not away:
            return max((p.block for p in holders if p.block is not None), default=-1) + 1
        first = min(away, key=lambda p: p.block or 0)
        block, first.block = first.block, None
        assert block is not None
        return block

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(token=people, choices=st.sampled_from(["L", "RT", "TRL", "LLRR"]))
    def vote(self, token: str, choices: str) -> None:
        for choice in choices:
            self.answer(token, choice)

    def answer(self, token: str, choice: str) -> None:
        person, trial = self.known[token], self.show(token)
        if trial is not None:
            self.clicks += 1
            uuid = str(self.clicks)
            assert self.cast(token, trial.trial_token, choice, uuid)
            person.answers.append((trial.trial_token, choice, uuid))
            person.taken_back = False

    @rule(token=people)
    def replay(self, token: str) -> None:
        """Send every answer again, with the same id and with another: nothing changes."""
        person = self.known[token]
        for trial, choice, uuid in list(person.answers):
            if self.may_go_on(token):
                assert not self.cast(token, trial, choice, uuid)
                with pytest.raises(Refused, match="already answered"):
                    cast_vote(self.store, token, Answer(trial, choice, "other"))

    @rule(token=people, other=people)
    def vote_on_a_trial_of_another(self, token: str, other: str) -> None:
        theirs = self.show(other)
        if theirs is not None and token != other and self.may_go_on(token):
            with pytest.raises(Refused, match="not the one you were shown"):
                cast_vote(self.store, token, Answer(theirs.trial_token, "L", "other"))

    @rule(token=people, first=st.booleans())
    def undo(self, token: str, first: bool) -> None:
        """Take back the last answer; `first`: after giving another."""
        if first:
            self.answer(token, "L")
        person = self.known[token]
        if not self.may_go_on(token):
            return
        if person.complete or not person.answers or person.taken_back:
            with pytest.raises(Refused):
                undo(self.store, token)
            return
        undo(self.store, token)
        trial, choice, uuid = person.answers.pop()
        person.taken_back, person.seen = True, self.now
        assert not self.cast(token, trial, choice, uuid)
        with pytest.raises(Refused, match="Only the last"):
            undo(self.store, token)

    @rule(token=people)
    def resume(self, token: str) -> None:
        if self.may_go_on(token):
            resume(self.store, token, returning=True)
            self.known[token].seen = self.now

    @rule(token=people)
    def withdraw(self, token: str) -> None:
        person = self.known[token]
        assert withdraw(self.store, token) == len(person.answers)
        person.answers.clear()
        person.ended = True

    @rule()
    def expire(self) -> None:
        expire(self.store, "small")

    # ------------------------------------------------------------ what is true

    def may_go_on(self, token: str) -> bool:
        """Return False for participants who withdrew or were away, after checking that they are refused."""
        person = self.known[token]
        away = not person.complete and person.seen < self.now - timedelta(hours=HOURS)
        if not (person.ended or away):
            return True
        person.ended = True
        with pytest.raises(Ended):
            show_next_trial(self.store, token)
        return False

    def show(self, token: str) -> TrialView | None:
        if not self.may_go_on(token):
            return None
        person, trial = self.known[token], show_next_trial(self.store, token)
        assert (trial is None) == person.complete
        if trial is not None:
            person.seen = self.now
            assert (trial.number, trial.total) == (len(person.answers) + 1, TRIALS)
            assert trial.can_undo == (bool(person.answers) and not person.taken_back)
        return trial

    def cast(self, token: str, trial: str, choice: str, uuid: str) -> bool:
        """Cast a vote; return False where the same click was stored before."""
        return cast_vote(self.store, token, Answer(trial, choice, uuid)).counted

    def rows(self, query: str) -> list[Any]:
        with self.store.reading() as tx:
            return [tuple(row) for row in tx.connection.execute(text(query))]

    @invariant()
    def the_answers_are_those_that_were_given(self) -> None:
        stored = self.rows("SELECT t.token, v.outcome FROM vote v JOIN trial t ON v.trial_id = t.id")
        given = [answer[:2] for person in self.known.values() for answer in person.answers]
        assert sorted(stored) == sorted(given)

    @invariant()
    def nobody_sees_a_pair_of_pictures_twice(self) -> None:
        assert not self.rows("SELECT 1 FROM trial GROUP BY participant_id, pair_id HAVING count(*) > 1")

    @invariant()
    def every_block_has_the_participant_that_it_should(self) -> None:
        held = {hash_token(token): (p.block, p.complete) for token, p in self.known.items()}
        found = self.rows("SELECT token_hash, block, status = 'complete' FROM participant")
        assert {who: (block, bool(complete)) for who, block, complete in found} == held
        blocks = sorted(block for block, _ in held.values() if block is not None)
        assert blocks == list(range(len(blocks)))

    @invariant()
    def what_is_planned_is_balanced(self) -> None:
        found = self.rows(HOLDERS)
        blocks = {row[0] for row in found}
        if blocks != set(range(len(blocks))):
            return  # a participant in between withdrew, and nobody took the block yet
        sides = Counter((low, high, bool(left)) for _, _, low, high, left in found)
        every = list(combinations(range(1, 5), 2)) if found else []
        total = [sides[a, b, True] + sides[a, b, False] for a, b in every]
        assert max(total, default=0) - min(total, default=0) <= 1
        assert all(abs(sides[a, b, True] - sides[a, b, False]) <= 1 for a, b in every)


class Adaptively(Participants):
    """Do the same with adaptive allocation: blocks have participants, but no fixed pairs."""

    empty: Path

    @invariant()
    def what_is_planned_is_balanced(self) -> None:
        """Check the first participant only, whose pairs are those with the fewest planned comparisons."""
        if len(self.known) == 1:
            assert len({row[2:4] for row in self.rows(HOLDERS)}) in (0, TRIALS - 1)


STEPS = settings(
    max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestParticipants = Participants.TestCase
TestParticipants.settings = STEPS
TestAdaptively = Adaptively.TestCase
TestAdaptively.settings = settings(STEPS, max_examples=10)
