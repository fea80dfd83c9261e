"""Check that a server restores its votes, copies them, and states on all its pages how safe they are."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx

from tests.support.operated import Operated, operated

STATE = "/organizer/api/durability"
SECRET = "s" * 32


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def state(server: Operated) -> dict[str, object]:
    with server.organizer() as organizer:
        found: dict[str, object] = organizer.get(STATE).raise_for_status().json()
    return found


def send(client: httpx.Client, action: str, body: object, token: str = "") -> dict[str, object]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = client.post(f"/api/study/small/{action}", json=body, headers=headers)
    found: dict[str, object] = answer.raise_for_status().json()
    return found


def test_a_participant_continues_after_the_disk_was_erased(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    variables = {"BACKUP_URL": f"file://{tmp_path / 'copies'}", "SECRET": SECRET, "BACKUP_SECONDS": "1"}
    with operated(folder, True, **variables) as server, server.client() as client:
        enrolled = send(client, "enrol", {"claim": "c" * 32})
        token, trial = str(enrolled["token"]), enrolled["trial"]
        assert isinstance(trial, dict)
        send(client, "vote", {"trial": trial["trial"], "choice": "L", "uuid": str(uuid4())}, token)
        until(lambda: state(server)["safe"] is True)
        found = client.get("/readyz").json()["checks"]["copies"]
        assert found == {"ok": True, "message": "Votes are kept safe."}
    shutil.rmtree(folder)
    folder.mkdir()
    with operated(folder, False, **variables) as server, server.client() as client:
        assert "Nothing is missing" in str(state(server)["restored"])
        following = send(client, "next", {}, token)
        again = following["trial"]
        assert isinstance(again, dict) and again["number"] == 2
        assert client.get(str(again["left"])).status_code == 200


def test_only_organizers_read_where_votes_are_kept(tmp_path: Path) -> None:
    with operated(tmp_path, METRICS_TOKEN="m" * 16) as server, server.client() as client:
        answer = client.get(STATE)
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "not_organizer"
        assert set(state(server)) == {"safe", "message", "until", "waiting", "restored", "working"}
        metrics = client.get("/metrics", headers={"Authorization": f"Bearer {'m' * 16}"}).text
        assert "backup_waiting_rows 0" in metrics
