"""Run `python -m model evaluate`: measure methods on composites whose real photographs are known."""

import argparse
import sys
from pathlib import Path

from model.bulk.run import add_engine_options, engine_of
from model.evaluation.contact_sheet import ContactSheet, error_picture, sheet_row
from model.evaluation.evaluate import Comparison, evaluate
from model.images.arrays import Pixels
from model.images.files import check_outputs, picture_format, write_atomic, write_picture
from model.methods import usable_method


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add = command.add_argument
    add("folder", type=Path)
    add("--methods", required=True, help="names, separated by commas")
    add("--size", type=int, help="resize everything to SIZE×SIZE first")
    add("--json", type=Path, help="write every number")
    add_engine_options(command)
    add("--sheet", type=Path, metavar="PNG", help="write all pictures as one")


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the tables, and write the files asked for. Raises ValueError and OSError."""
    check_outputs(args.json, args.sheet)
    if args.sheet:
        picture_format(args.sheet)
    methods = [usable_method(name.strip()) for name in args.methods.split(",")]
    draw = row_of if args.sheet else None
    evaluation = evaluate(args.folder, methods, args.size, _print_progress, draw, engine_of(args))
    print(evaluation.to_text())
    if args.sheet:
        names = [method.name for method in methods]
        sheet = ContactSheet(["composite", *names, "truth", *(f"error of {name}" for name in names)])
        for row in evaluation.rows.values():
            sheet.add(row)
        write_picture(args.sheet, sheet.picture())
    if args.json:
        write_atomic(args.json, evaluation.to_json().encode())
    return 0


def row_of(comparison: Comparison) -> Pixels:
    """Draw the composite, the results, the real photograph and the errors."""
    results = comparison.results.values()
    errors = [error_picture(result, comparison.real) for result in results]
    return sheet_row([comparison.composite, *results, comparison.real, *errors])


def _print_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
