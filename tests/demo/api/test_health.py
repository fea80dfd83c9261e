"""Check liveness and readiness separately; readiness names the part that does not work."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, active_count

import httpx
import pytest

from demo.api.checks import Background, disk, queue, render_workers, weights
from demo.api.health import BROKEN, SLOW, Check, Finding, Readiness
from tests.support.loops import in_a_loop
from tests.support.operated import Operated, called, handlers_of, operated

FINE = Finding(True, "Fine.")
DISKS = {"data_disk", "database_disk"}
CHECKS = {
    "database",
    "queue",
    "study_pictures",
    "weights",
    "render_workers",
    "copies",
    "archive",
    "example_study",
    *DISKS,
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Operated]:
    with operated(tmp_path) as server:
        yield server


def asked(*checks: Check, times: int = 1, keep: float = 0, seconds: float = 0.2) -> list[dict[str, Finding]]:
    async def ask() -> list[dict[str, Finding]]:
        readiness = Readiness(checks, seconds=seconds, keep=keep)
        return [await readiness.findings() for _ in range(times)]

    return in_a_loop(ask())


def readiness_of(client: httpx.Client, until: str, ok: bool) -> dict[str, dict[str, object]]:
    """All findings, once the one named is as told: answers are kept for two seconds."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = client.get("/readyz")
        body = answer.json()
        checks: dict[str, dict[str, object]] = body["checks"]
        all_fine = all(check["ok"] for check in checks.values())
        assert answer.status_code == (200 if all_fine else 503)
        assert body["status"] == ("ready" if all_fine else "not ready")
        if checks[until]["ok"] is ok:
            return checks
        time.sleep(0.3)
    raise AssertionError(f"{until} never was {ok}: {checks}")


def test_a_working_server_is_ready_and_one_without_its_data_names_the_part(server: Operated) -> None:
    with server.client() as client, server.organizer() as organizer:
        checks = readiness_of(client, "study_pictures", True)
        assert set(checks) == CHECKS and all(check["ok"] for check in checks.values()), checks

        database = Path(server.settings.database_url.removeprefix("sqlite:///"))
        gone = database.with_name("elsewhere")
        gone.mkdir()
        for file in database.parent.glob("votes.db*"):
            file.rename(gone / file.name)
        database.mkdir()
        checks = readiness_of(client, "database", False)
        assert str(server.settings.data_dir) not in str(checks) and "votes.db" not in str(checks)
        assert client.get("/healthz").json()["status"] == "ok"
        (handler,) = handlers_of(client, "results")
        assert "cannot reach its data" in str(called(organizer, handler, []))
        assert organizer.get("/organizer/api/studies").status_code == 503
        refused = organizer.get("/organizer/files/small/votes.csv")
        assert refused.status_code == 503 and refused.json()["error"]["code"] == "unavailable"

        database.rmdir()
        for file in gone.iterdir():
            shutil.move(file, database.parent / file.name)
        readiness_of(client, "database", True)
        assert organizer.get("/organizer/files/small/votes.csv").status_code == 200


def test_a_full_disk_and_a_changed_picture_are_named(tmp_path: Path) -> None:
    with operated(tmp_path, FREE_MEGABYTES="100000000000") as server, server.client() as client:
        checks = readiness_of(client, "data_disk", False)
        assert "MB are free" in str(checks["data_disk"]) and checks["database"]["ok"]
    next((tmp_path / "small" / "stimuli").iterdir()).write_bytes(b"truncated")
    with operated(tmp_path, build=False) as server, server.client() as client:
        message = str(readiness_of(client, "study_pictures", False)["study_pictures"]["message"])
        assert ".webp" not in message and "small" not in message


def test_a_check_that_hangs_is_limited_and_not_started_twice() -> None:
    release, starts = Event(), []

    def hang() -> Finding:
        starts.append(1)
        release.wait(20)
        return FINE

    before = active_count()
    found = asked(Check("slow", hang), Check("quick", lambda: FINE), times=3, seconds=0.1)
    release.set()
    assert [each["slow"] for each in found] == [Finding(False, SLOW)] * 3
    assert found[0]["quick"] == FINE and len(starts) == 1 and active_count() <= before + 1


def test_a_check_that_fails_has_a_result_without_the_text_of_the_error() -> None:
    (found,) = asked(Check("broken", lambda: Finding(True, str(1 / 0))))
    assert found == {"broken": Finding(False, BROKEN)}


def test_many_requests_check_once() -> None:
    runs: list[int] = []

    def run() -> Finding:
        runs.append(1)
        return FINE

    asked(Check("counted", run), times=20, keep=60)
    assert len(runs) == 1


def test_a_slow_check_returns_its_last_result() -> None:
    release = Event()

    def slow() -> Finding:
        release.wait(20)
        return FINE

    background = Background(Check("files", slow), every=60)
    assert not background.latest.run().ok
    background.start()
    release.set()
    deadline = time.monotonic() + 10
    while background.latest.run() != FINE and time.monotonic() < deadline:
        time.sleep(0.01)
    assert background.latest.run() == FINE
    background.stop()


def test_weights_are_identified_by_their_hash(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    assert "cannot be read" in weights(file, "").run().message
    file.write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert weights(file, empty).run().ok and not weights(file, "0" * 64).run().ok


def test_a_folder_without_write_permission_is_reported(tmp_path: Path) -> None:
    assert disk("disk", tmp_path, 0).run().ok
    assert "Nothing can be written" in disk("disk", tmp_path / "gone", 0).run().message
    assert "Only " in disk("disk", tmp_path, 10**12).run().message


def test_a_worker_that_does_not_start_is_reported_without_its_reason() -> None:
    assert render_workers(lambda: []).run().ok
    found = render_workers(lambda: ["no memory in /some/folder"]).run()
    assert not found.ok and "folder" not in found.message


def test_a_stopped_queue_is_reported() -> None:
    assert queue(lambda: True).run().ok
    assert not queue(lambda: False).run().ok
