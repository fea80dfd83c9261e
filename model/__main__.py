"""Run `python -m model`: harmonize a picture, evaluate methods, list them, train the network."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

HELP = {
    "harmonize": "harmonize the object in one picture",
    "evaluate": "measure methods on a folder with composite/, mask/ and real/",
    "methods": "list the methods",
    "mask": "make a mask for a picture that has none",
    "fit": "turn the result of another program into an edit",
    "results": "check pictures that other programs made",
    "train": "train the network",
    "pack": "pack photographs for training on another machine",
    "train-masks": "train the decoder that finds masks",
    "combine": "average the weights of several networks",
}
"""Each command is the module of that name in `model.commands`, with `add_arguments` and `run`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Return 0, or 2 after one line on standard error for input that cannot be used."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    args = _build_parser(arguments[:1]).parse_args(arguments)
    try:
        return int(args.run(args))
    except OSError as error:
        message = f"{error.strerror or error}: {Path(error.filename or '').name}"
    except ValueError as error:  # the base class of every error about input
        message = " ".join(str(error).split())
    print(f"{args.command}: {message}", file=sys.stderr)
    return 2


def _build_parser(chosen: Sequence[str]) -> argparse.ArgumentParser:
    """Return a parser with the options of the chosen command: no other command is imported."""
    parser = argparse.ArgumentParser(prog="python -m model", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in HELP.items():
        is_chosen = chosen == [name]
        command = commands.add_parser(name, help=text, add_help=is_chosen)
        if is_chosen:
            module = importlib.import_module(f"model.commands.{name.replace('-', '_')}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
