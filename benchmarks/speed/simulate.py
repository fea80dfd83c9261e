"""Measure how much faster simulated raters are than people who take every step, and 100,000 of their votes.

python -m benchmarks.speed.simulate
"""

import tempfile
import time
from pathlib import Path
from uuid import uuid4

import numpy as np

from benchmarks.arguments import parser_of
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.collect.simulate import Preferences, Raters, simulate_raters
from study.collect.stimuli import StudySources, build_study
from study.config.config import config_from_options
from study.database.store import Store
from study.manage.states import open_folder

METHODS, ITEMS, EACH = 6, 40, 20
ALL, STEPWISE = 5000, 25  # participants


def open_study(folder: Path) -> Store:
    """Return a database with an open study of small pictures."""
    picture = np.zeros((8, 8, 3), np.uint8)
    methods = {f"m{m}": lambda p, m=m: p + m for m in range(METHODS)}
    config = config_from_options(list(methods), {"slug": "speed", "title": "Speed"}, {"votes": EACH})
    sources = StudySources({f"scene{i}": picture for i in range(ITEMS)}, methods)
    store = Store.open(f"sqlite:///{folder / 'votes.db'}")
    open_folder(store, build_study(folder / "study", config, sources, freeze=False), "benchmark")
    return store


def stepwise(store: Store) -> float:
    """Return the seconds in which some participants answer all their trials, step by step."""
    began = time.perf_counter()
    for _ in range(STEPWISE):
        token = enrol(store, "speed")
        while (trial := show_next_trial(store, token)) is not None:
            cast_vote(store, token, Answer(trial.trial_token, "L", str(uuid4())))
    return time.perf_counter() - began


def simulated(store: Store, participants: int) -> float:
    """Return the seconds in which so many raters are simulated."""
    worths = {f"m{m}": m / 2 for m in range(METHODS)}
    began = time.perf_counter()
    simulate_raters(store, "speed", Preferences(worths), Raters(participants, EACH))
    return time.perf_counter() - began


def main() -> None:
    """Print the ratio, and the time of all votes."""
    parser_of(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        people, raters = open_study(Path(one)), open_study(Path(other))
        simulated(raters, STEPWISE)  # once, so that both run with warm caches
        ratio = stepwise(people) / simulated(raters, STEPWISE)
        seconds = simulated(raters, ALL)
        for store in (people, raters):
            store.close()
    print(f"{ALL * EACH:,} simulated votes {seconds:.0f} s, {ratio:.1f} times as fast as step by step")


if __name__ == "__main__":
    main()
