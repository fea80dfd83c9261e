"""Open an empty database for each test, in SQLite and in PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from benchmarks import postgresql
from study.database.store import Store


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    """Start one PostgreSQL for all tests of this folder."""
    with postgresql.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Open an empty database."""
    url = f"sqlite:///{tmp_path / 'votes.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("address")
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    opened = Store.open(url)
    yield opened
    opened.close()
