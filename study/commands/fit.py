"""Fit the scores of a table of votes."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

from study.commands.command import Command
from study.commands.covariate_options import add_covariate_options, read_stimuli_of
from study.vote_files.covariates import covariates_of_table
from study.vote_files.fit import fit_table
from study.vote_files.fit_rankings import fit_ranking_table
from study.vote_files.fit_text import table_to_text
from study.vote_files.foreign_formats import read_answers
from study.vote_files.read import BadVotes
from study.vote_files.read_rankings import RankingTable

ANCHOR = "the method that others are measured against; default: composite or unprocessed, or else the best"
NO_OPTION = {
    "--ties": "Please leave it out: ties of rankings are always in the model.",
    "--penalty firth": "Please use --penalty phantom.",
    "--covariate": "Please leave it out, or write the best and each other method of a trial as a vote.",
}
FEWEST_DRAWS, MOST_DRAWS = 20, 100_000


def fit(args: argparse.Namespace) -> str:
    """Fit the scores of a table of votes."""
    table = read_answers(args.votes)
    if isinstance(table, RankingTable):
        _refuse_options_of_pairs(args)
        result = fit_ranking_table(
            table,
            position=args.position,
            penalty=args.penalty,
            replicates=args.bootstrap,
            anchor=args.anchor,
        )
    else:
        covariates = covariates_of_table(table, args.covariate, read_stimuli_of(args))
        result = fit_table(
            replace(table, covariates=covariates),
            ties=args.ties,
            position=args.position,
            penalty=args.penalty,
            replicates=args.bootstrap,
            anchor=args.anchor,
        )
    return (json.dumps(result, indent=1) if args.json else table_to_text(result)) + "\n"


def _refuse_options_of_pairs(args: argparse.Namespace) -> None:
    refused = {
        "--ties": args.ties != "davidson",
        "--penalty firth": args.penalty == "firth",
        "--covariate": args.covariate,
    }
    for option, given in refused.items():
        if given:
            raise BadVotes(f"{option} is for votes on pairs, and these are rankings. {NO_OPTION[option]}")


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    columns = "left,right,outcome (L, R, T), the columns of other tools, or trial,method,rank"
    add("votes", type=Path, metavar="VOTES.csv", help=columns)
    add("--ties", choices=["davidson", "half", "drop"], default="davidson")
    add(
        "--position",
        action="store_true",
        help="estimate a preference for the left side, or for each position",
    )
    penalty = "add penalised scores where the votes give no finite ones"
    add("--penalty", choices=["firth", "phantom"], help=penalty)
    add("--anchor", default="", metavar="NAME", help=ANCHOR)
    add(
        "--bootstrap",
        type=_replicates,
        default=0,
        metavar="N",
        help="add standard errors from N bootstrap samples of the participants",
    )
    add_covariate_options(parser)
    add("--json", action="store_true")


def _replicates(text: str) -> int:
    if not text.isdecimal() or not FEWEST_DRAWS <= int(text) <= MOST_DRAWS:
        raise argparse.ArgumentTypeError(
            f"{text!r} should be a number from {FEWEST_DRAWS} to {MOST_DRAWS}, such as 1000"
        )
    return int(text)


FIT = Command("fit", fit, _add_options)
