"""Represent the commands of `python -m study`, and open the database that their options name."""

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from study.database.store import Store
from study.records import BadStudy


@dataclass(frozen=True)
class Command:
    """Represent one command. The docstring of `run` is its help text, and what it returns is printed.

    name: as it is typed. add_options: add the options of the command to its parser. database: add the option
    `--database` too.
    """

    name: str
    run: Callable[[argparse.Namespace], str]
    add_options: Callable[[argparse.ArgumentParser], None]
    database: bool = False

    def add_to(self, parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
        """Add the parser of this command."""
        parser = parsers.add_parser(self.name, help=self.run.__doc__)
        parser.set_defaults(run=self.run)
        if self.database:
            default = "default: DATABASE_URL, else SQLite in DATA_DIR"
            parser.add_argument("--database", metavar="URL", help=default)
        self.add_options(parser)


def add_study_option(parser: argparse.ArgumentParser) -> None:
    """Add `--study`, which `slug_of` reads."""
    parser.add_argument("--study", metavar="SLUG", help="default: the newest study")


def store_of(args: argparse.Namespace) -> Store:
    """Open the database of `--database`, DATABASE_URL or DATA_DIR. Raises BadStudy."""
    default = f"sqlite:///{Path(os.environ.get('DATA_DIR') or 'data') / 'harmonylab.db'}"
    return Store.open(args.database or os.environ.get("DATABASE_URL") or default)


def slug_of(store: Store, args: argparse.Namespace) -> str:
    """Return the slug of `--study`, else of the newest study. Raises BadStudy if there is none."""
    slug = args.study or store.current_study()
    if slug is None:
        raise BadStudy("There is no study yet. `python -m study build` makes one.")
    return str(slug)
