"""Run `python -m model results`: check pictures that other programs made."""

import argparse
from pathlib import Path

from model.evaluation.precomputed_check import check_results
from model.images.composite_folder import CompositeFolder


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add = command.add_argument
    add("folder", type=Path, help="holds METHOD/IMAGE.png and methods.json")
    add("--composites", type=Path, required=True, help="holds composite/ and mask/")
    add("--methods", help="names, separated by commas; default: every folder")


def run(args: argparse.Namespace) -> int:
    """Print every finding and their number. Return 2 if any of them is an error."""
    folders = [path.name for path in sorted(args.folder.iterdir()) if path.is_dir()]
    names = args.methods.split(",") if args.methods else folders
    composites = CompositeFolder(args.composites)
    findings = check_results(args.folder, [name.strip() for name in names], composites)
    for finding in findings:
        print(finding)
    errors = sum(finding.level == "error" for finding in findings)
    checked = f"{len(composites)} composites, {len(names)} methods"
    print(f"{checked}: {errors} errors, {len(findings) - errors} warnings")
    return 2 if errors else 0
