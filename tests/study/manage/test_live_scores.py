"""Compare scores that are kept up to date with fits of everything that is stored."""

import contextlib
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from study.collect.enrolment import enrol
from study.collect.participation import show_next_trial, undo, withdraw
from study.collect.simulate import Preferences, Raters, simulate_raters
from study.database import pair_queries
from study.database.responses.load_responses import read_study
from study.database.schema import Participant, VoteRow
from study.database.store import Store
from study.manage.live_scores import SETTLED, LiveBoards, LiveScores
from study.manage.people import reject, restore, set_aside_pilot
from study.manage.states import open_folder
from study.records import BadStudy, Refused
from study.statistics.bradley_terry import fit, tabulate
from tests.support.study_world import METHODS, open_store, person, shown, small_study, vote

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=timezone.utc)
PEOPLE = 4


def read(store: Store, boards: LiveBoards) -> LiveScores:
    with store.reading() as tx:
        study = tx.study("small")
    found = boards.of(study)
    assert found is not None
    return found


def compare(store: Store, found: LiveScores) -> None:
    """Check scores and counts against a fit of all votes, which are read in another way."""
    data = read_study(store, "small")
    counts = tabulate(data.responses.votes().as_votes(), len(METHODS))
    whole = fit(counts, METHODS, order_effect=True)
    scores = {one.title: one for one in found.methods}
    assert found.votes == counts.sum()
    assert found.explain == ("" if whole.status == "ok" else whole.explain)
    for i, method in enumerate(METHODS):
        assert scores[method].comparisons == counts[:, i].sum() + counts[:, :, i].sum()
        if whole.status == "ok":
            score = scores[method].log_worth
            assert whole.log_worths is not None and score is not None
            assert abs(score - whole.log_worths[i]) < 1e-8


class People:
    """Let people vote, take back, withdraw and be rejected."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        store.clock = lambda: self.now
        self.tokens = [enrol(store, "small", person(str(n))) for n in range(PEOPLE)]

    def vote(self, number: int, choice: str) -> None:
        if (trial := show_next_trial(self.store, self.tokens[number])) is not None:
            vote(self.store, self.tokens[number], trial, choice)

    def take_back(self, number: int, _choice: str) -> None:
        undo(self.store, self.tokens[number])

    def withdraw(self, number: int, _choice: str) -> None:
        withdraw(self.store, self.tokens[number])
        self.tokens[number] = enrol(self.store, "small", person(f"{number} {self.now}"))

    def reject(self, number: int, _choice: str) -> None:
        self._decide(reject, number)

    def restore(self, number: int, _choice: str) -> None:
        self._decide(restore, number)

    def wait(self, _number: int, _choice: str) -> None:
        self.now += SETTLED

    def set_aside(self, _number: int, _choice: str) -> None:
        set_aside_pilot(self.store, "small", 1, "test")

    def _decide(self, what: Callable[..., None], number: int) -> None:
        with self.store.reading() as tx:
            codes = list(tx.connection.scalars(select(Participant.code).order_by(Participant.id)))
        what(self.store, "small", 1, codes[number % len(codes)], "test")


ACTS = 8 * ["vote"] + ["take_back", "withdraw", "reject", "restore", "wait", "set_aside"]
ACT = st.tuples(st.sampled_from(ACTS), st.integers(0, PEOPLE - 1), st.sampled_from("LRT"))


@settings(max_examples=12)
@given(st.lists(st.lists(ACT, min_size=1, max_size=9), min_size=3, max_size=8))
def test_scores_equal_those_of_all_votes_whatever_people_do(steps: list[list[tuple[str, int, str]]]) -> None:
    """Read the scores after every few acts; SQLite gives the ids of deleted votes to later ones."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        boards, people = LiveBoards(store), People(store)
        for step in steps:
            for act, number, choice in step:
                people.now += timedelta(seconds=1)
                # Nobody to restore, or a person who was rejected.
                with contextlib.suppress(BadStudy, Refused):
                    getattr(people, act)(number, choice)
            compare(store, read(store, boards))
        store.close()


def test_every_database_counts_the_same(store: Store, tmp_path: Path) -> None:
    open_folder(store, small_study(tmp_path / "small"), "test")
    boards = LiveBoards(store)
    worths = dict(zip(METHODS, (-1.0, -0.3, 0.3, 1.0), strict=True))
    for seed in range(2):
        simulate_raters(store, "small", Preferences(worths), Raters(6, 12, seed))
        compare(store, read(store, boards))
    token = enrol(store, "small", person("a"))
    vote(store, token, shown(store, token))
    compare(store, read(store, boards))
    undo(store, token)
    compare(store, read(store, boards))


def test_a_vote_that_is_stored_late_is_counted(store: Store, tmp_path: Path) -> None:
    """Store a vote with the number of a gap: a transaction that ended after another with a higher number."""
    open_folder(store, small_study(tmp_path / "small"), "test")
    boards, people = LiveBoards(store), People(store)
    for number, choice in ((0, "L"), (1, "R"), (2, "T")):
        people.vote(number, choice)
    with store.transaction() as tx:
        tx.connection.execute(update(VoteRow).where(VoteRow.id == 3).values(id=30))
    assert read(store, boards).votes == 3
    people.vote(3, "L")
    with store.transaction() as tx:
        last = select(VoteRow.id).order_by(VoteRow.id.desc()).limit(1)
        tx.connection.execute(update(VoteRow).where(VoteRow.id == last.scalar_subquery()).values(id=7))
    assert read(store, boards).votes == 4


def test_only_new_votes_are_read(store: Store, tmp_path: Path) -> None:
    open_folder(store, small_study(tmp_path / "small"), "test")
    boards, people = LiveBoards(store), People(store)
    people.vote(0, "L")
    people.now += 2 * SETTLED
    read(store, boards)
    people.vote(1, "R")
    with store.reading() as tx:
        kept = boards._kept[tx.study("small").id]
        assert [vote.outcome for vote in pair_queries.votes_after(tx, 1, kept.last)] == ["R"]
    compare(store, read(store, boards))
