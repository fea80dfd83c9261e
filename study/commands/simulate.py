"""Simulate raters in a study."""

import argparse
import sys
import time

import numpy as np

from study.build.progress import in_words
from study.collect.simulate import Preferences, Raters, simulate_raters
from study.commands.command import Command, add_study_option, store_of, study_of
from study.config.schedules import schedule_of
from study.config.study_configs import parse_config
from study.database.rows import StudyRow
from study.database.store import Store
from study.records import BadStudy
from study.report.build import build_report
from study.report.result import Report
from study.report.sections import best_of

EVERY_SECONDS = 2.0  # between two lines of progress


def simulate(args: argparse.Namespace) -> str:
    """Simulate raters with log-worths from -1 to 1, evenly spaced in the order of the study's methods."""
    store = store_of(args)
    study = study_of(store, args)
    keys = [method.key for method in store.summary(study.slug, study.version).methods]
    worths = dict(zip(keys, np.linspace(-1, 1, len(keys)).tolist(), strict=True))
    name, effect = args.covariate or ("", 0.0)
    preferences = Preferences(worths, covariate=name, effect=effect)
    progress = ProgressOfRaters(args.participants)
    ends = [args.participants] if args.look_every is None else _ends(store, study, args)
    cast, begun, looks = 0, 0, []
    for stage, end in enumerate(ends):
        raters = Raters(end - begun, args.votes, args.seed + stage)
        progress.before = begun
        cast += simulate_raters(store, study.slug, preferences, raters, study.version, progress)
        begun = end
        if args.look_every is not None:
            looks.append(_look(build_report(store, study.slug, study.version)))
    return "".join([*looks, f"{cast} simulated votes by {args.participants} raters in {study.slug}\n"])


def _ends(store: Store, study: StudyRow, args: argparse.Namespace) -> list[int]:
    """Return the numbers of raters after which the votes are analysed: regular ones, planned ones, all."""
    if args.look_every < 1:
        raise BadStudy("--look-every should be at least 1.")
    methods = len(store.summary(study.slug, study.version).methods)
    planned = schedule_of(parse_config(study.config_json), methods).numbers
    regular = range(args.look_every, args.participants, args.look_every)
    return sorted({*regular, *(one for one in planned if one < args.participants), args.participants})


def _look(report: Report) -> str:
    """Return the result of a look in a line."""
    look, ranking = report.look, report.ranking
    which = f"planned analysis {look.number}" if look and look.number else "at any look"
    if ranking.critical is None:
        return f"{report.counts.participants:6} raters, {which}: no scores yet\n"
    clear = sum(pair.power is not None and pair.power.separated for pair in ranking.pairs)
    return (
        f"{report.counts.participants:6} raters, {which}: {clear} of {len(ranking.pairs)} pairs differ "
        f"beyond {ranking.critical:.2f} standard errors. {best_of(ranking)}\n"
    )


class ProgressOfRaters:
    """Print how many raters have voted, at most one line every two seconds.

    before: the raters of earlier stages.
    """

    def __init__(self, total: int) -> None:
        self.before = 0
        self._total = total
        self._began = self._last = time.monotonic()

    def __call__(self, done: int) -> None:
        done, now = self.before + done, time.monotonic()
        if now - self._last >= EVERY_SECONDS and done < self._total:
            self._last = now
            left = (now - self._began) / done * (self._total - done)
            sys.stderr.write(f"rater {done} of {self._total}, {in_words(left)} left\n")


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_study_option(parser)
    parser.add_argument("--participants", type=int, required=True)
    parser.add_argument("--votes", type=int, required=True, help="by each participant")
    parser.add_argument("--seed", type=int, default=0)
    depends = (
        "the preference for the left side depends on this, by standard deviations; one of rt_ms, view_zoom"
    )
    parser.add_argument("--covariate", type=_effect, metavar="NAME=EFFECT", help=depends)
    every = "analyse the votes after every N raters, and at the planned looks"
    parser.add_argument("--look-every", type=int, metavar="N", help=every)


def _effect(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} should be like view_zoom=0.5") from None


SIMULATE = Command("simulate", simulate, _add_options, database=True)
