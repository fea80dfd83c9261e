"""Take part through the JSON API: rules, messages of refusals, repeated requests, and secrets."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from demo.api.docs import docs_route
from demo.api.endings import completion_code
from demo.api.media import Pictures, media_routes
from demo.api.study import study_api
from study.collect.enrolment import invite
from study.collect.stimuli import StudySources, build_study
from study.collect.stimulus_files import StimulusFiles
from study.config.config import config_from_options
from study.database.store import Store
from study.manage.people import people
from study.manage.states import make_default, move, open_folder
from tests.support.stored_votes import stored_votes
from tests.support.study_world import plain_study

GREY = np.full((20, 30, 3), 99, np.uint8)
CONFIG = config_from_options(
    ["a", "b"], {"slug": "asked", "title": "A <study>", "question": "?"}, {"votes": 1}
)
METHODS = {"a": lambda item: item, "b": lambda item: item + 1}


@dataclass(frozen=True)
class Browser:
    """Send requests to a study, with a token after enrolment."""

    client: TestClient
    slug: str = "tiny"
    token: str = ""

    def post(self, action: str, body: Any = None, **headers: str) -> Any:
        own = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return self.client.post(f"/api/study/{self.slug}/{action}", json=body, headers={**own, **headers})

    def state(self, action: str, body: Any = None) -> dict[str, Any]:
        answer = self.post(action, body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def fault(self, action: str, body: Any = None, **headers: str) -> tuple[int, str, str]:
        answer = self.post(action, body, **headers)
        fault = answer.json()["error"]
        return answer.status_code, fault["code"], fault["message"]

    def begin(self, claim: str = "", **link: str) -> tuple["Browser", dict[str, Any]]:
        state = self.state("enrol", {"claim": claim or str(uuid4()), "link": link})
        return replace(self, token=state["token"]), state

    def vote(self, trial: dict[str, Any], choice: str = "L", uuid: str = "") -> dict[str, Any]:
        return self.state("vote", {"trial": trial["trial"], "choice": choice, "uuid": uuid or str(uuid4())})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{folder / 'votes.db'}")
    pictures = {"one": GREY, "two": GREY, "three": GREY}
    open_folder(store, plain_study(folder / "tiny", pictures, METHODS, {"votes": 3}, title="Tiny"), "test")
    yield store
    store.close()


@pytest.fixture(scope="module")
def client(store: Store, folder: Path) -> Iterator[TestClient]:
    app, api = FastAPI(), study_api(store, "key", 4)
    app.include_router(docs_route(api))
    app.mount("/api", api)
    app.include_router(media_routes(Pictures(store, StimulusFiles(store, folder / "cache")), 2))
    with TestClient(app) as client:
        yield client


@pytest.fixture
def browser(client: TestClient) -> Browser:
    return Browser(client)


def asked(store: Store, folder: Path, slug: str, **changes: Any) -> None:
    """Register a study with a configuration of its own."""
    parts = {name: getattr(CONFIG, name).model_copy(update=values) for name, values in changes.items()}
    named = CONFIG.study.model_copy(update={"slug": slug})
    config = CONFIG.model_copy(update={"study": named, **parts})
    build_study(folder / slug, config, StudySources({"one": GREY}, METHODS))
    open_folder(store, folder / slug, "test")


def test_from_enrolment_to_the_code(browser: Browser, store: Store) -> None:
    me, state = browser.begin()
    for number in (1, 2, 3):
        assert (state["state"], state["trial"]["number"], state["trial"]["total"]) == ("trial", number, 3)
        state = me.vote(state["trial"], "LRT"[number % 3])
        assert state["counted"]
    code = people(store, "tiny")[-1].code
    assert (state["state"], state["code"]) == ("complete", code)
    assert me.state("next", {"returning": True})["state"] == "complete"


def test_a_participant_of_an_earlier_release_keeps_their_code(browser: Browser, store: Store) -> None:
    me, state = browser.begin()
    while state["state"] == "trial":
        state = me.vote(state["trial"])
    with store.transaction() as tx:
        tx.connection.execute(text("UPDATE participant SET code = ''"))
    assert me.state("next", {"returning": True})["code"] == completion_code(me.token, "key")


def test_every_request_can_be_sent_twice(browser: Browser, store: Store) -> None:
    claim = str(uuid4())
    me, first = browser.begin(claim)
    again, same = browser.begin(claim)
    assert (again.token, same) == (me.token, first)
    before, click = len(stored_votes(store, "tiny")), str(uuid4())
    second = me.vote(first["trial"], uuid=click)
    assert me.vote(first["trial"], uuid=click) == {**second, "counted": False}
    assert len(stored_votes(store, "tiny")) == before + 1
    back = me.state("undo", {"trial": second["trial"]["trial"]})
    assert me.state("undo", {"trial": second["trial"]["trial"]}) == back
    assert (back["trial"]["trial"], back["trial"]["can_undo"]) == (first["trial"]["trial"], False)
    ended = [me.state("withdraw") for _ in range(2)]
    assert ended[0] == ended[1] and ended[0]["reason"] == "withdrawn"
    assert me.state("next", {})["state"] == "ended"


def test_rules_are_refused_in_the_language_of_the_participant(browser: Browser) -> None:
    me, first = browser.begin()
    me.vote(first["trial"])
    late = {"trial": first["trial"]["trial"], "choice": "R", "uuid": str(uuid4())}
    status, code, words = me.fault("vote", late)
    assert (status, code) == (409, "already_answered") and "already answered" in words
    assert (
        "schon beantwortet"
        in me.fault("vote", late, **{"accept-language": "fr;q=1, de-AT;q=0.9, en;q=0.5"})[2]
    )
    assert me.fault("vote", {**late, "trial": "another"})[:2] == (409, "not_shown")
    other, theirs = browser.begin()
    assert me.fault("vote", {**late, "trial": theirs["trial"]["trial"]})[:2] == (409, "not_shown")
    assert browser.fault("vote", late)[:2] == (401, "unknown_participant")
    assert replace(browser, slug="%00").fault("decline")[:2] == (404, "unknown_study")
    assert replace(browser, slug="nowhere").fault("enrol", {"claim": str(uuid4())})[:2] == (
        404,
        "unknown_study",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"choice": "X"},
        {"choice": ["L"]},
        {"uuid": ""},
        {"uuid": None},
        {"trial": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}},
        {"rt_ms": -1},
        {"rt_ms": 1e12},
        {"rt_ms": "fast"},
        {"input": "mind"},
        {"method": "a"},
    ],
)
def test_invalid_requests_are_refused_without_repeating_them(
    browser: Browser, store: Store, wrong: dict[str, Any]
) -> None:
    me, first = browser.begin()
    before = len(stored_votes(store, "tiny"))
    body = {"trial": first["trial"]["trial"], "choice": "L", "uuid": str(uuid4()), **wrong}
    answer = me.post("vote", body)
    assert answer.status_code == 422
    assert set(answer.json()) == {"error"} and "passwd" not in answer.text
    assert len(stored_votes(store, "tiny")) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    action=st.sampled_from(["enrol", "next", "vote", "undo", "withdraw", "decline"]),
    body=JSON,
    token=st.text(max_size=9),
)
def test_no_body_or_token_causes_an_internal_error(
    browser: Browser, action: str, body: Any, token: str
) -> None:
    content = json.dumps(body).encode()
    headers = {
        "authorization": b"Bearer " + token.encode("utf-8", "replace"),
        "content-type": b"application/json",
    }
    answer = browser.client.post(f"/api/study/tiny/{action}", content=content, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code in (200, 401, 404, 409, 422)
    assert answer.headers["cache-control"] == "no-store"


def test_one_study_does_not_give_the_code_of_another(browser: Browser, store: Store, folder: Path) -> None:
    asked(store, folder, "paid", participants={"completion_code": "C0DE"})
    me, state = browser.begin()
    for _ in range(3):
        state = me.vote(state["trial"])
    assert replace(me, slug="paid").fault("next", {})[:2] == (401, "unknown_participant")
    theirs, state = replace(browser, slug="paid").begin()
    assert theirs.vote(state["trial"])["code"] == "C0DE"


def test_a_bare_address_follows_the_choice_and_no_newer_study(
    client: TestClient, store: Store, folder: Path
) -> None:
    """Somebody who is half through a study does not meet the consent of another one after a reload."""
    asked(store, folder, "newer")
    refused = client.get("/api/study")
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "no_study")
    make_default(store, "tiny", None, "test")
    asked(store, folder, "newest")
    assert client.get("/api/study").json()["slug"] == "tiny"


def test_texts_of_the_study_are_returned_unchanged(client: TestClient, store: Store, folder: Path) -> None:
    asked(
        store, folder, "worded",
        consent={"text": "First.\n\nSecond & last.", "contact": "the lab"},
        viewing={"words": "Dim the light.", "minimum_width": 900, "minimum_exposure_ms": 700},
    )  # fmt: skip
    info = client.get("/api/study/worded").json()
    assert (info["title"], info["consent"], info["words"]) == (
        "A <study>",
        "First.\n\nSecond & last.",
        "Dim the light.",
    )
    _, state = Browser(client, "worded").begin()
    assert state["trial"]["minimum_exposure_ms"] == 700


def test_a_recruitment_id_alone_gives_no_access(browser: Browser, store: Store, folder: Path) -> None:
    asked(store, folder, "hired", participants={"source": "prolific"})
    hired = replace(browser, slug="hired")
    assert hired.fault("enrol", {"claim": str(uuid4())})[:2] == (409, "incomplete_link")
    mine = str(uuid4())
    first = hired.begin(mine, PROLIFIC_PID="p1", STUDY_ID="s1", SESSION_ID="v1")[0]
    assert hired.begin(mine, PROLIFIC_PID="p1")[0].token == first.token
    stranger = {"claim": str(uuid4()), "link": {"PROLIFIC_PID": "p1"}}
    assert hired.fault("enrol", stranger)[:2] == (409, "id_in_use")
    with closing(sqlite3.connect(folder / "votes.db")) as database:
        assert "p1" not in str(database.execute("SELECT * FROM participant").fetchall())
    invite(store, "hired", ["p2"])
    assert (
        hired.fault("enrol", {"claim": str(uuid4()), "link": {"PROLIFIC_PID": "p3"}})[1] == "id_not_invited"
    )
    assert hired.begin(PROLIFIC_PID="p2")


def test_a_plausible_screen_size_is_stored(browser: Browser, folder: Path) -> None:
    device = {"width": 1440, "height": 900, "pixel_ratio": 2, "touch": False}
    assert browser.post("enrol", {"claim": str(uuid4()), "device": device}).status_code == 200
    assert browser.post("enrol", {"claim": str(uuid4()), "device": {"width": "wide"}}).status_code == 422
    with closing(sqlite3.connect(folder / "votes.db")) as database:
        stored = database.execute("SELECT device_json FROM participant ORDER BY id DESC").fetchone()[0]
    assert json.loads(stored) == {"width": 1440, "height": 900, "pixel_ratio": 2.0}


def test_a_paused_or_closed_study_is_reported(browser: Browser, store: Store, folder: Path) -> None:
    asked(store, folder, "stopping")
    me, state = replace(browser, slug="stopping").begin()
    move(store, "stopping", None, "paused", "test")
    assert replace(browser, slug="stopping").fault("enrol", {"claim": str(uuid4())})[1] == "study_paused"
    assert me.fault("next", {})[1] == "paused"
    assert me.vote(state["trial"])["state"] == "complete"


def test_declining_is_counted(browser: Browser, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "votes.db")) as database:
        count = "SELECT count(*) FROM event WHERE kind = 'declined'"
        before = database.execute(count).fetchone()[0]
        assert "Nothing was kept" in browser.state("decline")["message"]
        assert database.execute(count).fetchone()[0] == before + 1
    assert replace(browser, slug="nowhere").fault("decline")[:2] == (404, "unknown_study")


def test_pictures_are_equal_in_all_but_their_pixels(browser: Browser) -> None:
    _, state = browser.begin()
    sides = [browser.client.get(state["trial"][side]) for side in ("left", "right")]
    assert [side.status_code for side in sides] == [200, 200]
    left, right = ({k: v for k, v in side.headers.items() if k != "date"} for side in sides)
    assert left == right and len(sides[0].content) == len(sides[1].content)
    assert not {"etag", "last-modified", "content-disposition"} & set(left)
    assert sides[0].content != sides[1].content
    assert browser.client.get("/media/unknown").status_code == 404


def test_a_damaged_picture_is_not_sent(browser: Browser, folder: Path) -> None:
    _, state = browser.begin()
    assert browser.client.get(state["trial"]["left"]).status_code == 200
    whole = {path: path.read_bytes() for path in (folder / "tiny" / "stimuli").iterdir()}
    for path, data in whole.items():
        path.write_bytes(data[: len(data) // 2])
    answer = browser.client.get(state["trial"]["left"])
    assert answer.status_code == 503 and answer.json()["error"]["code"] == "damaged"
    for path, data in whole.items():
        path.write_bytes(data)
    assert browser.client.get(state["trial"]["left"]).status_code == 200


def test_the_api_describes_itself(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    paths = {
        f"/study/{{slug}}/{action}" for action in ("enrol", "next", "vote", "undo", "withdraw", "decline")
    }
    assert paths <= set(schema["paths"])
    page = client.get("/api/docs")
    assert page.status_code == 200 and "/api/study/{slug}/vote" in page.text
    assert "<script" not in page.text and "http://127.0.0.1:7860" in page.text
