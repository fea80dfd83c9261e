"""Represent the commands of `python -m study`, and open the database that their options name."""

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from study.database.rows import StudyRow
from study.database.store import DATA, Store
from study.manage.states import all_versions, versions
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
    """Add `--study` and `--version`, which `study_of` reads."""
    parser.add_argument("--study", metavar="SLUG", help="needed where the database has several studies")
    newest = "default: the newest one that was opened"
    parser.add_argument("--version", type=int, metavar="N", help=newest)


def store_of(args: argparse.Namespace) -> Store:
    """Open the database of `--database`, DATABASE_URL or DATA_DIR. Raises BadStudy."""
    return Store.open(database_url(args), home=data_folder())


def database_url(args: argparse.Namespace) -> str:
    """Return the address of the database of `--database`, DATABASE_URL or DATA_DIR."""
    default = f"sqlite:///{data_folder() / 'harmonylab.db'}"
    return str(args.database or os.environ.get("DATABASE_URL") or default)


def data_folder() -> Path:
    """Return the folder of DATA_DIR."""
    return Path(os.environ.get("DATA_DIR") or DATA).resolve()


def study_of(store: Store, args: argparse.Namespace) -> StudyRow:
    """Return the version of `--study` and `--version`, else of the only study. Raises BadStudy."""
    with store.reading() as tx:
        return tx.study(args.study or _only_study(store), args.version)


def _only_study(store: Store) -> str:
    slugs = sorted({version.slug for version in all_versions(store)})
    if not slugs:
        raise BadStudy("There is no study yet. `python -m study build` makes one.")
    if len(slugs) > 1:
        raise BadStudy(f"There are several studies. Please add --study with one of: {', '.join(slugs)}.")
    return slugs[0]


def other_versions(store: Store, study: StudyRow) -> str:
    """Return a line for each other version of a study that has votes, "" without one."""
    others = [one for one in versions(store, study.slug) if one.votes and one.version != study.version]
    return "".join(
        f"Version {one.version} has {one.votes} other votes: --study {one.slug} --version {one.version}\n"
        for one in others
    )
