"""Check that recorded changes on an earlier copy give the same database, whatever happened in between."""

import gzip
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.collect.enrolment import enrol
from study.collect.participation import show_next_trial, undo, withdraw
from study.database import journal
from study.database.store import Store
from study.durability.journal_files import Batch, decode, encode
from study.durability.replay import Gap, apply_batch
from study.durability.snapshots import take_snapshot
from study.records import Refused
from tests.support.copied import rows_of
from tests.support.study_world import open_store, shown, small_config, vote

ACTIONS = st.tuples(
    st.sampled_from(["enrol", "vote", "undo", "withdraw", "snapshot", "push"]), st.integers(0, 3)
)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the small study whose changes are recorded."""
    folder = tmp_path_factory.mktemp("start")
    store = open_store(folder)
    journal.turn_on(store)
    store.close()
    return folder / "votes.db"


@pytest.fixture
def store(start: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(start, tmp_path / "votes.db")
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    yield store
    store.close()


class World:
    """Perform random actions on a store, and keep its snapshots and its files of changes."""

    def __init__(self, store: Store) -> None:
        assert store.file is not None
        self.store, self.file = store, store.file
        self.tokens: list[str] = []
        self.snapshots = [self.copied()]
        self.batches: list[Batch] = []
        self.pushed = 0

    def copied(self) -> bytes:
        folder = Path(tempfile.mkdtemp(dir=self.file.parent))
        with closing(sqlite3.connect(self.file)) as source, closing(sqlite3.connect(folder / "c")) as target:
            source.backup(target)
        return (folder / "c").read_bytes()

    def do(self, action: str, who: int) -> None:
        token = self.tokens[who % len(self.tokens)] if self.tokens else ""
        actions: dict[str, Callable[[], object]] = {
            "enrol": lambda: self.tokens.append(enrol(self.store, "small")),
            "snapshot": lambda: self.snapshots.append(self.copied()),
            "push": self.push,
            "vote": lambda: self.vote(token),
            "undo": lambda: undo(self.store, token),
            "withdraw": lambda: withdraw(self.store, token),
        }
        if token or action in ("enrol", "snapshot", "push"):
            with suppress(Refused):  # such as a vote after withdrawing
                actions[action]()

    def vote(self, token: str) -> None:
        trial = show_next_trial(self.store, token)
        if trial is not None:
            vote(self.store, token, trial)

    def push(self) -> None:
        with self.store.reading() as tx:
            file = encode(tx, self.pushed, 1)
        if file is not None:
            self.pushed = file[0].last
            self.batches.append(decode(file[1]))


@settings(max_examples=25)
@given(actions=st.lists(ACTIONS, max_size=40))
def test_replaying_onto_any_snapshot_gives_every_row(start: Path, actions: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "votes.db"
        shutil.copy(start, file)
        store = Store.open(f"sqlite:///{file}")
        world = World(store)
        for action, who in actions:
            world.do(action, who)
        world.push()
        for content in world.snapshots:
            replayed = Path(folder) / "replayed.db"
            replayed.write_bytes(content)
            with closing(sqlite3.connect(replayed)) as connection:
                for batch in [*world.batches, *world.batches]:  # a second time changes nothing
                    apply_batch(connection, batch)
            assert rows_of(replayed) == rows_of(file)
        store.close()


def test_three_pictures_at_a_time_are_replayed_too(tmp_path: Path) -> None:
    store = open_store(tmp_path, config=small_config(pictures=3))
    journal.turn_on(store)
    world = World(store)
    for action in ("enrol", "enrol", "vote", "push"):
        world.do(action, 0)
    trial = shown(store, world.tokens[0])
    vote(store, world.tokens[0], trial, "3")
    world.do("withdraw", 1)
    world.push()
    replayed = tmp_path / "replayed.db"
    replayed.write_bytes(world.snapshots[0])
    with closing(sqlite3.connect(replayed)) as connection:
        for batch in [*world.batches, *world.batches]:
            apply_batch(connection, batch)
    found = rows_of(replayed)
    assert found == rows_of(world.file)
    assert len(found["further_picture"]) == 12  # of the participant who stayed
    store.close()


def batch_of(store: Store, after: int) -> Batch:
    with store.reading() as tx:
        file = encode(tx, after, 1)
    assert file is not None
    return decode(file[1])


def head(store: Store) -> int:
    with store.reading() as tx:
        return journal.position(tx).head


def test_a_restored_database_records_further_changes(store: Store, start: Path, tmp_path: Path) -> None:
    before = head(store)
    enrol(store, "small")
    copy = tmp_path / "copy.db"
    shutil.copy(start, copy)
    with closing(sqlite3.connect(copy)) as connection:
        apply_batch(connection, batch_of(store, before))
    restored = Store.open(f"sqlite:///{copy}")
    assert not journal.turn_on(restored)  # the triggers are there
    assert head(restored) == head(store)
    enrol(restored, "small")
    with restored.reading() as tx:
        (seq, _), *_ = journal.changes_after(tx, head(store), 1)
    assert seq == head(store) + 1
    restored.close()


@pytest.mark.parametrize("what", ["a missing change", "a mark", "other tables"])
def test_a_batch_after_unknown_changes_is_refused_as_a_whole(
    store: Store, start: Path, tmp_path: Path, what: str
) -> None:
    before = head(store)
    if what == "a mark":
        journal.turn_off(store)
        journal.turn_on(store)
    enrol(store, "small")
    batch = batch_of(store, before + (what == "a missing change"))
    if what == "other tables":
        batch = Batch("0001", batch.columns, batch.changes)
    copy = tmp_path / "copy.db"
    shutil.copy(start, copy)
    with closing(sqlite3.connect(copy)) as connection, pytest.raises(Gap):
        apply_batch(connection, batch)
    assert rows_of(copy) == rows_of(start)


def test_a_snapshot_has_its_position_and_no_outbox(store: Store, tmp_path: Path) -> None:
    enrol(store, "small")
    assert store.file is not None
    name, content = take_snapshot(store.file, 7)
    assert (name.generation, name.position) == (7, head(store))
    copy = tmp_path / "copy.db"
    copy.write_bytes(gzip.decompress(content))
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    assert rows_of(copy) == rows_of(store.file)
