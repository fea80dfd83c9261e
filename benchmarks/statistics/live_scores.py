"""Measure the live scores of a study with a million votes in SQLite, while votes arrive.

    python -m benchmarks.statistics.live_scores [VOTES]

All votes are counted once. Then people vote one after the other, and the scores are read after each vote; at
the end they equal those of a new count.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.arguments import parser_of
from benchmarks.speed.report import SLUG, fill
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.database.store import Store
from study.manage.live_scores import LiveBoards

VOTES, ADDED = 1_000_000, 200


def main() -> None:
    """Print the times of the processor, so that other programs do not count."""
    parser = parser_of(__doc__)
    parser.add_argument("votes", nargs="?", type=int, default=VOTES, metavar="VOTES")
    votes = parser.parse_args().votes
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'votes.db'}")
        fill(store, Path(folder) / "study", votes)
        _measure(store)
        store.close()


def _measure(store: Store) -> None:
    with store.reading() as tx:
        study = tx.study(SLUG)
    boards = LiveBoards(store)
    start = time.process_time()
    boards.of(study)
    whole = time.process_time() - start
    times = []
    token = enrol(store, SLUG)
    for number in range(ADDED):
        trial = show_next_trial(store, token)
        if trial is None:
            token = enrol(store, SLUG)
            continue
        cast_vote(store, token, Answer(trial.trial_token, "LRT"[number % 3], f"live-{number}", 900))
        start = time.process_time()
        found = boards.of(study)
        times.append(time.process_time() - start)
    again = LiveBoards(store).of(study)
    assert found is not None and again is not None and found.votes == again.votes
    pairs = zip(found.methods, again.methods, strict=True)
    assert all(abs((one.log_worth or 0) - (other.log_worth or 0)) < 1e-8 for one, other in pairs)
    middle, most = np.quantile(times, [0.5, 0.99]) * 1000
    print(f"{found.votes:,} votes: all counted {whole:.2f} s; after one more vote {middle:.2f} ms,")
    print(f"99 % below {most:.2f} ms: {1000 * whole / middle:,.0f} times faster")


if __name__ == "__main__":
    main()
