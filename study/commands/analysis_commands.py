"""The commands that read votes, or plan how many there should be. Each returns what it has to say."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np

from study.database.store import Store
from study.records import BadStudy
from study.report.build import build_report, report_of
from study.report.html import to_html
from study.report.markdown import to_json, to_markdown
from study.report.result import Report
from study.statistics.data_quality import RULES

# Adds a command that runs a function, with or without the option --database.
AddCommand: TypeAlias = Callable[..., argparse.ArgumentParser]


def store_of(args: argparse.Namespace) -> Store:
    """The database of --database, DATABASE_URL or DATA_DIR. Raises BadStudy."""
    default = f"sqlite:///{Path(os.environ.get('DATA_DIR') or 'data') / 'harmonylab.db'}"
    return Store.open(args.database or os.environ.get("DATABASE_URL") or default)


def slug_of(store: Store, args: argparse.Namespace) -> str:
    """The study of --study, else the newest. Raises BadStudy if there is none."""
    slug = args.study or store.current_study()
    if slug is None:
        raise BadStudy("There is no study yet. `python -m study build` makes one.")
    return str(slug)


def plan(args: argparse.Namespace) -> str:
    """How many participants a study needs, and how often it may look at its votes."""
    from study.report.sample_size_text import Plan, make_plan, plan_to_json, plan_to_text
    from study.statistics.sample_size import Aim, Crowd, crowd_of_taste

    try:
        aim = Aim(args.methods, _difference(args), args.alpha, args.power, args.ties, args.multiplicity)
        crowd = Crowd(args.votes, args.correlation)
        if args.taste is not None:
            crowd = crowd_of_taste(args.taste, args.votes, args.methods, args.ties)
        made: Plan = make_plan(aim, crowd, args.looks)
    except ValueError as error:
        raise BadStudy(f"Please check the options: {error}.") from None
    return plan_to_json(made) if args.json else plan_to_text(made)


def report(args: argparse.Namespace) -> str:
    """The scores of a study, or of a table of votes, with all that they rest on."""
    if args.votes:
        from study.vote_files.dataframe import data_of, read_frame

        made = report_of(data_of(read_frame(args.votes), args.votes.stem), excluding=args.exclude)
    else:
        store = store_of(args)
        made = build_report(store, slug_of(store, args), excluding=args.exclude)
    for path, text in ((args.json, to_json), (args.markdown, to_markdown), (args.html, to_html)):
        if path:
            args.write(path, text(made).encode())
    if args.paper:
        _write_paper(args, made)
    return to_markdown(made)


def _write_paper(args: argparse.Namespace, made: Report) -> None:
    from study.report.paper import paper_files

    try:
        files = paper_files(made)
    except ValueError as error:
        raise BadStudy(str(error)) from None
    args.paper.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        args.write(args.paper / name, text.encode())


def simulate(args: argparse.Namespace) -> str:
    """Raters whose taste is known: the methods' worths are spaced evenly in the order of the study."""
    from study.collect.simulate import simulate_raters

    store = store_of(args)
    slug = slug_of(store, args)
    keys = [method.key for method in store.tally(slug).methods]
    worths = dict(zip(keys, np.linspace(-1, 1, len(keys)).tolist(), strict=True))
    cast = simulate_raters(
        store, slug, worths, participants=args.participants, votes=args.votes, seed=args.seed
    )
    return f"{cast} simulated votes by {args.participants} raters in {slug}\n"


def state(args: argparse.Namespace) -> str:
    """Open a study to participants, pause or close it."""
    from study.collect.enrolment import set_status

    store = store_of(args)
    slug = slug_of(store, args)
    set_status(store, slug, args.status)
    found = store.tally(slug)
    return f"{slug} is {args.status}: {found.participants} enrolled, {found.completed} completed\n"


def invite(args: argparse.Namespace) -> str:
    """Let only the recruitment ids of a file begin in a study, beside those named before."""
    from study.collect.enrolment import invite as add_ids

    store = store_of(args)
    slug = slug_of(store, args)
    try:
        added = add_ids(store, slug, args.ids.read_text(encoding="utf-8-sig").splitlines())
    except UnicodeDecodeError:
        raise BadStudy(f"{args.ids.name} should be text in UTF-8, one id a line.") from None
    return f"{added} new ids may begin in {slug}\n"


