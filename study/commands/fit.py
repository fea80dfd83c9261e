"""Fit the scores of a table of votes."""

import argparse
import json
from pathlib import Path

from study.commands.command import Command
from study.vote_files.fit import fit_table
from study.vote_files.fit_text import table_to_text
from study.vote_files.foreign_formats import read_table

FEWEST_DRAWS, MOST_DRAWS = 20, 100_000


def fit(args: argparse.Namespace) -> str:
    """Fit the scores of a table of votes."""
    result = fit_table(
        read_table(args.votes),
        ties=args.ties,
        position=args.position,
        penalty=args.penalty,
        replicates=args.bootstrap,
    )
    return (json.dumps(result, indent=1) if args.json else table_to_text(result)) + "\n"


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    columns = "left,right,outcome (L, R, T), or the columns of other tools"
    add("votes", type=Path, metavar="VOTES.csv", help=columns)
    add("--ties", choices=["davidson", "half", "drop"], default="davidson")
    add("--position", action="store_true", help="estimate an order effect: a preference for the left side")
    penalty = "add penalised scores where the votes give no finite ones"
    add("--penalty", choices=["firth", "phantom"], help=penalty)
    add(
        "--bootstrap",
        type=_replicates,
        default=0,
        metavar="N",
        help="add standard errors from N bootstrap samples of the participants",
    )
    add("--json", action="store_true")


def _replicates(text: str) -> int:
    if not text.isdecimal() or not FEWEST_DRAWS <= int(text) <= MOST_DRAWS:
        raise argparse.ArgumentTypeError(
            f"{text!r} should be a number from {FEWEST_DRAWS} to {MOST_DRAWS}, such as 1000"
        )
    return int(text)


FIT = Command("fit", fit, _add_options)
