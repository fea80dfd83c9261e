"""Fill a database with votes of generated participants, by the statements of the database itself.

The tables are the real ones with all their indexes. Every row is written once, in its final state, so the
sizes are those of a database without dead rows.
"""

from pathlib import Path

import numpy as np
from sqlalchemy import Connection, text

from study.collect.stimuli import StudySources, build_study
from study.config.config import config_from_options
from study.database.store import Store
from study.manage.states import open_folder

METHODS, ITEMS, EACH, SLUG = 10, 100, 30, "scale"
STRIDE = 7919  # a prime that does not divide the number of pairs: nobody gets a pair twice
DEVICE = '{"width":1440,"height":900,"pixel_ratio":2,"touch":false}'
VIEW = (
    '{"beside":false,"flip":5,"milliseconds_zoomed":4200,"outline":0,"ratio":2.0,"reference":0,'
    '"shown":[1800,1200],"stacked":false,"zoom":2}'
)
PEOPLE = """
INSERT INTO participant (id, study_id, token_hash, source, status, device_json, seed, block, consent_version,
  consent_at, last_seen_at, finished_at, code, phase, language, note, reason)
SELECT n, :study, {token} || {token} || {token}, 'open', 'complete',
  :device, n, n - 1, '1', '2026-01-01T00:00:00.000Z',
  '2026-01-01T00:09:00.000Z', '2026-01-01T00:09:00.000Z', 'P' || n, 'main', 'en', '', ''
FROM {series}
"""
TRIALS = """
INSERT INTO trial (id, participant_id, seq, pair_id, left_stim, right_stim, token, left_token, right_token,
  state, shown_at, pictures)
SELECT n, 1 + (n - 1) / :each, (n - 1) % :each, p.id,
  CASE WHEN n % 3 <> 0 THEN p.stim_lo ELSE p.stim_hi END,
  CASE WHEN n % 3 <> 0 THEN p.stim_hi ELSE p.stim_lo END,
  {token}, {token}, {token}, 'answered', '2026-01-01T00:01:00.000Z', 2
FROM {series} JOIN place p ON p.place = (n * :stride) % :pairs
"""
# The first of two methods wins more often, the later the other is in their order.
VOTES = """
INSERT INTO vote (id, trial_id, outcome, rt_ms, client_uuid, input, server_at, answers_json, view_json)
SELECT t.id, t.id, CASE WHEN t.id % 11 = 0 THEN 'T'
  WHEN (t.id * 31) % 100 < 50 + 4 * (r.method_id - l.method_id) THEN 'L' ELSE 'R' END,
  1500 + t.id % 4000, {uuid}, 'mouse', '2026-01-01T00:01:03.000Z', '', :view
FROM trial t JOIN stimulus l ON l.id = t.left_stim JOIN stimulus r ON r.id = t.right_stim
WHERE t.id BETWEEN :first AND :last ORDER BY t.id
"""
PLACES = """
CREATE TABLE place AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id, stim_lo, stim_hi FROM pair
"""
WORDS = {
    "sqlite": {
        "token": "lower(hex(randomblob(11)))",
        "uuid": "lower(hex(randomblob(18)))",
        "series": "(WITH RECURSIVE s(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM s WHERE n < :last) "
        "SELECT n FROM s)",
    },
    "postgresql": {
        "token": "substr(replace(gen_random_uuid()::text, '-', ''), 1, 22)",
        "uuid": "gen_random_uuid()::text",
        "series": "generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS s(n)",
    },
}


def study(folder: Path, methods: int = METHODS, items: int = ITEMS, each: int = EACH) -> Path:
    """Build a study of small pictures in `folder`, and return its folder; each: votes of a participant."""
    picture = np.zeros((8, 8, 3), np.uint8)
    made = {f"m{m}": lambda p, m=m: p + m for m in range(methods)}
    config = config_from_options(list(made), {"slug": SLUG, "title": "Scale"}, {"votes": each})
    sources = StudySources({f"scene{i}": picture for i in range(items)}, made)
    return build_study(folder, config, sources, freeze=False)


def prepare(store: Store, folder: Path) -> int:
    """Open the study of a folder, number its pairs in a table, and return its id."""
    open_folder(store, folder, "benchmark")
    with store.transaction() as tx:
        tx.connection.execute(text(PLACES))
        tx.connection.execute(text("CREATE UNIQUE INDEX place_place ON place (place)"))
        return tx.study(SLUG).id


def add_people(store: Store, study_id: int, first: int, people: int, each: int = EACH) -> None:
    """Add people who have given all their votes, numbered from `first`: 1 in an empty database."""
    add_voters(store, study_id, first, people)
    with store.transaction(durable=False) as tx:
        pairs = tx.connection.execute(text("SELECT count(*) FROM place")).scalar_one()
        rows = {"first": (first - 1) * each + 1, "last": (first + people - 1) * each}
        _run(tx.connection, TRIALS, each=each, stride=STRIDE, pairs=pairs, **rows)
        _run(tx.connection, VOTES, view=VIEW, **rows)
    _continue_after(store, "trial", "vote")


def add_voters(store: Store, study_id: int, first: int, people: int) -> None:
    """Add people who completed the study, numbered from `first`, without their trials and votes."""
    with store.transaction(durable=False) as tx:
        numbers = {"study": study_id, "first": first, "last": first + people - 1}
        _run(tx.connection, PEOPLE, device=DEVICE, **numbers)
    _continue_after(store, "participant")


def _continue_after(store: Store, *tables: str) -> None:
    """Let PostgreSQL give the next rows the numbers after those of the generated ones."""
    if store.engine.dialect.name != "postgresql":
        return
    with store.transaction(durable=False) as tx:
        for table in tables:
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            tx.connection.exec_driver_sql(f"SELECT setval({sequence}, (SELECT max(id) FROM {table}))")


def _run(connection: Connection, statement: str, **values: int | str) -> None:
    wanted = text(statement.format(**WORDS[connection.dialect.name]))
    connection.execute(wanted, values)
