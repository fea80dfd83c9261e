"""Add the options for covariates to a command."""

import argparse
from pathlib import Path

import pandas as pd

from study.vote_files.covariates import read_stimuli


def add_covariate_options(parser: argparse.ArgumentParser) -> None:
    """Add --covariate, which may be repeated, and --stimuli."""
    name = "add scores adjusted for this column of numbers; may be repeated; default: those of the study"
    parser.add_argument("--covariate", action="append", default=[], metavar="NAME", help=name)
    table = "a table with columns item, method and numbers of each stimulus, for --covariate"
    parser.add_argument("--stimuli", type=Path, metavar="STIMULI.csv", help=table)


def read_stimuli_of(args: argparse.Namespace) -> pd.DataFrame | None:
    """Return the table of --stimuli, None without one. Raises BadVotes."""
    return None if args.stimuli is None else read_stimuli(args.stimuli)
