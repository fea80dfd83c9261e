"""Run `python -m model evaluate`: measure methods on composites whose real photographs are known."""

import argparse
import sys
from pathlib import Path

from model.evaluation.contact_sheet import ContactSheet, error_picture
from model.evaluation.evaluate import Comparison, evaluate
from model.images.files import check_outputs, picture_format, write_atomic, write_picture
from model.methods import usable_method


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add = command.add_argument
    add("folder", type=Path)
    add("--methods", required=True, help="names, separated by commas")
    add("--size", type=int, help="resize everything to SIZE×SIZE first")
    add("--json", type=Path, help="write every number")
    add("--sheet", type=Path, metavar="PNG", help="write all pictures as one")


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the tables, and write the files asked for. Raises ValueError and OSError."""
    check_outputs(args.json, args.sheet)
    if args.sheet:
        picture_format(args.sheet)
    methods = [usable_method(name.strip()) for name in args.methods.split(",")]
    names = [method.name for method in methods]
    sheet = ContactSheet(["composite", *names, "truth", *(f"error of {name}" for name in names)])

    def add_row(comparison: Comparison) -> None:
        if args.sheet:
            results = comparison.results.values()
            errors = [error_picture(result, comparison.real) for result in results]
            sheet.add([comparison.composite, *results, comparison.real, *errors])

    evaluation = evaluate(args.folder, methods, args.size, _print_progress, add_row)
    print(evaluation.to_text())
    if args.sheet:
        write_picture(args.sheet, sheet.picture())
    if args.json:
        write_atomic(args.json, evaluation.to_json().encode())
    return 0


def _print_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
