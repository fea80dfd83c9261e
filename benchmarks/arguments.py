"""Read the arguments of measurements; `--help` prints what a command measures."""

import argparse
from pathlib import Path

from model.network.harmonizer import DEFAULT_WEIGHTS


def parser_of(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser without arguments, described by the docstring of a module."""
    return argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)


def existing_folder(word: str) -> Path:
    """Return an existing folder. Raises ArgumentTypeError."""
    path = Path(word)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{word} is not a folder.")
    return path


def photographs_and_weights(doc: str | None) -> tuple[Path, list[Path]]:
    """Return the folder of photographs and the weights of a command that takes these alone."""
    parser = parser_of(doc)
    parser.add_argument("photographs", type=existing_folder, metavar="PHOTOGRAPHS")
    parser.add_argument("weights", nargs="*", type=Path, default=[DEFAULT_WEIGHTS], metavar="WEIGHTS")
    args = parser.parse_args()
    return args.photographs, args.weights


def add_photographs_and_folders(parser: argparse.ArgumentParser) -> None:
    """Add a folder of photographs, and one or more folders of genuine composites."""
    parser.add_argument("photographs", type=existing_folder, metavar="VAL")
    add_folders(parser)


def add_folders(parser: argparse.ArgumentParser) -> None:
    """Add one or more folders."""
    parser.add_argument("folders", nargs="+", type=existing_folder, metavar="DIR")


def folders_of(doc: str | None) -> list[Path]:
    """Return the folders of a command that takes one or more of them alone."""
    parser = parser_of(doc)
    add_folders(parser)
    return list(parser.parse_args().folders)
