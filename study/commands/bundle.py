"""Write a whole study as one archive."""

import argparse
from pathlib import Path

from study.bundle.archive import write_bundle
from study.commands.command import Command, add_study_option, other_versions, store_of, study_of


def bundle(args: argparse.Namespace) -> str:
    """Write votes, counts, pictures, registration and report as one archive with checksums."""
    store = store_of(args)
    study = study_of(store, args)
    write_bundle(store, study.slug, study.version, args.out)
    return f"{args.out} has {study.slug}, version {study.version}.\n{other_versions(store, study)}"


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="STUDY.zip")
    add_study_option(parser)


BUNDLE = Command("bundle", bundle, _add_options, database=True)
