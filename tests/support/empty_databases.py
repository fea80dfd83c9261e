"""Provide empty databases of both kinds."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import postgresql


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """Return the address of a SQLite file in a folder, or of a new PostgreSQL server."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'votes.db'}"
    else:
        with postgresql.server() as found:
            yield found
