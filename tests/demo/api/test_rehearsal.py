"""Go through drafts by signed addresses: only these work, and nothing counts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from demo.api.rehearsal import VALID_SECONDS, Rehearsals
from demo.api.study import study_api
from study.collect.registration import register
from study.database.store import Store
from study.manage.answers import answers_csv
from study.manage.ids import participants_csv
from study.manage.states import all_versions
from study.records import Refused
from tests.support.study_world import small_study

KEY = "the server's key"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a database with a draft."""
    opened = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    register(opened, small_study(tmp_path / "small"))
    yield opened
    opened.close()


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    app = FastAPI()
    app.mount("/api", study_api(store, KEY, 2))
    with TestClient(app) as client:
        yield client


def link(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def post(client: TestClient, action: str, body: Any, token: str = "") -> Any:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return client.post(f"/api/study/small/{action}", json=body, headers=headers).json()


def rehearse(client: TestClient, given: dict[str, str]) -> Any:
    """Go through the whole study by a link; return the last state."""
    assert post(client, "door", {"link": given}) == {"open": True}
    state = post(client, "enrol", {"claim": str(uuid4()), "link": given})
    token = state["token"]
    while state["state"] == "trial":
        vote = {"trial": state["trial"]["trial"], "choice": "L", "uuid": str(uuid4())}
        state = post(client, "vote", vote, token)
    return state


def test_a_draft_is_rehearsed_twice_and_stays_without_people(client: TestClient, store: Store) -> None:
    given = link(Rehearsals(KEY).address("small", 1))
    assert client.get("/api/study/small", params=given).json()["open"]
    for _ in range(2):
        assert rehearse(client, given)["state"] == "complete"
    post(client, "decline", {"link": given})
    (draft,) = all_versions(store)
    assert (draft.status, draft.participants, draft.votes) == ("draft", 0, 0)
    for table in (answers_csv, participants_csv):
        assert len(table(store, "small", 1).splitlines()) == 1  # the names of the columns
    with store.reading() as tx:
        declined = "SELECT count(*) FROM event WHERE kind = 'declined'"
        assert tx.connection.exec_driver_sql(declined).scalar() == 0


def test_a_draft_needs_the_signed_address(client: TestClient) -> None:
    good = link(Rehearsals(KEY).address("small", 1))
    forged = link(Rehearsals("another key").address("small", 1))
    other = {**good, "version": "2"}
    for given in ({}, forged, other, {**good, "rehearse": "x"}, {**good, "rehearse": "é.ü"}):
        answer = post(client, "enrol", {"claim": str(uuid4()), "link": given})
        assert answer["error"]["code"] == ("rehearsal_over" if given else "not_open")
    assert client.get("/api/study/small", params=forged).json()["error"]["code"] == "rehearsal_over"


def test_an_address_is_valid_for_twelve_hours() -> None:
    given = link(Rehearsals(KEY, lambda: 1000.0).address("small", 3))
    assert Rehearsals(KEY, lambda: 1000.0 + VALID_SECONDS - 1).version("small", given) == 3
    with pytest.raises(Refused, match="no longer valid"):
        Rehearsals(KEY, lambda: 1001.0 + VALID_SECONDS).version("small", given)
    with pytest.raises(Refused, match="no longer valid"):
        Rehearsals(KEY, lambda: 1000.0).version("another", given)
    assert Rehearsals(KEY).version("small", {"study": "small", "version": "3"}) is None
