"""Measure what organizers open, and the export, with 5,000 people and 100,000 votes in SQLite.

python -m benchmarks.speed.monitor
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.arguments import parser_of
from benchmarks.speed.report import SLUG, fill
from study.database.responses.load_responses import read_study
from study.database.store import Store
from study.manage import states
from study.manage.monitor import monitor
from study.manage.people import people
from study.vote_files.export import to_csv, votes_of

VOTES = 100_000
REPEATS = 5


def seconds(work: Callable[[], object]) -> float:
    """Return the shortest time of the processor of a few runs, so that other programs do not count."""
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def main() -> None:
    """Print the times."""
    parser_of(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'votes.db'}")
        fill(store, Path(folder) / "study", VOTES)
        opened = seconds(lambda: states.versions(store, SLUG))
        watched = seconds(lambda: monitor(store, SLUG, 1))
        listed = seconds(lambda: people(store, SLUG, 1))
        exported = seconds(lambda: to_csv(votes_of(read_study(store, SLUG), everything=True)))
        store.close()
    print(f"study {opened:.2f} s, monitor {watched:.2f} s, list of people {listed:.2f} s")
    print(f"export of {VOTES:,} votes {exported:.2f} s")


if __name__ == "__main__":
    main()
