"""Find an object by a box, a click or nothing, with and without a U²-Net."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from model.images.arrays import BadImage, Matte, Pixels
from model.masks.prompted import shipped_network
from model.masks.prompts import Area, Click
from model.masks.saliency import SETTING, SalientObjects, installed_network, mask_by_saliency
from model.masks.select import OWN, WITH_SALIENCY, ObjectFinder
from model.network.checkpoint import BadWeights
from tests.model.masks.test_automatic import overlap, scene
from tests.support.tiny_onnx import save_weighted_sum

BOX = Area(60, 20, 160, 120)


def plain_scene() -> tuple[Pixels, Matte]:
    """Return a red disc without the stripe, 140×200, and its matte."""
    image, _, true = scene()
    image[66:70, 75:145] = image[60, 110]
    return image, true


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a network for which red stands out."""
    return save_weighted_sum(tmp_path_factory.mktemp("onnx") / "red.onnx", (4, 0, -4), 320)


@pytest.fixture(params=["shipped", "saliency"])
def finder(request: pytest.FixtureRequest, red: Path) -> ObjectFinder:
    return ObjectFinder(shipped_network(), SalientObjects(red) if request.param == "saliency" else None)


def test_a_box_a_click_and_nothing_find_the_disc(finder: ObjectFinder) -> None:
    image, true = plain_scene()
    for found in (
        finder.in_box(image, BOX),
        finder.at_clicks(image, [Click(110, 70)]),
        finder.main_object(image),
    ):
        assert found.matte.dtype == np.float32 and found.matte.shape == true.shape
        assert overlap(found.matte, true) > 0.9


def test_what_found_the_mask_is_named(red: Path) -> None:
    image, _ = plain_scene()
    assert ObjectFinder(shipped_network()).in_box(image, BOX).tool == OWN
    assert ObjectFinder(shipped_network(), SalientObjects(red)).in_box(image, BOX).tool == WITH_SALIENCY


def test_nothing_is_found_beyond_the_box() -> None:
    image, _ = plain_scene()
    found = ObjectFinder(shipped_network()).in_box(image, Area(60, 20, 110, 120)).matte
    assert found[:, 112:].max() == 0


def test_a_network_that_finds_something_else_than_the_box_shows_is_left_out(red: Path) -> None:
    image, true = plain_scene()
    swapped = np.ascontiguousarray(image[..., ::-1])  # a blue disc: what stands out is around it
    assert (
        overlap(ObjectFinder(shipped_network(), SalientObjects(red)).in_box(swapped, BOX).matte, true) > 0.9
    )


def test_a_large_picture_is_searched_as_a_copy_and_keeps_sharp_edges() -> None:
    image, true = plain_scene()
    large = cv2.resize(image, (2000, 1400), interpolation=cv2.INTER_CUBIC)
    found = ObjectFinder(shipped_network()).in_box(large, Area(600, 200, 1600, 1200)).matte
    assert found.shape == (1400, 2000)
    assert overlap(found, np.asarray(cv2.resize(true, (2000, 1400)), np.float32)) > 0.95


def test_clicks_add_and_remove_one_part_alone() -> None:
    image = np.full((200, 300, 3), 90, np.uint8)
    for column in (60, 150, 240):
        cv2.circle(image, (column, 100), 30, (200, 60, 40), -1)
    earlier = np.zeros((200, 300), np.float32)
    cv2.circle(earlier, (60, 100), 30, 1.0, -1)
    cv2.circle(earlier, (240, 100), 30, 1.0, -1)
    found = (
        ObjectFinder(shipped_network())
        .at_clicks(image, [Click(150, 100), Click(240, 100, keep=False)], earlier)
        .matte
    )
    wanted = np.zeros((200, 300), np.float32)
    cv2.circle(wanted, (60, 100), 30, 1.0, -1)
    cv2.circle(wanted, (150, 100), 30, 1.0, -1)
    assert overlap(found, wanted) > 0.9
    assert np.array_equal(found[:, :90], earlier[:, :90])


def test_a_click_changes_nothing_that_is_not_connected_to_it() -> None:
    image, true = plain_scene()
    earlier = true.copy()
    earlier[5:15, 5:15] = 1
    found = ObjectFinder(shipped_network()).at_clicks(image, [Click(110, 70, keep=False)], earlier).matte
    assert found[70, 110] < 0.5 and (found[5:15, 5:15] == 1).all()


@pytest.mark.parametrize(
    ("box", "message"),
    [
        (Area(0, 0, 200, 140), "covers the whole picture"),
        (Area(300, 10, 350, 60), "should lie in the picture, which is 200×140"),
        (Area(10, 10, 12, 60), "not be tiny"),
    ],
)
def test_boxes_that_are_refused(box: Area, message: str) -> None:
    with pytest.raises(BadImage, match=message):
        ObjectFinder(shipped_network()).in_box(plain_scene()[0], box)


def test_a_click_beside_the_object_needs_one_on_it() -> None:
    with pytest.raises(BadImage, match="Please click on the object"):
        ObjectFinder(shipped_network()).at_clicks(plain_scene()[0], [Click(5, 5, keep=False)])


def test_a_network_alone_finds_what_stands_out(red: Path) -> None:
    image, true = plain_scene()
    assert overlap(mask_by_saliency(image, SalientObjects(red)), true) > 0.9
    with pytest.raises(BadImage, match="Nothing stands out"):
        mask_by_saliency(np.full((64, 64, 3), 9, np.uint8), SalientObjects(red))


@pytest.mark.parametrize(("content", "message"), [(None, "was not found"), (b"no model", "is not a model")])
def test_a_file_that_is_no_such_network(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "a.onnx").write_bytes(content)
    with pytest.raises(BadWeights, match=message):
        SalientObjects(tmp_path / "a.onnx")


def test_a_setting_names_the_installed_network(red: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed_network.cache_clear()
    monkeypatch.delenv(SETTING, raising=False)
    assert installed_network() is None
    installed_network.cache_clear()
    monkeypatch.setenv(SETTING, str(red))
    assert installed_network() is not None
    installed_network.cache_clear()
