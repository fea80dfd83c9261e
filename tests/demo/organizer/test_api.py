"""Request the organizers' JSON over HTTP: without a cookie nothing is returned, with one studies change."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from study.bundle.archive import read_bundle
from study.collect.enrolment import enrol
from study.collect.simulate import Preferences, Raters, simulate_raters
from tests.demo.organizer.test_access import PROXIES
from tests.support.operated import Operated, operated
from tests.support.study_world import METHODS, answer_all, open_store, person

STUDY = "/organizer/api/studies/small/1"
GETS = (
    "/organizer/api/studies",
    "/organizer/api/log",
    STUDY,
    f"{STUDY}/monitor",
    f"{STUDY}/log",
    f"{STUDY}/participants",
)
POSTS = {
    f"{STUDY}/state": {"state": "paused"},
    f"{STUDY}/default": {},
    f"{STUDY}/delete": {},
    f"{STUDY}/pilot": {},
}


@pytest.mark.parametrize("headers", PROXIES, ids=lambda headers: "+".join(headers) or "none")
def test_strangers_get_nothing_also_behind_a_proxy(server: Operated, headers: dict[str, str]) -> None:
    with server.client(**headers) as stranger:
        answers = [stranger.get(path) for path in GETS]
        answers += [stranger.post(path, json=body) for path, body in POSTS.items()]
        assert {answer.json()["error"]["code"] for answer in answers} == {"not_organizer"}
        assert stranger.get("/organizer/api/elsewhere").status_code in (403, 404)


def test_forms_of_other_sites_change_nothing(organizer: httpx.Client) -> None:
    for path in POSTS:
        assert organizer.post(path, content='{"state": "paused"}').status_code == 415
    assert organizer.get(STUDY).json()["status"] == "active"


def test_an_organizer_pauses_and_goes_on_and_the_log_names_who(organizer: httpx.Client) -> None:
    (listed,) = organizer.get("/organizer/api/studies").json()["studies"]
    assert (listed["slug"], listed["version"], listed["status"]) == ("small", 1, "active")
    assert organizer.post(f"{STUDY}/state", json={"state": "paused"}).json()["next"] == ["active", "closed"]
    assert organizer.post(f"{STUDY}/state", json={"state": "active"}).json()["status"] == "active"
    assert organizer.post(f"{STUDY}/default", json={}).json()["is_default"] is True
    entries = organizer.get(f"{STUDY}/log").json()["entries"]
    assert [entry["action"] for entry in entries[:3]] == ["default", "active", "paused"]
    assert {entry["who"] for entry in entries[:3]} == {"organizer"}


def test_signing_in_and_out_is_in_the_log_of_the_server(server: Operated) -> None:
    with server.organizer() as client:
        assert client.post("/organizer/sign-out", json={}).status_code == 200
        assert client.post("/organizer/sign-out", json={}).status_code == 200  # of nobody
    with server.organizer() as client:
        entries = client.get("/organizer/api/log").json()["entries"]
    assert [(one["who"], one["action"], one["details"]) for one in entries[:3]] == [
        ("organizer", "sign in", {}),
        ("organizer", "sign out", {}),
        ("organizer", "sign in", {}),
    ]


def test_refusals_have_a_message(organizer: httpx.Client) -> None:
    refused = organizer.post(f"{STUDY}/delete", json={})
    assert refused.status_code == 409 and "not a draft" in refused.json()["error"]["message"]
    assert organizer.get("/organizer/api/studies/nowhere/1").status_code == 409
    wrong = organizer.post(f"{STUDY}/state", json={"state": "secret value"})
    assert wrong.status_code == 422 and "secret value" not in wrong.text
    assert organizer.get("/organizer/api/elsewhere").json()["error"]["code"] == "unknown"


def test_the_monitor_is_sent(organizer: httpx.Client) -> None:
    seen = organizer.get(f"{STUDY}/monitor").json()
    assert seen["votes"] == 0 and len(seen["per_minute"]) == 60 and len(seen["methods"]) == 4


def test_an_organizer_rejects_restores_and_writes_notes(server: Operated, organizer: httpx.Client) -> None:
    worker = replace(person("worker 7"), secret=server.settings.key_for("browser"))
    token = enrol(server.store, "small", worker)
    answer_all(server.store, token)
    (seen,) = organizer.get(f"{STUDY}/participants").json()["people"]
    assert seen["votes"] == 12 and seen["to_pay"] is True
    assert "worker 7" not in str(seen)
    own = f"{STUDY}/participants/{quote(seen['code'])}"

    def act(action: str, text: str = "") -> int:
        return organizer.post(own, json={"action": action, "text": text}).status_code

    assert [act("reject", "clicked blindly"), act("reject"), act("note", "wrote an e-mail")] == [
        200,
        409,
        200,
    ]
    (seen,) = organizer.get(f"{STUDY}/participants").json()["people"]
    assert (seen["status"], seen["reason"], seen["note"]) == (
        "rejected",
        "clicked blindly",
        "wrote an e-mail",
    )
    assert organizer.get(f"{STUDY}/monitor").json()["votes"] == 0
    assert act("restore") == 200 and organizer.get(f"{STUDY}/monitor").json()["votes"] == 12
    assert act("note", "x" * 3000) == 422
    codes = organizer.get("/organizer/files/small/participants.csv?version=1").text
    assert seen["code"] in codes and "wrote an e-mail" in codes
    assert "worker 7" not in codes
    assert "worker 7" in organizer.get("/organizer/files/small/ids.csv?version=1").text
    assert organizer.post(f"{STUDY}/pilot", json={}).json() == {"people": 1}
    actions = [entry["action"] for entry in organizer.get(f"{STUDY}/log").json()["entries"]]
    assert actions[:5] == ["pilot", "ids downloaded", "restore", "note", "reject"]


def test_the_archive_is_sent(organizer: httpx.Client, tmp_path: Path) -> None:
    answer = organizer.get("/organizer/files/small/bundle.zip?version=1")
    assert answer.status_code == 200 and "small-1-bundle.zip" in answer.headers["content-disposition"]
    (tmp_path / "small.zip").write_bytes(answer.content)
    assert read_bundle(tmp_path / "small.zip").slug == "small"
    assert organizer.get("/organizer/files/nowhere/bundle.zip").status_code == 404


def test_links_changes_and_readers_of_the_results(organizer: httpx.Client) -> None:
    study = organizer.get(STUDY).json()
    assert study["links"][0]["address"] == "/study?study=small"
    assert study["at_study"] == {"title": "Small study", "this": True} and study["scores"]["open"]
    changed = organizer.post(
        f"{STUDY}/changes",
        json={"changes": {"participants": {"maximum": 70}, "closes_at": "2030-01-01T10:00:00+02:00"}},
    ).json()
    assert (changed["maximum"], changed["closes_at"]) == (70, "2030-01-01T08:00:00.000Z")
    assert organizer.get(f"{STUDY}/monitor").json()["free"] == 70
    frozen = organizer.post(f"{STUDY}/changes", json={"changes": {"study": {"question": "Other?"}}})
    assert frozen.status_code == 409 and "cannot be changed" in frozen.json()["error"]["message"]
    opened = organizer.post(f"{STUDY}/results", json={"access": "link"}).json()
    assert opened["results_access"] == "link" and len(opened["results_key"]) > 16
    assert organizer.post(f"{STUDY}/results", json={"access": "all"}).status_code == 422
    assert organizer.post(f"{STUDY}/results", json={"access": "organizers"}).json()["results_key"] == ""


def test_scores_of_a_running_study_follow_its_votes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The study has no registration: scores are open as soon as a report has some, and then always."""
    monkeypatch.setattr("demo.organizer.live_scores.ASK_AGAIN", 0.0)
    monkeypatch.setattr("study.report.build.PAUSE", 0.0)  # a busy machine takes long for a report
    worths = Preferences(dict(zip(METHODS, (-1.0, -0.3, 0.3, 1.0), strict=True)))
    open_store(tmp_path, items=15).close()
    with operated(tmp_path, build=False) as server, server.organizer() as client:

        def live() -> dict[str, Any]:
            found: dict[str, Any] = client.get(f"{STUDY}/monitor").json()["live"]
            return found

        simulate_raters(server.store, "small", worths, Raters(4, 12, 1))
        assert live() is None
        simulate_raters(server.store, "small", worths, Raters(36, 12, 2))
        before = live()
        assert before["votes"] == 480 and before["methods"][0]["title"] == "gamma"
        assert before["methods"][0]["log_worth"] > 0.5 and not before["everybody"]
        simulate_raters(server.store, "small", worths, Raters(1, 5, 3))
        assert live()["votes"] == 485
