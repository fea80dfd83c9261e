"""`python -m model`: harmonize a picture, evaluate methods, list them, train."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from model.commands import fit, harmonize, mask
from model.evaluation.contact_sheet import ContactSheet, error_picture
from model.evaluation.evaluate import Compared, evaluate
from model.evaluation.precomputed_check import check_results
from model.images.composite_folder import CompositeFolder
from model.images.files import check_outputs, picture_format, write_atomic, write_picture
from model.methods import Method, available_methods, usable_method
from model.network.checkpoint import file_hash


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0, or 2 after one line on standard error for input that cannot be used."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    args = _build_parser(arguments[:1]).parse_args(arguments)
    try:
        return int(args.run(args))
    except OSError as error:
        message = f"{error.strerror or error}: {Path(error.filename or '').name}"
    except ValueError as error:  # every complaint about input is one
        message = " ".join(str(error).split())
    print(f"{args.command}: {message}", file=sys.stderr)
    return 2


def _build_parser(chosen: Sequence[str]) -> argparse.ArgumentParser:
    """Every command; the options of those that need PyTorch only where one is chosen: others do not wait."""
    parser = argparse.ArgumentParser(prog="python -m model", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    command = commands.add_parser("harmonize", help="harmonize the object in one picture")
    command.set_defaults(run=harmonize.run)
    harmonize.add_arguments(command)

    command = commands.add_parser(
        "evaluate", help="measure methods on a folder with composite/, mask/ and real/"
    )
    command.set_defaults(run=_evaluate)
    command.add_argument("folder", type=Path)
    command.add_argument("--methods", required=True, help="names, separated by commas")
    command.add_argument("--size", type=int, help="resize everything to SIZE×SIZE first")
    command.add_argument("--json", type=Path, help="write every number")
    command.add_argument(
        "--sheet",
        type=Path,
        metavar="PNG",
        help="write all pictures as one",
    )

    command = commands.add_parser("methods", help="list the methods")
    command.set_defaults(run=_methods)
    command.add_argument("--json", action="store_true")

    command = commands.add_parser("mask", help="make a mask for a picture that has none")
    command.set_defaults(run=mask.run)
    mask.add_arguments(command)

    command = commands.add_parser("fit", help="turn the result of another program into an edit")
    command.set_defaults(run=fit.run)
    fit.add_arguments(command)

    command = commands.add_parser("results", help="check pictures that other programs made")
    command.set_defaults(run=_results)
    command.add_argument("folder", type=Path, help="holds METHOD/IMAGE.png and methods.json")
    command.add_argument("--composites", type=Path, required=True, help="holds composite/ and mask/")
    command.add_argument("--methods", help="names, separated by commas; default: every folder")

    command = commands.add_parser("train", help="train the network", add_help=chosen == ["train"])
    if chosen == ["train"]:
        from model.training import train

        command.set_defaults(run=train.run)
        train.add_arguments(command)

    command = commands.add_parser(
        "combine", help="one network out of several", add_help=chosen == ["combine"]
    )
    if chosen == ["combine"]:
        from model.training import average_weights

        command.set_defaults(run=average_weights.run)
        average_weights.add_arguments(command)
    return parser


def _evaluate(args: argparse.Namespace) -> int:
    check_outputs(args.json, args.sheet)
    if args.sheet:
        picture_format(args.sheet)
    methods = [usable_method(name.strip()) for name in args.methods.split(",")]
    names = [method.name for method in methods]
    sheet = ContactSheet(["composite", *names, "truth", *(f"error of {name}" for name in names)])

    def show(seen: Compared) -> None:
        if args.sheet:
            errors = [error_picture(result, seen.real) for result in seen.results.values()]
            sheet.add([seen.composite, *seen.results.values(), seen.real, *errors])

    evaluation = evaluate(args.folder, methods, args.size, _progress, show)
    print(evaluation.to_text())
    if args.sheet:
        write_picture(args.sheet, sheet.picture())
    if args.json:
        write_atomic(args.json, evaluation.to_json().encode())
    return 0


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _methods(args: argparse.Namespace) -> int:
    methods = available_methods().values()
    if args.json:
        fields = (
            "name", "title", "tier", "licence", "url", "available", "reason", "optional",
            "deterministic", "max_side", "max_megapixels",
        )  # fmt: skip
        print(
            json.dumps([{field: getattr(method, field) for field in fields} for method in methods], indent=1)
        )
        return 0
    names, titles, licences = (
        max(len(getattr(method, field)) for method in methods) for field in ("name", "title", "licence")
    )
    for method in methods:
        state = method.reason or f"available{_weights_used(method)}"
        print(
            f"{method.name:{names}}  {method.title:{titles}}  tier {method.tier}  "
            f"{method.licence:{licences}}  {state}"
        )
    return 0


def _weights_used(method: Method) -> str:
    """Which file of the user's it runs."""
    used = method.weights if method.available else None
    return f": {used.name}, SHA-256 {file_hash(used)}" if used else ""


def _results(args: argparse.Namespace) -> int:
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


if __name__ == "__main__":
    sys.exit(main())
