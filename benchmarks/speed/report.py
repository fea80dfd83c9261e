"""Measure time and memory of a full report over a million votes in SQLite.

    python -m benchmarks.speed.report [VOTES]

Reading and reporting run in a second process, so that filling the database is not measured.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from sqlalchemy import insert

from benchmarks.arguments import parser_of
from study.collect.stimuli import StudySources, build_study
from study.config.config import config_from_options
from study.database.responses.load_responses import read_study
from study.database.schema import Participant, Trial, VoteRow
from study.database.store import Store
from study.manage.states import open_folder
from study.report.build import report_of
from study.report.html_page import to_html
from study.report.json_form import to_json
from study.report.markdown import to_markdown
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import OUTCOMES

METHODS, ITEMS, EACH, SLUG = 8, 99, 20, "benchmark"
BATCH = 1000  # participants written at once
MOMENT = "2026-01-0{}T00:00:{:02}.000Z"
T = TypeVar("T")


def fill(store: Store, folder: Path, votes: int) -> None:
    """Build a study in `folder`, and write the votes of simulated participants in bulk.

    votes: their number, EACH for every participant.
    """
    picture = np.zeros((8, 8, 3), np.uint8)
    methods = {f"m{m}": lambda p, m=m: p + m for m in range(METHODS)}
    config = config_from_options(list(methods), {"slug": SLUG, "title": "Benchmark"}, {"votes": EACH})
    sources = StudySources({f"scene{i}": picture for i in range(ITEMS)}, methods)
    build_study(folder, config, sources, freeze=False)
    open_folder(store, folder, "benchmark")
    for start in range(0, votes // EACH, BATCH):
        _write(store, start, min(BATCH, votes // EACH - start))


def _write(store: Store, start: int, participants: int) -> None:
    taste = Taste(np.linspace(-0.8, 0.8, METHODS), taste_sd=0.5)
    rng = np.random.default_rng(start)
    drawn, item = draw_votes(taste, participants=participants, votes_each=EACH, items=ITEMS, rng=rng)
    assert drawn.participant is not None
    with store.transaction() as tx:
        study = tx.study(SLUG).id
        layout = tx.layout(study)
        stimuli = {
            (m, i): layout.stimuli[method, item]
            for m, method in enumerate(layout.methods)
            for i, item in enumerate(layout.items)
        }
        pairs = layout.pairs
        tx.connection.execute(
            insert(Participant),
            [
                {"id": start + p + 1, "study_id": study, "token_hash": f"t{start + p}", "source": "simulated",
                 "status": "complete", "device_json": "{}", "seed": 1, "consent_at": MOMENT.format(1, 0),
                 "last_seen_at": MOMENT.format(1, 0)}
                for p in range(participants)
            ],
        )  # fmt: skip
        trials, votes = [], []
        for n, (who, i, left, right, outcome) in enumerate(
            zip(drawn.participant, item, drawn.left, drawn.right, drawn.outcome, strict=True)
        ):
            number = start * EACH + n + 1
            a, b = stimuli[int(left), int(i)], stimuli[int(right), int(i)]
            trials.append(
                {"id": number, "participant_id": start + int(who) + 1, "seq": n % EACH, "left_stim": a,
                 "right_stim": b, "pair_id": pairs[min(a, b), max(a, b)], "token": f"{number}t",
                 "left_token": f"{number}l", "right_token": f"{number}r", "state": "answered"}
            )  # fmt: skip
            votes.append(
                {"id": number, "trial_id": number, "outcome": OUTCOMES[outcome], "rt_ms": 800 + number % 4000,
                 "client_uuid": str(number), "input": "mouse",
                 "server_at": MOMENT.format(1 + number % 9, number % 60)}
            )  # fmt: skip
        tx.connection.execute(insert(Trial), trials)
        tx.connection.execute(insert(VoteRow), votes)


def timed(name: str, run: Callable[[], T]) -> T:
    """Run a function, print its wall and processor time and the peak memory so far, return its value."""
    began, used = time.perf_counter(), time.process_time()
    result = run()
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"{name:28} {wall:7.2f} s, processor {cpu:6.2f} s, memory so far {_peak():4.0f} MB", flush=True)
    return result


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read(url: str) -> None:
    """Measure the first query, the report twice (first with imports), and the three output formats."""
    store = Store.open(url)
    data = timed("first query", lambda: read_study(store, SLUG))
    timed("report, first", lambda: report_of(data))
    report = timed("report, again", lambda: report_of(data))
    timed("JSON, Markdown and HTML", lambda: [write(report) for write in (to_json, to_markdown, to_html)])
    print(f"{'votes':28} {report.counts.votes:7}\n{'peak memory':28} {_peak():7.0f} MB")
    store.close()


def main() -> None:
    """Fill a database, and measure the report in another process."""
    parser = parser_of(__doc__)
    parser.add_argument("votes", nargs="?", type=int, default=1_000_000, metavar="VOTES")
    parser.add_argument("--read", metavar="URL", help="measure the report of this database, in this process")
    args = parser.parse_args()
    if args.read:
        read(args.read)
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'votes.db'}"
        store = Store.open(url)
        timed("filling (not measured)", lambda: fill(store, Path(folder) / "study", args.votes))
        store.close()
        print(f"{'load':28} {os.getloadavg()[0]:7.1f} on {os.cpu_count()} cores")
        subprocess.run([sys.executable, "-m", "benchmarks.speed.report", "--read", url], check=True)


if __name__ == "__main__":
    main()
