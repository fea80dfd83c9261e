"""Count the transactions of each request: one write per vote, at most one per visit, none per question."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from demo.api.media import Pictures, media_routes
from demo.api.study import study_api
from study.collect.participation import media_picture
from study.collect.stimulus_files import StimulusFiles, check_stimuli, missing_folder
from study.database.responses.load_responses import count_active, read_study, state_of
from study.database.store import Store
from study.manage.states import move
from study.report.build import build_report
from tests.support.database_traffic import Traffic, database_traffic
from tests.support.study_world import open_store, small_config

VOTES = 3
STUDY_ROW = "study.config_json"  # a column that only queries of the whole row select


@dataclass(frozen=True)
class Participant:
    """Send requests to the study API, and return each response with what the database was sent."""

    client: TestClient
    store: Store
    token: str = ""

    def post(self, action: str, body: Any = None) -> tuple[dict[str, Any], Traffic]:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        with database_traffic(self.store.engine) as traffic:
            response = self.client.post(f"/api/study/small/{action}", json=body, headers=headers)
        return response.json(), traffic

    def get(self, path: str) -> Traffic:
        with database_traffic(self.store.engine) as traffic:
            assert self.client.get(path).status_code == 200
        return traffic

    def enrol(self, claim: str = "") -> tuple["Participant", dict[str, Any], Traffic]:
        state, traffic = self.post("enrol", {"claim": claim or str(uuid4())})
        return Participant(self.client, self.store, state["token"]), state, traffic

    def vote(self, state: dict[str, Any], uuid: str = "") -> tuple[dict[str, Any], Traffic]:
        body = {"trial": state["trial"]["trial"], "choice": "L", "uuid": uuid or str(uuid4())}
        return self.post("vote", body)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Participant]:
    """Return a browser before enrolment, on a server that has read the study once."""
    store = open_store(tmp_path, config=small_config(votes=VOTES))
    app = FastAPI()
    app.mount("/api", study_api(store, "key", 4))
    app.include_router(media_routes(Pictures(store, StimulusFiles(store, tmp_path / "cache")), 2))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        browser = Participant(client, store)
        browser.enrol()
        yield browser
    store.close()


def test_a_vote_is_one_transaction_that_returns_the_next_trial(browser: Participant) -> None:
    me, state, _ = browser.enrol()
    numbers = []
    for number in range(VOTES):
        state, traffic = me.vote(state)
        at_the_end = number == VOTES - 1  # the code and what may be read then
        assert (len(traffic.transactions), traffic.writing) == (1 + at_the_end, 1)
        assert traffic.count("INSERT INTO vote ") == 1
        numbers.append(state["trial"]["number"] if state["state"] == "trial" else state["state"])
    assert numbers == [2, 3, "complete"]


def test_an_enrolment_reads_the_study_once_and_writes_once(browser: Participant) -> None:
    _, _, traffic = browser.enrol()
    assert traffic.count(STUDY_ROW) == 1
    assert traffic.writing == 1


def test_opening_the_page_again_writes_at_most_once(browser: Participant) -> None:
    claim = str(uuid4())
    me, state, _ = browser.enrol(claim)
    for action, body in (("next", {"returning": True}), ("next", {}), ("enrol", {"claim": claim})):
        again, traffic = me.post(action, body)
        assert again["trial"] == state["trial"]
        assert traffic.writing == 1, action
    for _ in range(VOTES):
        state, _ = me.vote(state)
    for action, body in (("next", {"returning": True}), ("enrol", {"claim": claim})):
        again, traffic = me.post(action, body)
        assert again["state"] == "complete"
        assert traffic.writing == 0, action


def test_a_refused_visit_writes_nothing(browser: Participant) -> None:
    me, _, _ = browser.enrol()
    _, traffic = browser.post("next", {"returning": True})  # without a token
    assert traffic.writing == 0
    move(browser.store, "small", None, "paused", "test")
    refused, traffic = me.post("next", {"returning": True})
    assert (refused["error"]["code"], traffic.writing) == ("paused", 0)
    move(browser.store, "small", None, "active", "test")
    me.post("withdraw")
    ended, traffic = me.post("next", {"returning": True})
    assert (ended["reason"], traffic.writing) == ("withdrawn", 0)


def test_taking_back_withdrawing_and_declining_write_once(browser: Participant) -> None:
    me, state, _ = browser.enrol()
    state, _ = me.vote(state)
    for action, body in (("undo", {"trial": state["trial"]["trial"]}), ("withdraw", None), ("decline", None)):
        _, traffic = me.post(action, body)
        assert traffic.writing == 1, action


def test_reading_requests_write_nothing(browser: Participant) -> None:
    _, state, _ = browser.enrol()
    picture = state["trial"]["left"]
    for path in ("/api/study", "/api/study/small", picture, picture, state["trial"]["right"]):
        assert browser.get(path).writing == 0, path


READING: dict[str, Callable[[Store], object]] = {
    "current_study": Store.current_study,
    "summary": lambda store: store.summary("small"),
    "read_study": lambda store: read_study(store, "small"),
    "state_of": lambda store: state_of(store, "small"),
    "count_active": count_active,
    "build_report": lambda store: build_report(store, "small"),
    "check_stimuli": lambda store: check_stimuli(store, "small"),
    "missing_folder": lambda store: missing_folder(store, "small"),
}


@pytest.mark.parametrize("name", READING)
def test_reading_functions_write_nothing(browser: Participant, name: str) -> None:
    me, state, _ = browser.enrol()
    me.vote(state)
    with database_traffic(browser.store.engine) as traffic:
        assert READING[name](browser.store) is not None
    assert traffic.transactions and traffic.writing == 0


def test_finding_a_picture_writes_nothing(browser: Participant) -> None:
    _, state, _ = browser.enrol()
    with database_traffic(browser.store.engine) as traffic:
        media_picture(browser.store, os.path.basename(state["trial"]["left"]))
    assert (len(traffic.transactions), traffic.writing) == (1, 0)


def test_the_count_sees_a_write(browser: Participant) -> None:
    with database_traffic(browser.store.engine) as traffic:
        assert browser.store.test_writing().reason is None
    assert traffic.writing == 1
