"""Run the parts of a server that keep its votes, with a small study and copies in a folder."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from study.database.store import Store
from study.durability.durability import Durability, Place
from study.manage.states import open_folder
from tests.support.study_world import small_study

SECONDS = 0.1  # between two copies


@dataclass(frozen=True)
class Server:
    """Hold the database of a server, and what keeps its votes."""

    store: Store
    durability: Durability
    place: Place

    def copy(self) -> None:
        """Copy everything, as the threads do."""
        self.durability.copy_now()


def place_in(folder: Path, address: str, **change: Any) -> Place:
    """Return the place of a server whose data folder is `folder`."""
    place = Place(folder / "harmonylab.db", folder, address, seconds=SECONDS)
    return replace(place, **change)


def started(place: Place) -> Server:
    """Start a server without its threads; the small study is built and registered where it is missing."""
    durability = Durability.prepare(place)
    store = Store.open(f"sqlite:///{place.database}", home=place.data_dir)
    durability.attach(store)
    if store.current_study() is None:
        open_folder(store, small_study(place.data_dir / "studies" / "small"), "test")
    return Server(store, durability, place)


@contextmanager
def server(folder: Path, address: str, **change: Any) -> Iterator[Server]:
    """Yield a server, and end it as a kill would: without a last copy."""
    one = started(place_in(folder, address, **change))
    try:
        yield one
    finally:
        one.store.close()


def rows_of(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables, without the outbox and without log entries about restorations."""
    with closing(sqlite3.connect(database)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        tables = [name for (name,) in names if not name.startswith(("sqlite_", "outbox"))]
        found = {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in tables}
    log = found["organizer_log"]
    return {**found, "organizer_log": [entry for entry in log if "restored" not in entry]}
