"""Walk through the routes of the workbench with the real application: sessions, files, pictures, edits."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from PIL import Image

from demo.server import build_app
from demo.settings import Settings
from model import Edit

WIDTH, HEIGHT = 96, 64
ADDRESS = "/api/workbench"


@dataclass(frozen=True)
class Visitor:
    """Send requests with one token."""

    client: TestClient
    token: str

    def get(self, path: str) -> Any:
        return self.client.get(ADDRESS + path, headers={"X-Workbench": self.token})

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        given = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self.client.post(ADDRESS + path, headers={"X-Workbench": self.token}, **given, **more)

    def put(self, body: Any) -> Any:
        given = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self.client.put(f"{ADDRESS}/document", headers={"X-Workbench": self.token}, **given)

    def upload(self, data: bytes, kind: str = "picture", name: str = "photo.png") -> dict[str, Any]:
        answer = self.post("/files", data, params={"kind": kind, "name": name})
        assert answer.status_code == 200, answer.text
        facts: dict[str, Any] = answer.json()
        return facts


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.from_env({"DATA_DIR": str(tmp_path_factory.mktemp("data")), "RATE_UPLOADS": "0"})


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(build_app(settings), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def visitor(client: TestClient) -> Visitor:
    return new_visitor(client)


def new_visitor(client: TestClient) -> Visitor:
    return Visitor(client, client.post(ADDRESS).json()["token"])


def png(pixels: Any) -> bytes:
    file = BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(file, "PNG")
    return file.getvalue()


def scene_pixels(seed: int = 0) -> Any:
    noise = np.random.default_rng(seed).integers(0, 256, (8, 12, 3), dtype=np.uint8)
    return cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def disc() -> Any:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    return cv2.circle(mask, (WIDTH // 2, HEIGHT // 2), HEIGHT // 4, 255, -1)


def cutout() -> bytes:
    return png(np.dstack([scene_pixels(1), disc()]))


def masked(visitor: Visitor) -> dict[str, Any]:
    background, mask = visitor.upload(png(scene_pixels())), visitor.upload(png(disc()), "mask")
    return document(background["id"], {"mask": mask["id"]})


def placed(visitor: Visitor, **placement: Any) -> dict[str, Any]:
    background, piece = visitor.upload(png(scene_pixels())), visitor.upload(cutout(), "cutout", "piece.png")
    place = {"x": 0.5, "y": 0.5, "scale": 0.5, "angle": 0.0, "flip": False, **placement}
    return document(background["id"], {"cutout": piece["id"], "placement": place})


def document(background: str, *objects: dict[str, Any]) -> dict[str, Any]:
    given = [{"id": f"o{n}", "name": f"Object {n}", **one} for n, one in enumerate(objects, start=1)]
    return {"version": 1, "background": background, "objects": given, "reference": None}


def pixels_of(data: bytes) -> Any:
    return np.asarray(Image.open(BytesIO(data)).convert("RGB"))


def darker() -> dict[str, Any]:
    half = [0.0, 0.25, 0.5]
    return {
        "format": "harmonylab-edit", "version": 1,
        "curves": {"red": half, "green": half, "blue": half}, "shading": [[0.0]],
    }  # fmt: skip


def test_a_picture_is_uploaded_and_described(visitor: Visitor) -> None:
    facts = visitor.upload(png(scene_pixels()), name="../My photo.PNG")
    assert (facts["width"], facts["height"], facts["alpha"], facts["srgb"]) == (WIDTH, HEIGHT, False, True)
    assert (facts["name"], facts["about"]) == ("My photo.PNG", "PNG, 8 bit, sRGB")
    assert pixels_of(visitor.client.get(facts["view"]).content).shape == (HEIGHT, WIDTH, 3)


def test_previews_keep_transparency_and_masks_are_grey(visitor: Visitor) -> None:
    piece, mask = visitor.upload(cutout(), "cutout"), visitor.upload(png(disc()), "mask")
    shown = Image.open(BytesIO(visitor.client.get(piece["view"]).content))
    assert piece["alpha"] and shown.mode == "RGBA"
    assert np.abs(np.asarray(shown)[..., 3].astype(int) - disc()).max() <= 2
    assert Image.open(BytesIO(visitor.client.get(mask["view"]).content)).mode == "L"


def test_a_small_file_is_its_own_preview(visitor: Visitor) -> None:
    for suffix, options in (("JPEG", {"quality": 80}), ("WEBP", {"quality": 60})):
        file = BytesIO()
        Image.fromarray(scene_pixels()).save(file, suffix, **options)
        facts = visitor.upload(file.getvalue(), name=f"a.{suffix.lower()}")
        assert visitor.client.get(facts["view"]).content == file.getvalue()
    turned = Image.Exif()
    turned[0x0112] = 6
    file = BytesIO()
    Image.fromarray(scene_pixels()).save(file, "JPEG", exif=turned)
    facts = visitor.upload(file.getvalue(), name="turned.jpg")
    assert (facts["width"], facts["height"]) == (HEIGHT, WIDTH)
    assert pixels_of(visitor.client.get(facts["view"]).content).shape == (WIDTH, HEIGHT, 3)


@pytest.mark.parametrize("data", [b"", b"not a picture", png(scene_pixels())[:900]])
def test_a_file_that_is_no_picture_leaves_nothing(visitor: Visitor, settings: Settings, data: bytes) -> None:
    answer = visitor.post("/files", data, params={"name": "holiday.png"})
    assert answer.status_code == 422
    assert answer.json()["message"].endswith(".") and not visitor.get("/document").json()["files"]
    if data:
        assert "holiday.png" in answer.json()["message"]
    assert not list(settings.sessions_dir.rglob("*.part*"))


def test_a_cutout_needs_transparency(visitor: Visitor) -> None:
    answer = visitor.post("/files", png(scene_pixels()), params={"kind": "cutout", "name": "flower.png"})
    assert answer.status_code == 422 and "flower.png has no transparency" in answer.json()["message"]


def test_the_document_is_kept(visitor: Visitor) -> None:
    assert visitor.get("/document").json()["document"] is None
    wanted = masked(visitor)
    assert visitor.put(wanted).status_code == 204
    kept = visitor.get("/document").json()
    assert kept["document"] == wanted and len(kept["files"]) == 2


def test_nobody_else_reads_a_session(client: TestClient, visitor: Visitor) -> None:
    wanted, other = masked(visitor), new_visitor(client)
    visitor.put(wanted)
    assert other.get("/document").json() == {"document": None, "batch": None, "files": {}}
    assert other.post("/answer", {"document": wanted, "object": "o1"}).status_code == 404
    for token in ("", "0" * 64, visitor.token[:-1], visitor.token + "0", "../" + visitor.token):
        stranger = Visitor(client, token)
        answer = stranger.get("/document")
        assert answer.status_code == 404 and answer.json()["message"]


@pytest.mark.parametrize("made", [masked, placed])
def test_the_network_answers_for_an_object(visitor: Visitor, made: Any) -> None:
    wanted = made(visitor)
    answer = visitor.post("/answer", {"document": wanted, "object": "o1"})
    assert answer.status_code == 200, answer.text
    edit = answer.json()["edit"]
    assert edit["format"] == "harmonylab-edit" and answer.json()["facts"]["change"] >= 0
    wanted["objects"][0]["edit"] = edit
    assert visitor.put(wanted).status_code == 204


def test_an_object_outside_the_picture_has_no_answer(visitor: Visitor) -> None:
    answer = visitor.post("/answer", {"document": placed(visitor, x=9), "object": "o1"})
    assert answer.status_code == 422 and "outside the picture" in answer.json()["message"]


def test_a_reference_changes_the_answer(visitor: Visitor) -> None:
    wanted = masked(visitor)
    dark = visitor.upload(png(scene_pixels() // 6))
    plain = visitor.post("/answer", {"document": wanted, "object": "o1"}).json()["edit"]
    wanted["reference"] = {"file": dark["id"], "box": [0.1, 0.1, 0.9, 0.9]}
    darkened = visitor.post("/answer", {"document": wanted, "object": "o1"}).json()["edit"]
    assert sum(darkened["curves"]["green"]) < sum(plain["curves"]["green"])


def test_the_view_shows_the_edit_inside_the_mask_alone(visitor: Visitor) -> None:
    wanted = masked(visitor)
    wanted["objects"][0]["edit"] = darker()
    whole = pixels_of(visitor.post("/view", {"document": wanted, "width": 5000}).content).astype(int)
    assert whole.shape == (HEIGHT, WIDTH, 3)
    change = whole - scene_pixels()
    assert change[disc() == 0].mean() == pytest.approx(0, abs=1) and change[disc() > 0].mean() < -40
    box = {"document": wanted, "box": [0.5, 0.25, 1, 0.75], "width": 24}
    assert pixels_of(visitor.post("/view", box).content).shape == (16, 24, 3)


@pytest.mark.parametrize(
    "kind", ["png", "jpg", "tif", "webp", "layer", "psd", "light", "cube", "acv", "json"]
)
def test_every_kind_of_file_can_be_downloaded(visitor: Visitor, kind: str) -> None:
    wanted = placed(visitor)
    wanted["objects"][0]["edit"] = darker()
    answer = visitor.post("/export", {"document": wanted, "kind": kind})
    assert answer.status_code == 200, answer.text
    file = visitor.client.get(answer.json()["url"])
    assert file.status_code == 200 and answer.json()["name"].startswith("photo-") and len(file.content) > 50


def test_a_layer_over_the_background_is_the_picture(visitor: Visitor) -> None:
    wanted = placed(visitor, angle=0.4, flip=True, x=0.4)
    wanted["objects"][0]["edit"] = darker()
    files = {}
    for kind in ("png", "layer"):
        answer = visitor.post("/export", {"document": wanted, "kind": kind}).json()
        files[kind] = np.asarray(Image.open(BytesIO(visitor.client.get(answer["url"]).content)), np.float64)
    alpha = files["layer"][..., 3:] / 255
    blended = files["layer"][..., :3] * alpha + scene_pixels() * (1 - alpha)
    assert np.abs(blended - files["png"]).max() <= 1.5


def test_a_shadow_is_the_one_thing_outside_and_is_counted(visitor: Visitor) -> None:
    wanted = placed(visitor)
    assert visitor.post("/changes", {"document": wanted}).json()["changed"] == 0
    wanted["objects"][0]["shadow"] = {"x": 0, "y": 0.1, "softness": 0.02, "strength": 0.8}
    count = visitor.post("/changes", {"document": wanted}).json()
    assert 0 < count["changed"] < count["pixels"] < WIDTH * HEIGHT


def test_masks_are_found_and_split(visitor: Visitor) -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    picture[10:30, 10:30] = picture[40:55, 60:80] = (230, 40, 30)
    file = visitor.upload(png(picture))
    box = visitor.post("/masks", {"file": file["id"], "box": [0.05, 0.1, 0.4, 0.55]})
    assert box.status_code == 200, box.text
    found = pixels_of(visitor.client.get(box.json()["view"]).content)[..., 0] > 127
    assert found[12:28, 12:28].all() and not found[40:].any()
    points = [[0.2, 0.3, True], [0.72, 0.75, True], [0.5, 0.1, False]]
    both = visitor.post("/masks", {"file": file["id"], "points": points}).json()
    parts = visitor.post("/masks/split", {"mask": both["id"]}).json()["masks"]
    assert len(parts) == 2 and len({part["id"] for part in parts}) == 2
    assert visitor.post("/masks", {"file": file["id"]}).status_code in (200, 422)


def test_a_difference_gives_a_mask(visitor: Visitor) -> None:
    empty = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    full = empty.copy()
    full[20:50, 30:70] = (230, 40, 30)
    picture, background = visitor.upload(png(full)), visitor.upload(png(empty))
    mask = visitor.post("/masks", {"file": picture["id"], "background": background["id"]}).json()
    assert (pixels_of(visitor.client.get(mask["view"]).content)[22:48, 32:68] > 200).all()


def test_a_method_gives_an_edit_and_what_is_left(visitor: Visitor) -> None:
    wanted = masked(visitor)
    names = [method["name"] for method in visitor.get("/methods").json()["methods"]]
    assert "reinhard" in names
    for name in ("reinhard", "harmonylab"):
        answer = visitor.post("/variant", {"document": wanted, "object": "o1", "method": name})
        assert answer.status_code == 200, answer.text
        assert answer.json()["left"] >= 0 and answer.json()["edit"]["format"] == "harmonylab-edit"
    assert visitor.post("/variant", {"document": wanted, "object": "o1", "method": "x"}).status_code == 422


def test_an_example_opens_with_its_answer(visitor: Visitor) -> None:
    opened = visitor.post("/examples/1", {}).json()
    one = opened["document"]["objects"][0]
    assert one["edit"] and one["edit"] == one["answer"] and one["cutout"] in opened["files"]
    assert visitor.put(opened["document"]).status_code == 204
    assert set(visitor.post("/examples/1", {}).json()["files"]) == set(opened["files"])
    for view in (file["view"] for file in opened["files"].values()):
        assert visitor.client.get(view).status_code == 200
    assert visitor.post("/examples/99", {}).status_code == 404


def test_a_saved_edit_is_read(visitor: Visitor) -> None:
    given = visitor.post("/looks", b'{"format": "x"}', params={"name": "a.json"})
    assert given.status_code == 422
    text = json.dumps(darker()).encode()
    assert visitor.post("/looks", text, params={"name": "a.json"}).json()["edit"] == darker()
    saved = Edit.from_content(darker())
    for name, data in (("a.acv", saved.to_acv()), ("a.cube", saved.to_cube().encode())):
        look = visitor.post("/looks", data, params={"name": name}).json()
        green = np.interp(
            [0.5], np.linspace(0, 1, len(look["edit"]["curves"]["green"])), look["edit"]["curves"]["green"]
        )
        assert green == pytest.approx(0.25, abs=0.01) and look["about"].endswith(".")


def test_a_comparison_gets_its_files(visitor: Visitor, settings: Settings) -> None:
    url = visitor.post("/compare", {"document": placed(visitor), "object": "o1"}).json()["url"]
    number = url.split("=")[1]
    names = {path.name for path in Path(settings.cache_dir / "views").glob(f"{number}.*")}
    assert names == {f"{number}.png", f"{number}.mask"}


def test_previews_that_were_deleted_are_made_again(visitor: Visitor, settings: Settings) -> None:
    facts = visitor.upload(png(scene_pixels()))
    lost = visitor.upload(png(scene_pixels(3)))
    for path in (settings.cache_dir / "views").glob("*"):
        path.unlink()
    for path in settings.sessions_dir.rglob(f"{lost['id']}.png"):
        path.unlink()  # as after a stop of the server before the upload was complete
    files = visitor.get("/document").json()["files"]
    assert files == {facts["id"]: facts}
    assert visitor.client.get(facts["view"]).status_code == 200


def test_a_session_survives_a_restart(client: TestClient, settings: Settings) -> None:
    visitor = new_visitor(client)
    wanted = masked(visitor)
    visitor.put(wanted)
    with TestClient(build_app(settings), base_url="http://127.0.0.1") as again:
        later = Visitor(again, visitor.token)
        assert later.get("/document").json()["document"] == wanted
        assert later.post("/answer", {"document": wanted, "object": "o1"}).status_code == 200


def test_bodies_have_limits_and_other_sites_are_refused(visitor: Visitor) -> None:
    large = visitor.put(b'"' + b"x" * (3 << 20) + b'"')
    assert large.status_code == 413 and large.json()["message"].endswith(".")
    larger = visitor.put(b" " * (9 << 20))
    assert larger.status_code == 413 and larger.json()["message"].endswith(".")
    foreign = {"X-Workbench": visitor.token, "Origin": "https://evil.example"}
    for method, path in (("PUT", "/document"), ("POST", "/answer"), ("POST", "")):
        answer = visitor.client.request(method, ADDRESS + path, headers=foreign, content=b"{}")
        assert answer.status_code == 403 and answer.json()["message"]
    unmeasured = visitor.client.post(
        f"{ADDRESS}/files", content=iter([b"x"]), headers={"X-Workbench": visitor.token}
    )
    assert unmeasured.status_code == 411 and unmeasured.json()["message"].endswith(".")
    wrong = visitor.post("/files", png(scene_pixels()), params={"kind": "film"})
    assert wrong.status_code == 422 and wrong.json()["message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("document", "object", "method", "box", "width", "kind", "file", "points", "mask", "background")
PATHS = ("answer", "view", "export", "changes", "compare", "masks", "masks/split", "variant", "examples/0x")


@limits(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PATHS), JSON | st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5))
def test_any_body_gets_a_message(visitor: Visitor, path: str, body: Any) -> None:
    answer = visitor.post(f"/{path}", json.dumps(body).encode())
    assert 400 <= answer.status_code < 500 and answer.json()["message"].endswith(".")
