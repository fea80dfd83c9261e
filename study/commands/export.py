"""Export the votes of a study, and convert tables of other tools."""

import argparse
from pathlib import Path

from study.atomic_files import write_file
from study.commands.command import Command, add_study_option, other_versions, store_of, study_of
from study.database.responses.load_responses import read_study
from study.manage.answers import answers_table
from study.vote_files.export import TABLES, writer_for
from study.vote_files.foreign_formats import read_foreign


def export(args: argparse.Namespace) -> str:
    """Write votes, counts of them, or answers of people to forms, by the ending of the file."""
    write, store = writer_for(args.out.suffix), store_of(args)
    study = study_of(store, args)
    if args.what == "people":
        frame = answers_table(store, study)
    else:
        data = read_study(store, study.slug, study.version, "pilot" if args.pilot else "counted")
        what = args.what or ("votes" if data.choices is None else "rankings")
        frame = TABLES[what](data, everything=args.everything)
    write_file(args.out, write(frame))
    return f"{len(frame)} rows in {args.out}\n{other_versions(store, study)}"


def import_votes(args: argparse.Namespace) -> str:
    """Convert votes of other tools (arena battles, tables of winners) for `fit` and `report --votes`."""
    write, frame = writer_for(args.out.suffix), read_foreign(args.votes)
    write_file(args.out, write(frame))
    methods = len(set(frame["left"]) | set(frame["right"]))
    return f"{len(frame)} votes on {methods} methods in {args.out}\n"


def _add_export_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("out", type=Path, metavar="VOTES.csv", help="or .parquet, .jsonl")
    add_study_option(parser)
    kinds = (
        "arena: model_a, model_b, winner; rankings: the default where trials have three or four pictures; "
        "people: their answers to forms"
    )
    add("--what", choices=["votes", "arena", "counts", "rankings", "people"], help=kinds)
    add("--everything", action="store_true", help="gold pairs and repeats too")
    add("--pilot", action="store_true", help="the answers that were set aside as a pilot, and no others")


def _add_import_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("votes", type=Path, metavar="FILE", help=".csv, .jsonl, .json or .parquet")
    parser.add_argument("out", type=Path, metavar="VOTES.csv", help="or .parquet, .jsonl")


EXPORT = Command("export", export, _add_export_options, database=True)
IMPORT = Command("import", import_votes, _add_import_options)
