"""Measure scores from counts that are kept up to date, with up to a hundred million votes.

    OMP_NUM_THREADS=1 python -m benchmarks.scale.counts [--people 1000000] [--each 100] [--new 1000]

The people, their counted votes and the counts are generated; their trials and votes, some eighty gigabytes,
are not, as nothing reads them again. Then new people vote, with all their rows, and the scores are made
twice: with their votes to count, and with nothing new. `--recount` sums all counted votes up again.
"""

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from sqlalchemy import insert, select

from benchmarks.arguments import parser_of
from benchmarks.postgresql import server
from benchmarks.scale.rows import ITEMS, METHODS, SLUG, add_people, add_voters, prepare, study
from study.counts.moments import Counts, Packed, Size, count, pack
from study.counts.scores import CountedScores, scores_from_counts
from study.counts.update import bring_up_to_date, rules_of
from study.database.counts.tables import Tally
from study.database.counts.tallies import Total, store_total, total_for_update
from study.database.store import Store
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import Ints, make_responses

T = TypeVar("T")
CHUNK = 10_000  # people at a time
STATE = "main complete 2026-01-01T00:09:00.000Z"  # of all generated people
SIZE = Size(METHODS, ITEMS)


@dataclass(frozen=True)
class Times:
    """Hold seconds, and seconds of the processor of this process, of one step."""

    step: str
    seconds: float
    processor: float

    @property
    def row(self) -> str:
        """Return the row of the table."""
        return f"| {self.step} | {self.seconds:.2f} | {self.processor:.2f} |"


def timed(step: str, run: Callable[[], T]) -> tuple[Times, T]:
    """Run a function; return its times and its value."""
    began, processor = time.perf_counter(), time.process_time()
    found = run()
    return Times(step, time.perf_counter() - began, time.process_time() - processor), found


def draw(people: int, each: int, rng: np.random.Generator) -> tuple[Ints, Packed]:
    """Return votes of people who differ in taste: who gave each, and the packed vote, by person."""
    taste = Taste(np.linspace(-1, 1, METHODS), -1.0, 0.1, 0.5, 0.3)
    votes, item = draw_votes(taste, participants=people, votes_each=each, items=ITEMS, rng=rng)
    assert votes.participant is not None
    order = np.argsort(votes.participant, kind="stable")
    given = make_responses(votes.participant, votes.left, votes.right, votes.outcome, item=item)
    return votes.participant[order], pack(given, METHODS)[order]


def add_counted(store: Store, study_id: int, people: int, each: int) -> Counts:
    """Add people whose votes are in the counts of the study; return the counts."""
    counts, rng = Counts.zero(SIZE), np.random.default_rng(1)
    for first in range(1, people + 1, CHUNK):
        number = min(CHUNK, people - first + 1)
        who, packed = draw(number, each, rng)
        counts += count(who, packed, SIZE)
        add_voters(store, study_id, first, number)
        rows = [
            {"study_id": study_id, "participant_id": first + n, "state": STATE, "votes": own.tobytes()}
            for n, own in enumerate(packed.reshape(number, each))
        ]
        with store.transaction(durable=False) as tx:
            tx.connection.execute(insert(Tally), rows)
    with store.reading() as tx:
        rules = str(rules_of(store, tx.study(SLUG)))
    with store.transaction() as tx:
        total_for_update(tx, study_id)
        store_total(tx, study_id, Total(rules, counts.to_bytes()))
    return counts


def recount(store: Store, study_id: int) -> Counts:
    """Return the counts of all counted votes of a study."""
    counts, query = Counts.zero(SIZE), select(Tally.votes).where(Tally.study_id == study_id)
    with store.reading() as tx:
        rows = tx.connection.execution_options(yield_per=CHUNK).execute(query)
        for part in rows.partitions(CHUNK):
            votes = [np.frombuffer(row.votes, np.uint32) for row in part]
            who = np.repeat(np.arange(len(votes)), [len(own) for own in votes])
            counts += count(who, np.concatenate(votes), SIZE)
    return counts


def equal(one: Counts, other: Counts) -> bool:
    """Return True where all counts are equal."""
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(one))


def measure(
    store: Store, folder: Path, people: int, each: int, new: int
) -> tuple[list[Times], CountedScores]:
    """Generate people, let new ones vote, and make the scores; return the times and the last scores."""
    study_id = prepare(store, folder)
    generated, _ = timed(f"generate {people:,} people", lambda: add_counted(store, study_id, people, each))
    scores_from_counts(store, SLUG)  # not measured: loads the modules
    add_people(store, study_id, people + 1, new)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")  # as PostgreSQL does by itself after a while
    first, _ = timed(f"scores, {new:,} people are new", lambda: scores_from_counts(store, SLUG))
    second, scores = timed("scores, nobody is new", lambda: scores_from_counts(store, SLUG))
    return [generated, first, second], scores


def main() -> None:
    """Print the times."""
    parser = parser_of(__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--each", type=int, default=100)
    parser.add_argument("--new", type=int, default=1000)
    parser.add_argument("--recount", action="store_true")
    parser.add_argument("--url", default="", help="an empty database instead of a new server")
    options = parser.parse_args()
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = stack.enter_context(closing(Store.open(options.url or stack.enter_context(server()))))
        times, scores = measure(store, study(root / "study"), options.people, options.each, options.new)
        print("| step | s | of the processor, s |\n|---|---:|---:|")
        print("\n".join(one.row for one in times))
        print(f"\n{scores.counts.votes:,} votes by {scores.counts.participants:,} people")
        if options.recount:
            with store.reading() as tx:
                row = tx.study(SLUG)
            again, counts = timed("sum up again", lambda: recount(store, row.id))
            print(f"{again.row} equal: {equal(counts, bring_up_to_date(store, row))}")


if __name__ == "__main__":
    main()