def export(args: argparse.Namespace) -> str:
    """Votes, or counts of them, as CSV, Parquet or JSON Lines by the ending of the file."""
    from study.database.load_responses import read_study
    from study.vote_files.export import TABLES, writer_for

    write, store = writer_for(args.out.suffix), store_of(args)
    frame = TABLES[args.what](read_study(store, slug_of(store, args)), everything=args.everything)
    args.write(args.out, write(frame))
    return f"{len(frame)} rows in {args.out}\n"


def import_(args: argparse.Namespace) -> str:
    """Votes of other tools (arena battles, tables of winners) as a table for `fit` and `report --votes`."""
    from study.vote_files.export import writer_for
    from study.vote_files.foreign_formats import read_foreign

    write, frame = writer_for(args.out.suffix), read_foreign(args.votes)
    args.write(args.out, write(frame))
    methods = len(set(frame["left"]) | set(frame["right"]))
    return f"{len(frame)} votes on {methods} methods in {args.out}\n"


def add_commands(command: AddCommand) -> None:
    """Add the options of all of them."""
    _add_plan(command(plan, database=False).add_argument)

    add = command(report).add_argument
    add("--study", metavar="SLUG")
    add("--votes", type=Path, metavar="VOTES.csv", help="a table instead of a study")
    add("--json", type=Path, metavar="OUT")
    add("--markdown", type=Path, metavar="OUT")
    add("--html", type=Path, metavar="OUT", help="one file, with charts")
    add(
        "--exclude",
        type=_rules,
        metavar="RULES",
        help=f"leave out flagged people by {','.join(RULES)}; default: as the study decided",
    )
    add("--paper", type=Path, metavar="DIR", help="a LaTeX table, a figure and a paragraph on methods")

    add = command(simulate).add_argument
    add("--study", metavar="SLUG")
    add("--participants", type=int, required=True)
    add("--votes", type=int, required=True, help="by each participant")
    add("--seed", type=int, default=0)

    add = command(state).add_argument
    add("status", choices=["active", "paused", "closed"])
    add("--study", metavar="SLUG")

    add = command(invite).add_argument
    add("ids", type=Path, metavar="IDS.txt", help="one id a line")
    add("--study", metavar="SLUG")

    add = command(export).add_argument
    add("out", type=Path, metavar="VOTES.csv", help="or .parquet, .jsonl")
    add("--study", metavar="SLUG")
    add(
        "--what",
        choices=["votes", "arena", "counts"],
        default="votes",
        help="arena: model_a, model_b, winner",
    )
    add("--everything", action="store_true", help="gold pairs and repeats too")

    add = command(import_, database=False).add_argument
    add("votes", type=Path, metavar="FILE", help=".csv, .jsonl, .json or .parquet")
    add("out", type=Path, metavar="VOTES.csv", help="or .parquet, .jsonl")


def _add_plan(add: Callable[..., argparse.Action]) -> None:
    add("--methods", type=int, required=True, help="how many are compared")
    add("--difference", type=float, help="of log-worths that should be found, such as 0.4")
    add("--preference", type=float, help="the same as a share of decided votes, such as 0.6")
    add("--votes", type=int, default=20, help="of each participant; default 20")
    add("--power", type=float, default=0.8, help="chance of finding the difference; default 0.8")
    add("--alpha", type=float, default=0.05, help="chance of any false one; default 0.05")
    add("--ties", type=float, default=0.15, help="share of ties between equal methods; default 0.15")
    add("--correlation", type=float, default=0.02, help="of votes of one participant; default 0.02")
    add("--taste", type=float, metavar="SD", help="instead: how much participants' log-worths scatter")
    add("--multiplicity", choices=["bonferroni", "simultaneous", "none"], default="bonferroni")
    add("--looks", type=_shares, default=(1.0,), help="shares of the votes, such as 0.5,1; default 1")
    add("--json", action="store_true")


def _rules(text: str) -> tuple[str, ...]:
    rules = tuple(text.split(","))
    if not set(rules) <= set(RULES):
        raise argparse.ArgumentTypeError(f"{text!r} should be some of {','.join(RULES)}")
    return rules


def _shares(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} should be shares such as 0.5,1") from None


def _difference(args: argparse.Namespace) -> float:
    """In log-worth. Raises ValueError unless one of the two ways to say it is used."""
    if (args.difference is None) == (args.preference is None):
        raise ValueError("give either --difference or --preference")
    if args.preference is None:
        return float(args.difference)
    if not 0.5 < args.preference < 1:
        raise ValueError("--preference should be between 0.5 and 1, such as 0.6")
    return float(np.log(args.preference / (1 - args.preference)))
