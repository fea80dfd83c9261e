"""With a full disk or a lost database, the API returns a message, and the same vote counts later."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from demo.api.study import study_api
from study.database.store import Store
from tests.support.database_faults import Plant, no_file, no_folder, no_room, read_only_disk
from tests.support.study_world import open_store

STUDY = "/api/study/small"
REQUESTS = 400  # more than the faults let through


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "disk").mkdir()
    store = open_store(tmp_path / "disk")
    yield store
    store.close()


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    app = FastAPI()
    app.mount("/api", study_api(store, "key", 2))
    with TestClient(app) as client:
        yield client


@dataclass
class Voters:
    """Vote as one participant after another, and keep the ids of acknowledged votes."""

    client: TestClient
    acknowledged: list[str] = field(default_factory=list)
    token: str = ""
    trial: str = ""

    def send_next(self) -> tuple[dict[str, Any], Any]:
        """Enrol or vote; return the request and the response."""
        request = {"url": f"{STUDY}/enrol", "json": {"claim": str(uuid4())}}
        if self.trial:
            vote = {"trial": self.trial, "choice": "L", "uuid": str(uuid4())}
            headers = {"authorization": f"Bearer {self.token}"}
            request = {"url": f"{STUDY}/vote", "json": vote, "headers": headers}
        return request, self.send(request)

    def send(self, request: dict[str, Any]) -> Any:
        answer = self.client.post(**request)
        if answer.status_code == 200:
            state = answer.json()
            self.token = state.get("token", self.token)
            self.trial = state["trial"]["trial"] if state["state"] == "trial" else ""
            if "uuid" in request["json"]:
                self.acknowledged.append(request["json"]["uuid"])
        return answer


@pytest.mark.parametrize(
    ("plant", "reason"),
    [(no_room, "full"), (read_only_disk, "read_only"), (no_file, "gone"), (no_folder, "gone")],
)
def test_a_fault_has_a_message_and_the_same_request_counts_later(
    store: Store, client: TestClient, tmp_path: Path, plant: Plant, reason: str
) -> None:
    voters = Voters(client)
    for _ in range(20):
        assert voters.send_next()[1].status_code == 200
    store.close()  # the pool; its connections would go on as they were
    repair = plant(store, tmp_path / "disk")
    try:
        answers = (voters.send_next() for _ in range(REQUESTS))
        request, refused = next(pair for pair in answers if pair[1].status_code != 200)
    finally:
        repair()
    fault = refused.json()["error"]
    assert (refused.status_code, fault["code"]) == (503, reason)
    assert int(refused.headers["retry-after"]) > 0
    assert fault["message"].endswith(".") and not {"sqlite", "/", "Error"} & set(fault["message"].split())
    assert voters.send(request).status_code == 200
    for _ in range(20):
        assert voters.send_next()[1].status_code == 200
    with store.reading() as tx:
        stored = list(tx.connection.scalars(text("SELECT client_uuid FROM vote")))
    assert sorted(stored) == sorted(voters.acknowledged)
