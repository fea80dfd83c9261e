"""Migrate a database of the first version without loss; new databases have the same tables."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import IntegrityError

from benchmarks import postgresql
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.database.migrations import HEAD
from study.database.migrations.versions.v0001_votes import tables
from study.database.schema import Base
from study.database.store import Store
from study.records import BadStudy
from tests.support.stored_votes import stored_votes
from tests.support.study_world import open_store

# The tables as the first version made them, in the words of SQLite.
OLD_TABLES = """
CREATE TABLE study (id INTEGER NOT NULL, slug VARCHAR NOT NULL, version INTEGER NOT NULL, title
    VARCHAR NOT NULL, question VARCHAR NOT NULL, seed INTEGER NOT NULL, votes_per_participant INTEGER
    NOT NULL, allow_ties BOOLEAN NOT NULL, sha256 VARCHAR NOT NULL, folder VARCHAR NOT NULL, created_at
    VARCHAR NOT NULL, PRIMARY KEY (id), UNIQUE (slug, version));
CREATE TABLE item (id INTEGER NOT NULL, study_id INTEGER NOT NULL, "key" VARCHAR NOT NULL, width
    INTEGER NOT NULL, height INTEGER NOT NULL, PRIMARY KEY (id), UNIQUE (study_id, "key"), FOREIGN
    KEY(study_id) REFERENCES study (id));
CREATE TABLE method (id INTEGER NOT NULL, study_id INTEGER NOT NULL, "key" VARCHAR NOT NULL, title
    VARCHAR NOT NULL, is_anchor BOOLEAN NOT NULL, PRIMARY KEY (id), UNIQUE (study_id, "key"), FOREIGN
    KEY(study_id) REFERENCES study (id));
CREATE TABLE participant (id INTEGER NOT NULL, study_id INTEGER NOT NULL, token_hash VARCHAR NOT
    NULL, source VARCHAR NOT NULL, ext_hash VARCHAR, status VARCHAR NOT NULL, device_json VARCHAR NOT
    NULL, seed INTEGER NOT NULL, consent_at VARCHAR NOT NULL, last_seen_at VARCHAR NOT NULL, finished_at
    VARCHAR, PRIMARY KEY (id), UNIQUE (study_id, source, ext_hash), CONSTRAINT known_source CHECK
    (source IN ('open', 'prolific', 'mturk', 'simulated')), CONSTRAINT known_status CHECK (status IN
    ('active', 'complete')), FOREIGN KEY(study_id) REFERENCES study (id), UNIQUE (token_hash));
CREATE INDEX participant_seen ON participant (study_id, status, last_seen_at);
CREATE TABLE stimulus (id INTEGER NOT NULL, method_id INTEGER NOT NULL, item_id INTEGER NOT NULL,
    file VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, PRIMARY KEY (id), UNIQUE (method_id, item_id),
    FOREIGN KEY(method_id) REFERENCES method (id), FOREIGN KEY(item_id) REFERENCES item (id));
CREATE TABLE pair (id INTEGER NOT NULL, study_id INTEGER NOT NULL, item_id INTEGER NOT NULL, stim_lo
    INTEGER NOT NULL, stim_hi INTEGER NOT NULL, kind VARCHAR NOT NULL, PRIMARY KEY (id), UNIQUE
    (stim_lo, stim_hi, kind), CONSTRAINT ordered CHECK (stim_lo < stim_hi), CONSTRAINT known_kind CHECK
    (kind IN ('main', 'gold', 'practice')), FOREIGN KEY(study_id) REFERENCES study (id), FOREIGN
    KEY(item_id) REFERENCES item (id), FOREIGN KEY(stim_lo) REFERENCES stimulus (id), FOREIGN
    KEY(stim_hi) REFERENCES stimulus (id));
