"""Write the plan of a study for a registry."""

import argparse
from pathlib import Path

from study.atomic_files import write_file
from study.collect.preregistration import preregistration, to_json, to_markdown
from study.commands.command import Command


def preregister(args: argparse.Namespace) -> str:
    """Print and write what was decided before the first vote, for a registry."""
    registered = preregistration(args.folder)
    for path, text in ((args.json, to_json), (args.markdown, to_markdown)):
        if path:
            write_file(path, text(registered).encode())
    return to_markdown(registered)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="STUDY_DIR")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--markdown", type=Path, metavar="OUT")


PREREGISTER = Command("preregister", preregister, _add_options)
