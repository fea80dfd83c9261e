"""Simulate raters in a study."""

import argparse
import sys
import time

import numpy as np

from study.build.progress import in_words
from study.collect.simulate import Preferences, Raters, simulate_raters
from study.commands.command import Command, add_study_option, store_of, study_of

EVERY_SECONDS = 2.0  # between two lines of progress


def simulate(args: argparse.Namespace) -> str:
    """Simulate raters with log-worths from -1 to 1, evenly spaced in the order of the study's methods."""
    store = store_of(args)
    study = study_of(store, args)
    keys = [method.key for method in store.summary(study.slug, study.version).methods]
    worths = dict(zip(keys, np.linspace(-1, 1, len(keys)).tolist(), strict=True))
    cast = simulate_raters(
        store,
        study.slug,
        Preferences(worths),
        Raters(args.participants, args.votes, args.seed),
        study.version,
        ProgressOfRaters(args.participants),
    )
    return f"{cast} simulated votes by {args.participants} raters in {study.slug}\n"


class ProgressOfRaters:
    """Print how many raters have voted, at most one line every two seconds."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._began = self._last = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._last >= EVERY_SECONDS and done < self._total:
            self._last = now
            left = (now - self._began) / done * (self._total - done)
            sys.stderr.write(f"rater {done} of {self._total}, {in_words(left)} left\n")


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_study_option(parser)
    parser.add_argument("--participants", type=int, required=True)
    parser.add_argument("--votes", type=int, required=True, help="by each participant")
    parser.add_argument("--seed", type=int, default=0)


SIMULATE = Command("simulate", simulate, _add_options, database=True)