CREATE INDEX pair_of_item ON pair (study_id, item_id);
CREATE TABLE trial (id INTEGER NOT NULL, participant_id INTEGER NOT NULL, seq INTEGER NOT NULL,
    pair_id INTEGER NOT NULL, left_stim INTEGER NOT NULL, right_stim INTEGER NOT NULL, token VARCHAR NOT
    NULL, left_token VARCHAR NOT NULL, right_token VARCHAR NOT NULL, state VARCHAR NOT NULL, shown_at
    VARCHAR, PRIMARY KEY (id), UNIQUE (participant_id, seq), CONSTRAINT two_pictures CHECK (left_stim <>
    right_stim), CONSTRAINT known_state CHECK (state IN ('planned', 'shown', 'answered')), FOREIGN
    KEY(participant_id) REFERENCES participant (id), FOREIGN KEY(pair_id) REFERENCES pair (id), FOREIGN
    KEY(left_stim) REFERENCES stimulus (id), FOREIGN KEY(right_stim) REFERENCES stimulus (id), UNIQUE
    (token), UNIQUE (left_token), UNIQUE (right_token));
CREATE INDEX trial_next ON trial (participant_id, state, seq);
CREATE TABLE vote (id INTEGER NOT NULL, trial_id INTEGER NOT NULL, outcome VARCHAR NOT NULL, rt_ms
    INTEGER, client_uuid VARCHAR NOT NULL, input VARCHAR NOT NULL, server_at VARCHAR NOT NULL, PRIMARY
    KEY (id), CONSTRAINT known_outcome CHECK (outcome IN ('L', 'R', 'T')), CONSTRAINT known_input CHECK
    (input IN ('mouse', 'keyboard', 'touch')), CONSTRAINT time_runs_forward CHECK (rt_ms >= 0), UNIQUE
    (trial_id), FOREIGN KEY(trial_id) REFERENCES trial (id), UNIQUE (client_uuid));
"""
OLD_ROWS = """
INSERT INTO study VALUES (1, 's', 1, 'Title', 'Which?', 7, 3, TRUE, 'abc', '/pictures',
    '2026-01-01T00:00:00.000Z');
INSERT INTO method VALUES (1, 1, 'a', 'A', TRUE), (2, 1, 'b', 'B', FALSE);
INSERT INTO item VALUES (1, 1, 'one', 60, 40), (2, 1, 'two', 60, 40), (3, 1, 'three', 60, 40);
INSERT INTO stimulus VALUES (1, 1, 1, '1.png', 'x'), (2, 2, 1, '2.png', 'x'), (3, 1, 2, '3.png', 'x'),
    (4, 2, 2, '4.png', 'x'), (5, 1, 3, '5.png', 'x'), (6, 2, 3, '6.png', 'x');
INSERT INTO pair VALUES (1, 1, 1, 1, 2, 'main'), (2, 1, 2, 3, 4, 'main'), (3, 1, 3, 5, 6, 'main');
INSERT INTO participant VALUES
    (1, 1, '3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0', 'prolific', 'h', 'active',
     '{}', 5, '2026-01-01T00:00:01.000Z', '2026-01-01T00:00:09.000Z', NULL),
    (2, 1, 'other', 'open', NULL, 'complete', '{"w": 1}', 6, '2026-01-01T00:00:02.000Z',
     '2026-01-01T00:00:08.000Z', '2026-01-01T00:00:08.000Z');
INSERT INTO trial VALUES
    (1, 1, 0, 1, 1, 2, 't1', 'l1', 'r1', 'answered', '2026-01-01T00:00:03.000Z'),
    (2, 1, 1, 2, 4, 3, 't2', 'l2', 'r2', 'shown', '2026-01-01T00:00:04.000Z'),
    (3, 1, 2, 3, 5, 6, 't3', 'l3', 'r3', 'planned', NULL),
    (4, 2, 0, 3, 6, 5, 't4', 'l4', 'r4', 'answered', '2026-01-01T00:00:05.000Z');
INSERT INTO vote VALUES
    (1, 1, 'L', 812, 'u1', 'mouse', '2026-01-01T00:00:04.000Z'),
    (2, 4, 'T', NULL, 'u2', 'touch', '2026-01-01T00:00:08.000Z');
"""
TOKEN = "token"  # whose hash the first participant has


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Make a file of the first version, with a study in progress."""
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript(OLD_TABLES + OLD_ROWS)
    connection.close()
    return path


