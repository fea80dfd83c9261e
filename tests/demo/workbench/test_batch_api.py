"""Walk through the routes of the batch with the real application: files, zips, pairs, results."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from demo.server import build_app
from demo.settings import Settings
from demo.workbench.batch_files import plain_path
from model import Composite, Edit, load_harmonizer, render
from tests.support.png_bytes import png

ADDRESS = "/api/workbench"
SIZE = (64, 96)


@dataclass(frozen=True)
class Visitor:
    """Send requests with one token."""

    client: TestClient
    token: str

    def post(self, path: str, body: Any = None, **params: str) -> Any:
        given = {"content": body} if isinstance(body, bytes) else {"json": body}
        headers = {"X-Workbench": self.token}
        return self.client.post(ADDRESS + path, headers=headers, params=params, **given)

    def add(self, data: bytes, name: str) -> str:
        (file,) = self.post("/files/batch", data, name=name).json()["files"]
        assert file["name"] == name
        return str(file["id"])

    def run(self, picture: str, mask: str | None, **more: Any) -> Any:
        return self.post("/batch/picture", {"name": "a", "picture": picture, "mask": mask, **more})

    def download(self, *results: str) -> zipfile.ZipFile:
        answer = self.post("/batch/zip", {"files": results}).json()
        return zipfile.ZipFile(BytesIO(self.client.get(answer["url"]).content))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    settings = Settings.from_env({"DATA_DIR": str(folder), "RATE_UPLOADS": "0"})
    with TestClient(build_app(settings), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def visitor(client: TestClient) -> Visitor:
    return Visitor(client, client.post(ADDRESS).json()["token"])


def picture(seed: int = 0) -> bytes:
    return png(np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), np.uint8))


def mask() -> bytes:
    pixels = np.zeros(SIZE, np.uint8)
    pixels[20:50, 30:70] = 255
    return png(pixels)


def zipped(*entries: tuple[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def test_a_picture_is_harmonized_as_the_model_does(visitor: Visitor, tmp_path: Path) -> None:
    answer = visitor.run(visitor.add(picture(), "a.png"), visitor.add(mask(), "a_mask.png"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == "a.png" and answer.json()["seconds"] > 0
    with visitor.download(answer.json()["id"]) as archive:
        result = np.asarray(Image.open(BytesIO(archive.read("a.png"))))
    for name, data in (("a.png", picture()), ("m.png", mask())):
        (tmp_path / name).write_bytes(data)
    expected = load_harmonizer()(Composite.from_files(tmp_path / "a.png", tmp_path / "m.png"))
    assert np.array_equal(result, expected.image)


def test_one_edit_is_applied_to_all(visitor: Visitor) -> None:
    edit = Edit(Edit.identity().curves ** np.float32(0.6), np.zeros((2, 2), np.float32))
    mask_id = visitor.add(mask(), "m.png")
    results = []
    for seed in range(2):
        answer = visitor.run(
            visitor.add(picture(seed), f"{seed}.png"), mask_id, edit=edit.to_content(), name=f"set/{seed}"
        )
        results.append(answer.json()["id"])
    with visitor.download(*results) as archive:
        assert archive.namelist() == ["set/0.png", "set/1.png"]
        result = np.asarray(Image.open(BytesIO(archive.read("set/1.png"))))
    before = np.asarray(Image.open(BytesIO(picture(1))))
    matte = (np.asarray(Image.open(BytesIO(mask())))).astype(np.float32) / np.float32(255)
    assert np.array_equal(result, render(Composite(before, matte), edit))


@pytest.mark.parametrize(("kind", "start"), [("jpg", b"\xff\xd8"), ("psd", b"8BPS"), ("tif", b"II")])
def test_results_have_the_wanted_format(visitor: Visitor, kind: str, start: bytes) -> None:
    answer = visitor.run(visitor.add(picture(), "a.png"), visitor.add(mask(), "m.png"), kind=kind)
    with visitor.download(answer.json()["id"]) as archive:
        assert archive.read(f"a.{kind}").startswith(start)


def test_a_zip_is_unpacked_and_paired(visitor: Visitor) -> None:
    data = zipped(
        ("photos/composite/a.png", picture()), ("photos/mask/a.png", mask()), ("photos/notes.txt", b"x"),
        ("photos/mask/b.png", mask()), ("__MACOSX/photos/._a.png", b"x"),
    )  # fmt: skip
    files = visitor.post("/files/batch", data, name="photos.zip").json()["files"]
    ids = {file["name"]: file["id"] for file in files}
    answer = visitor.post("/batch/pairs", {"names": list(ids)}).json()
    assert answer == {
        "pairs": [
            {"name": "photos/a", "picture": "photos/composite/a.png", "mask": "photos/mask/a.png"}
        ],
        "left_over": [{"name": "photos/mask/b.png", "message": "There is no picture for this mask."}],
    }  # fmt: skip
    pair = answer["pairs"][0]
    assert visitor.run(ids[pair["picture"]], ids[pair["mask"]]).status_code == 200


def test_errors_have_the_names_of_the_owner(visitor: Visitor) -> None:
    good = visitor.add(picture(), "good.png")
    small, text = visitor.add(png(np.zeros((20, 20))), "in/small.png"), visitor.add(b"Hello", "text.jpg")
    for answer, words in (
        (visitor.run(good, small), "The mask in/small.png is 20×20 pixels, but the picture is 96×64."),
        (visitor.run(text, small), "text.jpg is not a picture we can read."),
        (visitor.run(good, None), "good.png has no transparency. Please add a mask of the pasted object."),
        (visitor.run(good, good, kind="gif"), "There is no such kind of file."),
        (visitor.run(good, "0" * 16), "This file is not here any more."),
    ):
        assert answer.status_code in (404, 422) and words in answer.json()["message"], answer.text


def test_bad_zips_are_refused_and_leave_nothing(visitor: Visitor, folder: Path) -> None:
    before = set((folder / "sessions").rglob("*"))
    for data, words in (
        (zipped(("a.png", picture()), ("../b.png", b"x")), "leads out of the zip"),
        (zipped(("notes.txt", b"x")), "photos.zip has no pictures in it"),
        (b"PK", "is not a zip file"),
    ):
        answer = visitor.post("/files/batch", data, name="photos.zip")
        assert answer.status_code == 422 and words in answer.json()["message"]
    assert set((folder / "sessions").rglob("*")) == before


def test_results_of_one_name_are_kept_apart(visitor: Visitor) -> None:
    files = visitor.add(picture(), "a.png"), visitor.add(mask(), "m.png")
    results = [visitor.run(*files).json()["id"] for _ in range(2)]
    with visitor.download(*results) as archive:
        assert archive.namelist() == ["a.png", "a-2.png"]


def test_files_belong_to_their_visitor_and_can_be_deleted(client: TestClient, visitor: Visitor) -> None:
    file = visitor.add(picture(), "a.png")
    other = Visitor(client, client.post(ADDRESS).json()["token"])
    assert other.run(file, file).status_code == 404
    assert visitor.post("/batch/clear").status_code == 204
    assert visitor.run(file, file).status_code == 404
    assert client.post(f"{ADDRESS}/batch/clear").status_code == 404  # no token


@pytest.mark.parametrize(
    ("name", "plain"),
    [("../../a/b.png", "a/b.png"), ("/etc/x", "etc/x"), ("C:\\a\\b.png", "C:/a/b.png"), ("..", "picture")],
)
def test_names_lead_nowhere_else(name: str, plain: str) -> None:
    assert plain_path(name) == plain


def test_what_the_browser_keeps_of_a_batch_comes_back_until_it_is_cleared(visitor: Visitor) -> None:
    headers = {"X-Workbench": visitor.token}
    sent = visitor.add(picture(), "a.png")
    pair = {"name": "a", "picture": "a.png", "mask": "a_mask.png"}
    state = {"sources": {"a.png": sent, "a_mask.png": None}, "pairs": [pair], "running": True}
    assert visitor.client.put(f"{ADDRESS}/batch", headers=headers, json=state).status_code == 204
    assert visitor.client.get(f"{ADDRESS}/document", headers=headers).json()["batch"] == state
    wrong = {**state, "sources": {"a.png": "../document"}}
    assert visitor.client.put(f"{ADDRESS}/batch", headers=headers, json=wrong).status_code == 422
    assert visitor.post("/batch/clear").status_code == 204
    assert visitor.client.get(f"{ADDRESS}/document", headers=headers).json()["batch"] is None
