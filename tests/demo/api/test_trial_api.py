"""Show trials through the JSON API: what a browser gets before it needs it, and what that does not tell."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from demo.api.media import Pictures, media_routes
from demo.api.study import study_api
from study.collect.stimuli import KnownPairs, StudySources, build_study
from study.collect.stimulus_files import StimulusFiles
from study.config.config import StudyConfig
from study.config.questions import PairQuestion, Texts
from study.database.store import Store
from study.manage.states import open_folder
from tests.support.study_world import METHODS, flat, practised_config, small_config


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


def half(picture: Any) -> Any:
    """Return a mask of the left half."""
    mask = np.zeros(picture.shape[:2], np.float32)
    mask[:, :300] = 1
    return mask


@contextmanager
def taking_part(folder: Path, config: StudyConfig, practice: KnownPairs | None = None) -> Iterator[Person]:
    """Yield somebody who may take part in a study of pictures with an unprocessed composite beside them."""
    store = Store.open(f"sqlite:///{folder / 'votes.db'}")
    viewing = config.viewing.model_copy(
        update={"reference": "composite", "outline": True, "reference_beside": True}
    )
    sources = StudySources(
        {f"scene{n}": np.zeros((400 + n, 600, 3), np.uint8) for n in range(3)},
        {name: flat(40 * n) for n, name in enumerate(METHODS)},
        contexts={"composite": flat(255)},
        mask=half,
        prompts={f"scene{n}": f"Scene {n}" for n in range(3)},
        practice=practice or KnownPairs(),
    )
    config = config.model_copy(update={"viewing": viewing})
    open_folder(store, build_study(folder / "small", config, sources), "test")
    app = FastAPI()
    app.mount("/api", study_api(store, "key", 4))
    app.include_router(media_routes(Pictures(store, StimulusFiles(store, folder / "cache")), 2))
    with TestClient(app) as client:
        yield Person(client, folder)
    store.close()


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    with taking_part(tmp_path, small_config(votes=5)) as someone:
        yield someone


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Person]:
    """Return somebody in a study that asks for grades, and a further question."""
    question = PairQuestion(key="photograph", text="Which is nearer to a photograph?")
    config = small_config(votes=5, answers="graded").model_copy(update={"questions": [question]})
    with taking_part(tmp_path, config) as someone:
        yield someone


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


def test_the_better_picture_of_a_practice_pair_comes_with_the_reply_alone(tmp_path: Path) -> None:
    config = practised_config(votes=2, practice=2)
    config = config.model_copy(update={"texts": {"en": Texts(practice="{picture} is a photograph.")}})
    noise = np.random.default_rng(0).integers(0, 256, (400, 600, 3), np.uint8)
    known = KnownPairs({f"p{n}": (noise, noise // 99) for n in range(2)})
    with taking_part(tmp_path, config, known) as someone:
        info = someone.client.get("/api/study/small").json()
        assert info["practice"] == "{picture} is a photograph."
        state = someone.state("enrol", claim=str(uuid4()))
        for number in range(4):
            trial = state["trial"]
            assert trial["practice"] == (number < 2)
            assert "better" not in someone.state("next") and "better" not in trial
            answers = [someone.client.get(trial[side], params={"width": 480}) for side in ("left", "right")]
            left, right = ({k: v for k, v in one.headers.items() if k != "date"} for one in answers)
            assert left == right and len(answers[0].content) == len(answers[1].content)
            spread = [np.ptp(np.asarray(Image.open(BytesIO(one.content)))) for one in answers]
            state = someone.vote(trial)
            assert state.get("better") == ("LR"[int(spread[1] > spread[0])] if number < 2 else None)


def test_after_undo_the_pair_that_was_shown_is_announced_again(person: Person) -> None:
    first = person.enrol()
    second = person.vote(first)["trial"]
    again = person.state("undo", trial=second["trial"])["trial"]
    assert again["trial"] == first["trial"]
    assert set(again["next_pictures"]) == {second["left"], second["right"]}


def test_both_pictures_come_in_the_size_that_the_screen_needs(person: Person) -> None:
    trial = person.enrol()
    height = trial["height"]
    assert trial["sizes"] == [[600, height], [480, round(height * 0.8)]]
    assert trial["next_sizes"][0][0] == 600
    for width, shown in ((0, 600), (600, 600), (480, 480)):
        answers = [person.client.get(trial[side], params={"width": width}) for side in ("left", "right")]
        left, right = ({k: v for k, v in answer.headers.items() if k != "date"} for answer in answers)
        assert left == right and left["content-type"] == "image/webp"
        for answer in answers:
            with Image.open(BytesIO(answer.content)) as picture:
                assert picture.width == shown
    for wrong in ("481", "-1", "x", "600000"):
        assert person.client.get(trial["left"], params={"width": wrong}).status_code in (404, 422)


def test_the_unprocessed_composite_and_the_prompt_belong_to_both_sides(person: Person) -> None:
    trial = person.enrol()
    assert trial["prompt"] in ("Scene 0", "Scene 1", "Scene 2")
    assert trial["reference_beside"] is True
    for width in (0, 480):
        answer = person.client.get(trial["reference"], params={"width": width})
        with Image.open(BytesIO(answer.content)) as picture:
            assert picture.width == (width or 600)
            assert picture.convert("RGB").getpixel((9, 9)) == (255, 255, 255)
    after = person.vote(trial)["trial"]
    assert after["reference"] == trial["next_reference"] != trial["reference"]
    assert person.client.get("/media/unknown.reference").status_code == 404
    assert person.client.get(trial["left"] + ".reference").status_code == 404


def test_the_outline_belongs_to_both_sides_and_comes_in_their_sizes(person: Person) -> None:
    trial = person.enrol()
    for width in (600, 480):
        answer = person.client.get(trial["outline"], params={"width": width})
        with Image.open(BytesIO(answer.content)) as picture:
            drawn = np.asarray(picture)[100, :, 3]
        assert len(drawn) == width
        assert np.flatnonzero(drawn).tolist() == [width // 2, width // 2 + 1]
    after = person.vote(trial, view={"outline": 3})["trial"]
    assert after["outline"] == trial["next_outline"] != trial["outline"]
    assert json.loads(person.rows("SELECT view_json FROM vote")[0][0])["outline"] == 3
    for wrong in ("/media/unknown.outline", trial["left"] + ".outline", trial["outline"] + ".reference"):
        assert person.client.get(wrong).status_code == 404


def test_grade_answers_and_view_are_stored_with_the_vote_and_in_its_history(asked: Person) -> None:
    first = asked.enrol()
    view = {"zoom": 2, "flip": 3, "milliseconds_zoomed": 900, "shown": [480, 320], "ratio": 1.5}
    second = asked.vote(first, "R", grade=2, answers={"photograph": "T"}, view=view)["trial"]
    row = "SELECT outcome, grade, answers_json, view_json FROM"
    stored = asked.rows(f"{row} vote")
    assert stored[0][:3] == ("R", 2, '{"photograph":"T"}')
    assert json.loads(stored[0][3]) == {
        **view,
        "reference": 0,
        "outline": 0,
        "stacked": False,
        "beside": False,
    }
    asked.state("undo", trial=second["trial"])
    assert asked.rows(f"{row} vote_history") == stored
    asked.vote(first, "T", grade=2, answers={"photograph": "L"})
    assert asked.rows(f"{row} vote") == [("T", None, '{"photograph":"L"}', "")]


@pytest.mark.parametrize(
    ("world", "sent", "code", "words"),
    [
        ("person", {"grade": 1}, "no_grades", "wie viel besser"),
        ("person", {"answers": {"photograph": "L"}}, "unknown_question", "nicht stellt"),
        ("asked", {"answers": {"photograph": "L", "other": "L"}}, "unknown_question", "nicht stellt"),
        ("asked", {"grade": 1}, "unanswered_question", "jede Frage"),
    ],
)
def test_an_answer_that_the_study_does_not_ask_for_is_refused(
    request: pytest.FixtureRequest, world: str, sent: dict[str, Any], code: str, words: str
) -> None:
    someone: Person = request.getfixturevalue(world)
    body = {"trial": someone.enrol()["trial"], "choice": "L", "uuid": str(uuid4()), **sent}
    headers = {"authorization": f"Bearer {someone.token}", "accept-language": "de"}
    answer = someone.client.post("/api/study/small/vote", json=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert words in answer.json()["error"]["message"]
    assert someone.rows("SELECT count(*) FROM vote") == [(0,)]


def test_a_further_question_has_no_tie_where_the_study_has_none(tmp_path: Path) -> None:
    question = PairQuestion(key="photograph", text="Which is nearer to a photograph?")
    config = small_config(votes=5, answers="two").model_copy(update={"questions": [question]})
    with taking_part(tmp_path, config) as someone:
        body = {
            "trial": someone.enrol()["trial"],
            "choice": "L",
            "uuid": str(uuid4()),
            "answers": {"photograph": "T"},
        }
        headers = {"authorization": f"Bearer {someone.token}"}
        answer = someone.client.post("/api/study/small/vote", json=body, headers=headers)
        assert answer.json()["error"]["code"] == "no_ties"


@pytest.mark.parametrize(
    "wrong",
    [
        {"grade": 3},
        {"answers": {"x": "left"}},
        {"answers": {"X y": "L"}},
        {"answers": {f"k{n}": "L" for n in range(6)}},
        {"view": {"zoom": -1}},
        {"view": {"zoom": 1e9}},
        {"view": {"shown": [1]}},
        {"view": {"method": "a"}},
        {"view": "zoomed"},
    ],
)
def test_implausible_details_of_an_answer_are_refused(person: Person, wrong: dict[str, Any]) -> None:
    trial = person.enrol()
    body = {"trial": trial["trial"], "choice": "L", "uuid": str(uuid4()), **wrong}
    headers = {"authorization": f"Bearer {person.token}"}
    assert person.client.post("/api/study/small/vote", json=body, headers=headers).status_code == 422
    assert person.rows("SELECT count(*) FROM vote") == [(0,)]
