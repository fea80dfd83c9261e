"""Arrive at a study: refusals before the consent, the screener, the forms, and what people get at the end."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demo.api.study import study_api
from study.collect.enrolment import invite
from study.collect.stimuli import KnownPairs, StudySources, build_study
from study.config.config import StudyConfig
from study.database.store import Store
from study.manage.answers import answers_csv, answers_table
from study.manage.states import move, open_folder

GREY = np.full((20, 30, 3), 99, np.uint8)
METHODS = {"a": lambda item: item, "b": lambda item: item + 1}
SCREENER = {"stage": "screener", "key": "age", "text": "Age?", "kind": "number", "accept": [18, 99]}
BEFORE = {
    **{"stage": "before", "key": "often", "text": "How often?", "choices": ["never", "daily"]},
    **{"texts": {"de": "Wie oft?"}, "choice_texts": {"de": ["nie", "täglich"]}},
}
AFTER = {"stage": "after", "key": "words", "text": "Comments?", "kind": "text", "optional": True}


@dataclass(frozen=True)
class World:
    """Hold a server, its database, and the folder of its studies."""

    client: TestClient
    store: Store
    folder: Path

    def study(self, gold: bool = False, **tables: Any) -> str:
        """Register a study of one pair with these tables; return its slug."""
        slug = f"s{uuid4().hex[:8]}"
        given = {
            "study": {"slug": slug, "title": "T", **tables.pop("study", {})},
            "stimuli": {"methods": ["a", "b"], "anchor": "a", "gold": "gold" if gold else ""},
            "trials": {"votes": 1, "gold": int(gold)},
            **tables,
        }
        pairs = {"g": (GREY, GREY + 50)} if gold else {}
        sources = StudySources({"one": GREY}, METHODS, gold=KnownPairs(pairs))
        build_study(self.folder / slug, StudyConfig.model_validate(given), sources)
        open_folder(self.store, self.folder / slug, "test")
        return slug

    def post(self, slug: str, action: str, body: Any = None, token: str = "", language: str = "en") -> Any:
        headers = {"accept-language": language, **({"authorization": f"Bearer {token}"} if token else {})}
        return self.client.post(f"/api/study/{slug}/{action}", json=body, headers=headers).json()

    def door(self, slug: str, claim: str | None = None, language: str = "en", **visit: Any) -> Any:
        answer = self.post(slug, "door", {"claim": claim, **visit}, language=language)
        return answer.get("error", {}).get("code") or answer

    def enrol(self, slug: str, **body: Any) -> Any:
        return self.post(slug, "enrol", {"claim": str(uuid4()), **body})

    def finish(self, slug: str, state: Any, choice: str = "L") -> Any:
        """Answer all trials; return the last state."""
        token = state["token"]
        while state["state"] == "trial":
            vote = {"trial": state["trial"]["trial"], "choice": choice, "uuid": str(uuid4())}
            state = self.post(slug, "vote", vote, token)
        return {**state, "token": token}

    def rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "votes.db")) as database:
            return database.execute(query).fetchall()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("door")
    store = Store.open(f"sqlite:///{folder / 'votes.db'}")
    app = FastAPI()
    app.mount("/api", study_api(store, "key", 4))
    with TestClient(app) as client:
        yield World(client, store, folder)
    store.close()


PROLIFIC = {"source": "prolific"}


@pytest.mark.parametrize(
    ("tables", "visit", "expected"),
    [
        ({}, {}, {"open": True}),
        ({"participants": PROLIFIC}, {}, "incomplete_link"),
        ({"participants": PROLIFIC}, {"link": {"PROLIFIC_PID": "p1"}}, {"open": True}),
        ({"participants": PROLIFIC}, {"link": {"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"}}, "placeholder"),
        ({"participants": PROLIFIC}, {"link": {"workerId": "W"}}, "incomplete_link"),
        ({}, {"link": {"workerId": "${workerId}"}}, "placeholder"),
        ({"participants": {"source": "any"}}, {}, "incomplete_link"),
        ({"participants": {"source": "any"}}, {"link": {"workerId": "W"}}, {"open": True}),
        (
            {"participants": {"source": "mturk"}},
            {"link": {"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"}},
            "preview",
        ),
        ({"devices": {"minimum_width": 900}}, {"device": {"width": 899}}, "small_window"),
        ({"devices": {"minimum_width": 900}}, {"device": {"width": 900}}, {"open": True}),
        ({"viewing": {"minimum_width": 900}}, {"device": {"width": 899}}, "small_window"),
        (
            {"devices": {"phones": False}},
            {"device": {"touch": True, "screen_width": 390, "screen_height": 844}},
            "no_phones",
        ),
        (
            {"devices": {"phones": False}},
            {"device": {"touch": True, "screen_width": 820, "screen_height": 1180, "width": 400}},
            {"open": True},
        ),
        ({"devices": {"phones": False}}, {"device": {"width": 390, "height": 800}}, {"open": True}),
    ],
)
def test_the_door_and_the_enrolment_refuse_the_same(
    world: World, tables: dict[str, Any], visit: dict[str, Any], expected: Any
) -> None:
    slug = world.study(**tables)
    assert world.door(slug, **visit) == expected
    enrolled = world.enrol(slug, **visit)
    assert enrolled.get("error", {}).get("code", {"open": True}) == expected
    people = f"SELECT * FROM participant JOIN study ON study_id = study.id WHERE slug = '{slug}'"
    assert len(world.rows(people)) == (expected == {"open": True})


def test_the_door_of_a_full_paused_closed_or_unknown_study(world: World) -> None:
    slug = world.study(participants={"maximum": 1})
    claim = str(uuid4())
    assert world.enrol(slug, claim=claim)["state"] == "trial"
    assert world.door(slug) == "full"
    assert world.door(slug, claim) == {"open": True}  # the one who has the place
    for status, code in (("paused", "study_paused"), ("closed", "study_closed")):
        move(world.store, slug, None, status, "test")
        assert world.door(slug) == code
    assert world.door("nowhere") == "unknown_study"


def test_the_door_knows_ids_in_use_and_lists(world: World) -> None:
    slug = world.study()
    link = {"workerId": "W1"}
    assert world.enrol(slug, link=link)["state"] == "trial"
    assert world.door(slug, link=link) == "id_in_use"
    invite(world.store, slug, ["W2"])
    assert world.door(slug, link={"workerId": "W3"}) == "id_not_invited"
    assert world.door(slug, link={"workerId": "W2"}) == {"open": True}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    link=st.dictionaries(
        st.sampled_from(["PROLIFIC_PID", "STUDY_ID", "workerId", "assignmentId", "survey_code"]),
        st.text(max_size=30),
    )
)
def test_no_link_causes_an_internal_error(world: World, link: dict[str, str]) -> None:
    slug = world.store.current_study() or world.study()
    body = json.dumps({"link": link})
    answer = world.client.post(f"/api/study/{slug}/door", content=body)
    assert answer.status_code in (200, 404, 409, 422)


def test_a_study_past_its_end_admits_nobody(world: World) -> None:
    slug = world.study()
    assert world.client.get(f"/api/study/{slug}").json()["open"] is True
    with world.store.transaction() as tx:
        tx.connection.exec_driver_sql(f"UPDATE study SET closes_at = '2020-01-01' WHERE slug = '{slug}'")
    assert world.client.get(f"/api/study/{slug}").json()["open"] is False
    assert world.door(slug) == "study_closed"
    assert world.enrol(slug)["error"]["code"] == "study_closed"


def test_who_is_screened_out_gets_a_code_and_cannot_try_again(world: World) -> None:
    codes = {"screened": "SCR", "complete": "C"}
    slug = world.study(forms=[SCREENER], participants={"source": "prolific", "codes": codes})
    link = {"PROLIFIC_PID": f"p{uuid4().hex}"}
    claim = str(uuid4())
    person = {"claim": claim, "link": link}
    young, old = ({**person, "screener": {"age": age}} for age in ("17", "20"))
    state = world.post(slug, "screen", young)
    assert (state["state"], state["reason"], state["code"]) == ("ended", "screened", "SCR")
    assert state["return_url"].endswith("cc=SCR") and state["automatic"]
    assert world.post(slug, "screen", young)["code"] == "SCR"
    assert world.post(slug, "enrol", old)["reason"] == "screened"
    assert world.door(slug, claim, link=link)["reason"] == "screened"
    assert world.door(slug, link=link) == "id_in_use"
    status = world.rows(
        "SELECT participant.status, block, (SELECT count(*) FROM questionnaire_answer "
        "WHERE participant_id = participant.id) FROM participant "
        f"JOIN study ON study_id = study.id WHERE slug = '{slug}'"
    )
    assert status == [("screened", None, 0)]
    admitted = {"claim": str(uuid4()), "link": {"PROLIFIC_PID": "q"}, "screener": {"age": "20"}}
    assert world.post(slug, "screen", admitted) == {"state": "open"}


def test_answers_are_stored_with_the_consent_and_erased_at_withdrawal(world: World) -> None:
    slug = world.study(forms=[SCREENER, BEFORE, AFTER], consent={"version": "3"})
    assert world.enrol(slug)["error"]["code"] == "form_incomplete"
    given_wrong = {"screener": {"age": "20"}, "before": {"often": "weekly"}}
    assert world.enrol(slug, **given_wrong)["error"]["code"] == "form_incomplete"
    state = world.enrol(slug, screener={"age": "20"}, before={"often": "daily"})
    token = state["token"]
    state = world.finish(slug, state)
    assert state["state"] == "form" and "code" not in state
    assert world.post(slug, "next", {}, token)["state"] == "form"
    first = world.post(slug, "answers", {"answers": {"words": "Fine."}}, token)
    assert first["state"] == "complete" and len(first["code"]) == 8
    assert world.post(slug, "answers", {"answers": {"words": "Other."}}, token) == first
    stored = "SELECT stage, question, value FROM questionnaire_answer ORDER BY id DESC LIMIT 3"
    assert world.rows(stored)[::-1] == [
        ("screener", "age", "20"),
        ("before", "often", "daily"),
        ("after", "words", "Fine."),
    ]
    versions = world.rows("SELECT consent_version, language FROM participant ORDER BY id DESC LIMIT 1")
    assert versions == [("3", "en")]
    text = world.rows("SELECT payload_json FROM event WHERE kind = 'consent_text' ORDER BY id DESC LIMIT 1")
    assert "Taking part is voluntary" in text[0][0]
    with world.store.reading() as tx:
        study = tx.study(slug)
    people = answers_table(world.store, study)
    assert list(people.columns)[-3:] == ["answer_age", "answer_often", "answer_words"]
    (row,) = people.to_dict("records")
    assert (len(row["code"]), row["status"], row["answer_often"]) == (8, "complete", "daily")
    assert answers_csv(world.store, slug).decode().endswith(",20,daily,Fine.\n")
    count = "SELECT count(*) FROM questionnaire_answer"
    before = world.rows(count)[0][0]
    world.post(slug, "withdraw", None, token)
    assert world.rows(count)[0][0] == before - 3


def test_the_form_at_the_end_comes_after_the_last_trial(world: World) -> None:
    slug = world.study(forms=[AFTER])
    token = world.enrol(slug)["token"]
    body = {"answers": {"words": ""}}
    assert world.post(slug, "answers", body, token)["error"]["code"] == "not_understood"
    assert world.post(slug, "answers", body, "other")["error"]["code"] == "unknown_participant"


@pytest.mark.parametrize(("choice_is_right", "code"), [(True, "C"), (False, "F")])
def test_who_fails_the_checks_gets_another_code(world: World, choice_is_right: bool, code: str) -> None:
    codes = {"complete": "C", "failed": "F"}
    slug = world.study(gold=True, participants={"codes": codes})
    state = world.enrol(slug)
    token = state["token"]
    while state["state"] == "trial":
        right = world.rows(
            "SELECT expected_stim = left_stim FROM trial JOIN pair ON pair_id = pair.id "
            f"WHERE token = '{state['trial']['trial']}'"
        )[0][0]
        choice = "T" if right is None else "L" if bool(right) == choice_is_right else "R"
        vote = {"trial": state["trial"]["trial"], "choice": choice, "uuid": str(uuid4())}
        state = world.post(slug, "vote", vote, token)
    assert state["code"] == code


def test_who_says_no_gets_the_code_for_it(world: World) -> None:
    slug = world.study(participants={"source": "prolific", "codes": {"declined": "NO"}})
    state = world.post(slug, "decline", {"link": {"PROLIFIC_PID": "p"}})
    assert (state["code"], state["return_url"][-5:]) == ("NO", "cc=NO")
    assert world.post(slug, "decline")["state"] == "ended"


def test_own_choices_are_there_after_the_study_has_closed(world: World) -> None:
    slug = world.study()
    state = world.finish(slug, world.enrol(slug), "R")
    assert "own_choices" not in state and "results" not in state
    assert world.post(slug, "choices", None, state["token"])["error"]["code"] == "choices_later"
    move(world.store, slug, None, "closed", "test")
    assert world.post(slug, "next", {}, state["token"])["own_choices"]
    (choice,) = world.post(slug, "choices", None, state["token"])["choices"]
    assert choice["choice"] == "R" and choice["left"].startswith("/media/")
    hidden = world.study(results={"own_choices": False})
    state = world.finish(hidden, world.enrol(hidden))
    move(world.store, hidden, None, "closed", "test")
    assert "own_choices" not in world.post(hidden, "next", {}, state["token"])


def test_texts_and_forms_are_in_the_language_of_the_page(world: World) -> None:
    slug = world.study(
        forms=[BEFORE],
        texts={"de": {"question": "Welches?", "thanks": "*Danke*"}, "fr": {"headline": "Bonjour"}},
        study={"question": "Which?"},
    )

    def info(language: str) -> Any:
        return world.client.get(f"/api/study/{slug}", headers={"accept-language": language}).json()

    english, german, french = map(info, ("en", "de-AT, en;q=0.5", "fr"))
    assert (english["question"], german["question"], french["question"]) == ("Which?", "Welches?", "Which?")
    assert (english["thanks_html"], german["thanks_html"]) == ("", "<p><em>Danke</em></p>")
    assert (french["headline"], french["language"]) == ("Bonjour", "fr")
    assert "Was wir speichern</h2>" in german["consent_html"] and "What we keep" in english["consent_html"]
    (form,) = german["forms"]
    assert (form["text"], form["choices"][1]) == ("Wie oft?", {"value": "daily", "text": "täglich"})
    assert "<script" not in german["consent_html"]


def test_a_participant_gets_the_texts_of_their_version(world: World) -> None:
    slug = world.study(study={"question": "First?"})
    token = world.enrol(slug)["token"]
    newer = StudyConfig.model_validate(
        {
            "study": {"slug": slug, "title": "T", "question": "Second?"},
            "stimuli": {"methods": ["a", "b"], "anchor": "a"},
        }
    )
    build_study(world.folder / f"{slug}2", newer, StudySources({"one": GREY}, METHODS))
    open_folder(world.store, world.folder / f"{slug}2", "test")
    headers = {"authorization": f"Bearer {token}"}
    assert world.client.get(f"/api/study/{slug}").json()["question"] == "Second?"
    assert world.client.get(f"/api/study/{slug}", headers=headers).json()["question"] == "First?"
