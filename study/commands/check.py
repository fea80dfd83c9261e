"""Check a study folder before it is opened to participants."""

import argparse
from pathlib import Path

from study.collect.validate import check_study
from study.commands.command import Command
from study.records import BadStudy


def check(args: argparse.Namespace) -> str:
    """Find whatever would break a study or reveal which method made a picture."""
    findings = check_study(args.folder)
    if any(finding.level == "error" for finding in findings):
        raise BadStudy("\n".join([*map(str, findings), f"{args.folder.name} should not go live like this."]))
    return "".join(f"{finding}\n" for finding in findings) + f"{args.folder.name} may go live.\n"


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="STUDY_DIR")


CHECK = Command("check", check, _add_options)
