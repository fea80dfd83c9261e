"""Serve the application with a small study to tests of organizers."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.operated import Operated, operated


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    with operated(tmp_path_factory.mktemp("organized")) as server:
        yield server


@pytest.fixture
def organizer(server: Operated) -> Iterator[httpx.Client]:
    with server.organizer() as client:
        yield client
