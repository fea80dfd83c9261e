"""Measure the bytes that a vote takes: tables and indexes of PostgreSQL and SQLite, and a dump.

    python -m benchmarks.scale.space [--votes 1000000] [--url postgresql+psycopg://...] [--voted 500]

`--url`: a database to fill, or one that was filled before; without it, a new server. The last table is of
`--voted` people who voted by the functions of the app: each vote changes rows twice, which leaves dead rows.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection

from benchmarks.arguments import parser_of
from benchmarks.postgresql import server
from benchmarks.scale.rows import EACH, SLUG, add_people, prepare, study
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.database.connections import postgresql_environment
from study.database.store import Store

CHUNK = 20_000  # people added in one transaction
SIZES = {
    "postgresql": """
        SELECT coalesce(t.relname, c.relname), c.relname, pg_table_size(c.oid)
        FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
        LEFT JOIN pg_class t ON t.oid = i.indrelid
        WHERE c.relkind IN ('r', 'i') AND c.relnamespace = 'public'::regnamespace""",
    "sqlite": """
        SELECT m.tbl_name, s.name, sum(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name
        GROUP BY m.tbl_name, s.name""",
}
LARGE = ("vote", "trial", "participant")  # tables with rows for each participant


@dataclass(frozen=True)
class Size:
    """Hold the bytes of a table, or of one of its indexes; both have the name of the table."""

    table: str
    name: str
    size: int


def sizes(connection: Connection) -> list[Size]:
    """Return the sizes of tables with rows for each participant, and their indexes, the largest first."""
    found = [Size(*row) for row in connection.exec_driver_sql(SIZES[connection.dialect.name])]
    large = [one for one in found if one.table in LARGE]
    return sorted(large, key=lambda one: (LARGE.index(one.table), one.name != one.table, -one.size))


def fill(store: Store, folder: Path, votes: int) -> int:
    """Add generated people with at least so many votes; return the number of votes."""
    study_id, people = prepare(store, folder), -(-votes // EACH)
    for first in range(1, people + 1, CHUNK):
        add_people(store, study_id, first, min(CHUNK, people - first + 1))
    return people * EACH


def vote(store: Store, people: int) -> int:
    """Let people vote as in the app; return the number of votes."""
    for _ in range(people):
        token = enrol(store, SLUG)
        trial = show_next_trial(store, token)
        while trial is not None:
            trial = cast_vote(store, token, Answer(trial.trial_token, "L", str(uuid4()), 900)).trial
    return people * EACH


def votes_in(store: Store) -> int:
    """Return the number of votes in a database, 0 for an empty one."""
    with store.reading() as tx:
        return int(tx.connection.exec_driver_sql("SELECT count(*) FROM vote").scalar_one())


def table(found: Sequence[Size], votes: int) -> Iterator[str]:
    """Yield the lines of a table in Markdown: bytes for each vote."""
    yield f"| {votes:,} votes | bytes a vote |\n|---|---:|"
    for one in found:
        name = one.name if one.name == one.table else f"{one.table}: {one.name}"
        yield f"| {name} | {one.size / votes:.1f} |"
    yield f"| all | {sum(one.size for one in found) / votes:.0f} |"


def dump(url: str, target: Path) -> tuple[int, float]:
    """Dump a PostgreSQL database as a backup does; return the bytes and the seconds."""
    began = time.monotonic()
    command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"]
    subprocess.run(command, check=True, env={"PATH": "/usr/bin:/bin", **postgresql_environment(url)})
    return target.stat().st_size, time.monotonic() - began


def print_sizes(url: str, folder: Path, votes: int) -> None:
    """Fill a database unless it has votes, and print its sizes."""
    with closing(Store.open(url)) as store:
        number = votes_in(store) or fill(store, folder, votes)
        with store.reading() as tx:
            print("\n".join(table(sizes(tx.connection), number)), flush=True)
    if url.startswith("postgresql"):
        size, seconds = dump(url, folder.parent / "dump")
        print(
            f"\ndump: {size / number:.0f} bytes a vote, {1e6 * seconds / number:.1f} µs a vote\n", flush=True
        )


def main() -> None:
    """Print all tables."""
    parser = parser_of(__doc__)
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--url", default="")
    parser.add_argument("--voted", type=int, default=500)
    options = parser.parse_args()
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder = study(root / "study")
        print_sizes(options.url or stack.enter_context(server()), folder, options.votes)
        if options.url:
            return
        print_sizes(f"sqlite:///{root / 'votes.db'}", folder, options.votes)
        with closing(Store.open(stack.enter_context(server()))) as store:
            prepare(store, folder)
            number = vote(store, options.voted)
            with store.reading() as tx:
                print("\n".join(table(sizes(tx.connection), number)))


if __name__ == "__main__":
    main()
