"""Check the examples that the mask decoder is trained on, and the prompts drawn for them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from model.network.mask_decoder import SIDE
from model.network.mask_prompts import PROMPT_SIDE
from model.training.composites.bad_data import BadData
from model.training.masks import samples
from model.training.masks.prompts import random_prompts
from model.training.masks.samples import Photograph, Pool, make_example, read_pool


def disc() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return the mask of a disc."""
    mask = np.zeros((PROMPT_SIDE, PROMPT_SIDE), np.float32)
    cv2.circle(mask, (90, 70), 30, 1.0, -1)
    return mask


def test_a_table_names_objects_and_scenes(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("image,mask,main\na.png,a_mask.png,1\nb.png,b_mask.png,0\nc.png,,\n")
    pool = read_pool(table)
    assert [photograph.main for photograph in pool.objects] == [True, False]
    assert pool.scenes == [tmp_path / "c.png"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file\na.png\n", "columns image, mask and main"),
        ("image,mask,main\nc.png,,\n", "names no photograph"),
    ],
)
def test_tables_that_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(BadData, match=message):
        read_pool(tmp_path / "table.csv")


@pytest.mark.parametrize("pasted", [0.0, 1.0])
def test_the_mask_of_an_example_lies_on_its_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pasted: float
) -> None:
    """A red disc on grey: whatever is cut, mirrored, recoloured or pasted, the mask covers what is red."""
    monkeypatch.setattr(samples, "PASTED", pasted)
    mask = np.uint8(255) * disc().astype(np.uint8)
    image = np.full((*mask.shape, 3), 110, np.uint8)
    cv2.imwrite(str(tmp_path / "scene.png"), image)
    image[mask > 0] = (40, 40, 200)
    cv2.imwrite(str(tmp_path / "image.png"), image)
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    photograph = Photograph(tmp_path / "image.png", tmp_path / "mask.png", main=True)
    monkeypatch.setattr(samples, "INTO_SCENE", 1.0)
    pool, random = Pool([photograph], [tmp_path / "scene.png"]), np.random.default_rng(0)
    for _ in range(10):
        example = make_example(pool, photograph, random)
        assert example is not None and example.image.shape == (SIDE, SIDE, 3)
        red = example.image[..., 0] > 1.6 * example.image[..., 1]
        found = example.mask > 0.5
        assert (red & found).sum() / (red | found).sum() > 0.9


def test_prompts_point_at_the_object() -> None:
    mask, random = disc(), np.random.default_rng(0)
    kinds = set()
    for _ in range(60):
        box, keep, remove = random_prompts(mask, True, random)
        assert (mask[(box == 1)].sum() > 0.8 * mask.sum()) and mask[keep > 0].sum() >= 0.5 * (keep > 0).sum()
        assert mask[remove > 0].sum() < 0.5 * max(1, (remove > 0).sum())
        kinds.add((bool((box < 1).any()), bool(keep.any()), bool(remove.any())))
    assert {(False, False, False), (True, False, False), (False, True, False)} <= kinds


def test_a_part_of_a_scene_is_never_asked_for_without_a_prompt() -> None:
    random = np.random.default_rng(0)
    maps = [random_prompts(disc(), False, random) for _ in range(40)]
    assert all((box < 1).any() or keep.any() for box, keep, _ in maps)
