"""Test the routes of builds with a real child process, a real database, and small files."""

import io
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from demo.organizer.access import Organizer, OrganizerAccess
from demo.settings import Settings
from demo.study_making import StudyMaking
from model.methods import available_methods
from study.database.store import Store
from tests.support.study_material import write_material

API = "/organizer/api/builds"
ACCESS = OrganizerAccess({"anna": "k" * 40}, "s" * 40)
SETTINGS = {
    "study": {"slug": "browser", "title": "Made in a browser"},
    "stimuli": {"methods": ["composite", "mean_gain", "rival"]},
    "trials": {"votes": 3},
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """Serve builds of a data folder, signed in as an organizer."""
    with served(tmp_path) as found:
        yield found


@contextmanager
def served(tmp_path: Path) -> Iterator[TestClient]:
    env = {"DATA_DIR": str(tmp_path / "data"), "STUDY_FOLDERS": str(tmp_path / "allowed")}
    settings = Settings.from_env(env)
    store = Store.open(settings.database_url)
    making = StudyMaking.of(settings, store, ACCESS, available_methods())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        making.runner.start()
        yield
        await making.runner.close()

    app = FastAPI(lifespan=lifespan)
    making.add_routes(app)
    with TestClient(app) as found:
        found.headers["Cookie"] = ACCESS.new_cookie(Organizer("anna"), False).partition(";")[0]
        yield found
    store.close()


def new(client: TestClient, settings: dict[str, Any] = SETTINGS) -> str:
    answer = client.post(API, json=settings)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def send(client: TestClient, number: str, folder: Path, rivals: str = "results") -> None:
    """Upload composites and masks one by one, and a zip with results."""
    for part in ("composite", "mask"):
        for path in sorted((folder / part).iterdir()):
            name = f"pictures/{path.stem}{'_mask' if part == 'mask' else ''}{path.suffix}"
            assert client.put(f"{API}/{number}/files/{name}", content=path.read_bytes()).status_code == 200
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted((folder / "results").rglob("*.png")):
            archive.write(path, path.relative_to(folder / "results").as_posix())
    answer = client.put(f"{API}/{number}/files/{rivals}/rivals.zip", content=packed.getvalue())
    assert answer.status_code == 200, answer.text


def settled(client: TestClient, number: str) -> dict[str, Any]:
    """Wait until the task of a build has ended, and return the build."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        build: dict[str, Any] = client.get(f"{API}/{number}").json()
        if build["state"] in ("editing", "finished"):
            return build
        time.sleep(0.1)
    raise AssertionError("the task did not end")


def test_a_study_is_made_from_uploads(client: TestClient, tmp_path: Path) -> None:
    number = new(client)
    send(client, number, write_material(tmp_path / "m", 3, ("rival",)))
    build = client.get(f"{API}/{number}").json()
    assert build["files"]["items"] == ["scene0", "scene1", "scene2"]
    assert build["files"]["without_mask"] == [] and build["problems"] == []
    assert build["files"]["results"]["rival"] == {
        "count": 3, "missing": 0, "first_missing": [], "unknown": []
    }  # fmt: skip
    assert build["plan"]["pairs"] == 9 and build["plan"]["people"] is None  # three pictures are too few
    assert build["plan"]["size"]["least"] > 10
    assert client.post(f"{API}/{number}/check", json={}).json()["state"] == "waiting"
    checked = settled(client, number)
    assert [one["level"] for one in checked["findings"]] == ["warning"], checked
    client.post(f"{API}/{number}/start", json={})
    done = settled(client, number)
    assert (done["state"], done["study"]) == ("finished", {"slug": "browser", "version": 1}), done
    check_preview(client)
    assert client.get(API).json()["builds"][0]["title"] == "Made in a browser"
    assert not (tmp_path / "data" / "builds" / number / "kept").exists()
    assert client.post(f"{API}/{number}/start", json={}).status_code == 409
    assert client.put(f"{API}/{number}/files/pictures/a.png", content=b"x").status_code == 409
    assert client.delete(f"{API}/{number}").status_code == 204
    assert client.get(f"{API}/{number}").status_code == 404


def check_preview(client: TestClient) -> None:
    """Every pair of the finished study can be looked at, by organizers only."""
    address = "/organizer/api/studies/browser/1/pairs"
    pairs = client.get(address).json()["pairs"]
    assert len(pairs) == 9 and {pair["kind"] for pair in pairs} == {"main"}
    assert {pair["first"] for pair in pairs} | {pair["second"] for pair in pairs} == {
        "No change", "Mean gain", "rival"
    }  # fmt: skip
    picture = client.get(f"{address}/{pairs[0]['id']}/first")
    assert picture.headers["content-type"] == "image/webp" and "private" in picture.headers["cache-control"]
    assert client.get(f"{address}/{pairs[-1]['id'] + 1}/first").status_code == 404
    assert client.get(f"{address}/{pairs[0]['id']}/third").status_code == 422
    assert client.get("/organizer/api/studies/browser/2/pairs").status_code == 404
    assert client.get(address, headers={"Cookie": "x=y"}).status_code == 403
    found = client.post("/organizer/api/studies/browser/1/rehearsal", json={}).json()["address"]
    assert found.startswith("/study?study=browser&version=1&rehearse=")


def test_faults_are_named_by_file_and_nothing_starts(client: TestClient, tmp_path: Path) -> None:
    number = new(client)
    folder = write_material(tmp_path / "m", 2, ("rival",))
    (folder / "results" / "rival" / "scene1.png").unlink()
    send(client, number, folder)
    client.post(f"{API}/{number}/start", json={})
    build = settled(client, number)
    assert build["state"] == "editing" and not list((tmp_path / "data").glob("studies/*"))
    assert {
        "level": "error",
        "file": "rival/scene1",
        "message": "the result for this composite is missing.",
    } in (build["findings"])


def test_incomplete_settings_are_named_by_key(client: TestClient) -> None:
    number = new(
        client, {"study": {"slug": "Wrong Slug", "title": ""}, "stimuli": {"methods": ["composite"]}}
    )
    problems = client.get(f"{API}/{number}").json()["problems"]
    assert {one["place"] for one in problems} == {"study.slug", "study.title", "stimuli.methods"}
    answer = client.post(f"{API}/{number}/start", json={})
    assert answer.status_code == 422 and "small letters" in answer.json()["error"]["message"]
    changed = client.post(f"{API}/{number}/settings", json=SETTINGS).json()
    assert changed["problems"] == []


def test_folders_of_the_server_are_read_where_the_operator_allows(client: TestClient, tmp_path: Path) -> None:
    number = new(client)
    write_material(tmp_path / "allowed" / "set", 2, ("rival",))
    write_material(tmp_path / "other", 2)
    (tmp_path / "allowed" / "way").symlink_to(tmp_path / "other")
    for outside in (tmp_path / "other", tmp_path / "allowed" / ".." / "other", tmp_path / "allowed" / "way"):
        assert client.post(f"{API}/{number}/folder", json={"path": str(outside)}).status_code == 403
    build = client.post(f"{API}/{number}/folder", json={"path": str(tmp_path / "allowed" / "set")}).json()
    assert (
        build["files"]["items"] == ["scene0", "scene1"] and build["files"]["results"]["rival"]["count"] == 2
    )
    client.post(f"{API}/{number}/start", json={})
    assert settled(client, number)["state"] == "finished"


def test_uploads_never_write_into_folders_of_the_server(client: TestClient, tmp_path: Path) -> None:
    number, source = new(client), write_material(tmp_path / "allowed" / "set", 2)
    before = {path: path.read_bytes() for path in source.rglob("*.png")}
    client.post(f"{API}/{number}/folder", json={"path": str(source)})
    send(client, number, write_material(tmp_path / "m", 2, ("rival",), side=48))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("scene1.png", b"from a zip")
    client.post(f"{API}/{number}/folder", json={"path": str(source)})
    assert client.put(f"{API}/{number}/files/pictures/a.zip", content=packed.getvalue()).status_code == 200
    files = tmp_path / "data" / "builds" / number / "files"
    assert (files / "composite" / "scene1.png").read_bytes() == b"from a zip"
    assert {path: path.read_bytes() for path in source.rglob("*.png")} == before


def test_pictures_of_compare_join_with_their_results(client: TestClient, tmp_path: Path) -> None:
    write_material(tmp_path / "data" / "draft", 2, ("rival",))
    assert client.get(API).json()["compare"] == 2
    number = new(client)
    build = client.post(f"{API}/{number}/compare", json={}).json()
    assert build["files"]["items"] == ["scene0", "scene1"] and "rival" in build["files"]["results"]
    removed = client.post(
        f"{API}/{number}/remove", json={"places": ["results/rival", "../build.json"]}
    ).json()
    assert removed["files"]["results"] == {} and removed["files"]["items"] == ["scene0", "scene1"]


def test_a_task_is_stopped_and_goes_on(client: TestClient, tmp_path: Path) -> None:
    number = new(client)
    send(client, number, write_material(tmp_path / "m", 40, ("rival",)))
    client.post(f"{API}/{number}/start", json={})
    end = time.monotonic() + 60
    while not client.get(f"{API}/{number}").json()["progress"] and time.monotonic() < end:
        time.sleep(0.05)
    assert client.post(f"{API}/{number}/cancel", json={}).json()["state"] == "editing"
    kept = len(list((tmp_path / "data" / "builds" / number / "kept").iterdir()))
    assert 0 < kept < 80
    client.post(f"{API}/{number}/start", json={})
    assert settled(client, number)["state"] == "finished"


def test_a_build_goes_on_after_a_restart_of_the_server(tmp_path: Path) -> None:
    kept = tmp_path / "data" / "builds"
    with served(tmp_path) as client:
        number = new(client)
        send(client, number, write_material(tmp_path / "m", 40, ("rival",)))
        client.post(f"{API}/{number}/start", json={})
        end = time.monotonic() + 60
        while len(list(kept.glob("*/kept/*.png"))) < 3 and time.monotonic() < end:
            time.sleep(0.02)
    before = {path: path.stat().st_ino for path in kept.glob("*/kept/*.png")}
    assert 3 <= len(before) < 80
    with served(tmp_path) as client:
        assert client.get(f"{API}/{number}").json()["state"] in ("waiting", "running")
        assert settled(client, number)["state"] == "finished"


@pytest.mark.parametrize("entry", ["../../escape.png", "/etc/escape.png"])
def test_a_zip_cannot_write_elsewhere(client: TestClient, tmp_path: Path, entry: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, b"x")
    answer = client.put(f"{API}/{new(client)}/files/pictures/a.zip", content=packed.getvalue())
    assert answer.status_code == 422 and not list(tmp_path.rglob("escape*"))


def test_others_than_organizers_are_refused(client: TestClient) -> None:
    number = new(client)
    del client.headers["Cookie"]
    for method, address in (
        ("GET", API), ("POST", API), ("GET", f"{API}/{number}"), ("PUT", f"{API}/{number}/files/a.png"),
        ("POST", f"{API}/{number}/start"), ("DELETE", f"{API}/{number}"),
    ):  # fmt: skip
        answer = client.request(method, address, json={} if method == "POST" else None)
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "not_organizer", address
    assert client.post(f"{API}/no-such-build/start", json={}).status_code == 403