def rows_of(path: Path) -> dict[str, list[dict[str, object]]]:
    """Return every row of the tables of the first version."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    found = {
        name: [dict(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY id")]
        for name in tables().tables
    }
    connection.close()
    return found


def differences(connection: Connection) -> list[object]:
    """Return the differences between the tables of a database and those of study.database.schema."""
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def test_nothing_is_lost(old: Path) -> None:
    before = rows_of(old)
    Store.open(f"sqlite:///{old}").close()
    after = rows_of(old)
    assert {name: len(rows) for name, rows in after.items()} == {
        name: len(rows) for name, rows in before.items()
    }
    for name, rows in before.items():
        for was, now in zip(rows, after[name], strict=True):
            assert was.items() <= now.items()


def test_a_study_in_progress_continues(old: Path) -> None:
    store = Store.open(f"sqlite:///{old}")
    trial = show_next_trial(store, TOKEN)
    assert trial is not None and (trial.trial_token, trial.number, trial.total) == ("t2", 2, 3)
    assert cast_vote(store, TOKEN, Answer("t2", "R", "u3", 5)).counted
    assert [(v.left, v.right, v.outcome) for v in stored_votes(store, "s")] == [
        ("a", "b", "L"), ("b", "a", "T"), ("b", "a", "R"),
    ]  # fmt: skip
    newcomer = show_next_trial(store, enrol(store, "s"))
    assert newcomer is not None and newcomer.total == 3
    store.close()


def test_constraints_hold_after_the_migration(old: Path) -> None:
    store = Store.open(f"sqlite:///{old}")
    for wrong in (
        "UPDATE participant SET status = 'bored'",
        "UPDATE participant SET source = 'nowhere'",
        "UPDATE participant SET block = 0",
        "UPDATE study SET allocation = 'random'",
        "UPDATE trial SET token = 't1'",
        "INSERT INTO vote (trial_id, outcome, client_uuid, input, server_at) "
        "VALUES (1, 'L', 'u9', 'mouse', '')",
        "UPDATE participant SET phase = 'other'",
        "UPDATE study SET results_access = 'all'",
        "DELETE FROM trial WHERE id = 1",
    ):
        with pytest.raises(IntegrityError), store.transaction() as tx:
            tx.connection.execute(text(wrong))
    store.close()


def test_an_old_file_and_a_new_one_have_the_tables_of_the_schema(old: Path, tmp_path: Path) -> None:
    for path in (old, tmp_path / "new.db"):
        store = Store.open(f"sqlite:///{path}")
        with store.reading() as tx:
            assert differences(tx.connection) == []
            assert tx.connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
        store.close()


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgresql.server() as url:
        yield url


def test_postgresql_is_migrated_from_the_first_version(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text(OLD_TABLES.replace("(id INTEGER", "(id SERIAL")))
        connection.execute(text(OLD_ROWS))
        for name in tables().tables:  # rows with ids of their own do not move the counters
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), 9)"))
    engine.dispose()
    store = Store.open(postgres_url)
    with store.reading() as tx:
        assert differences(tx.connection) == []
    assert [(v.left, v.outcome, v.rt_ms) for v in stored_votes(store, "s")] == [
        ("a", "L", 812),
        ("b", "T", None),
    ]
    assert cast_vote(store, TOKEN, Answer("t2", "R", "u3")).counted
    store.close()


def test_a_file_of_a_later_version_is_refused_and_kept(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    path = tmp_path / "votes.db"
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(BadStudy, match="later version"):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_failure_halfway_leaves_the_old_file(old: Path) -> None:
    connection = sqlite3.connect(old)
    connection.execute("CREATE TABLE event (id INTEGER)")  # in the way of the last step
    connection.close()
    before = rows_of(old)
    with pytest.raises(BadStudy, match="cannot be used"):
        Store.open(f"sqlite:///{old}")
    assert rows_of(old) == before


def test_what_every_vote_changes_is_in_no_index() -> None:
    """PostgreSQL would write the row into every index of its table again."""
    for table, changed in (("trial", ("state", "shown_at")), ("participant", ("last_seen_at",))):
        found = Base.metadata.tables[table].indexes
        texts = [
            f"{[c.name for c in one.columns]} {one.dialect_options['postgresql']['where']}" for one in found
        ]
        assert len(texts) >= 2 and not [name for name in changed for text in texts if name in text]
