"""Show trials through the JSON API: what a browser gets before it needs it, and what that does not tell."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from demo.api.media import Pictures, media_routes
from demo.api.study import study_api
from study.collect.stimulus_files import StimulusFiles
from tests.support.study_world import open_store, small_config


@dataclass
class Person:
    """Take part in the small study."""

    client: TestClient
    folder: Path
    token: str = ""

    def state(self, action: str, **body: Any) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.client.post(f"/api/study/small/{action}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        self.token = found.get("token", self.token)
        return found

    def enrol(self) -> dict[str, Any]:
        trial: dict[str, Any] = self.state("enrol", claim=str(uuid4()))["trial"]
        return trial

    def vote(self, trial: dict[str, Any], choice: str = "L", **more: Any) -> dict[str, Any]:
        return self.state("vote", trial=trial["trial"], choice=choice, uuid=str(uuid4()), **more)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "votes.db")) as database:
            return database.execute(query).fetchall()


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    store = open_store(tmp_path, config=small_config(votes=5))
    app = FastAPI()
    app.mount("/api", study_api(store, "key", 4))
    app.include_router(media_routes(Pictures(store, StimulusFiles(store, tmp_path / "cache")), 2))
    with TestClient(app) as client:
        yield Person(client, tmp_path)
    store.close()


def test_the_pictures_of_the_next_pair_are_announced_without_their_sides(person: Person) -> None:
    trial = person.enrol()
    for _ in range(4):
        announced = trial["next_pictures"]
        trial = person.vote(trial)["trial"]
        assert announced == sorted(announced)
        assert set(announced) == {trial["left"], trial["right"]}
    assert trial["next_pictures"] == []


def test_fetching_pictures_early_does_not_count_the_pair_as_shown(person: Person) -> None:
    trial = person.enrol()
    for address in trial["next_pictures"]:
        assert person.client.get(address).status_code == 200
    assert person.rows("SELECT count(*) FROM trial WHERE shown_at IS NOT NULL") == [(1,)]
    upcoming = person.rows("SELECT state, shown_at FROM trial WHERE seq = 1")
    assert upcoming == [("planned", None)]
    after = person.vote(trial)["trial"]
    assert {after["left"], after["right"]} == set(trial["next_pictures"])
    assert person.rows("SELECT count(*) FROM trial WHERE shown_at IS NOT NULL") == [(2,)]


def test_after_undo_the_pair_that_was_shown_is_announced_again(person: Person) -> None:
    first = person.enrol()
    second = person.vote(first)["trial"]
    again = person.state("undo", trial=second["trial"])["trial"]
    assert again["trial"] == first["trial"]
    assert set(again["next_pictures"]) == {second["left"], second["right"]}
