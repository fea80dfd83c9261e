"""Test the outline of the object: drawn from the mask alone, beside the object, equal for both pictures."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from study.collect.manifest import read_manifest
from study.collect.outlines import outline
from study.collect.picture_sizes import lossless_webp
from study.collect.stimuli import KnownPairs, StudySources, build_study
from study.collect.validate import check_study
from study.config.config import config_from_options
from study.records import BadStudy
from tests.support.study_world import flat


def box() -> np.ndarray:
    """Return the mask of an object with a hole, of 600×900 pixels."""
    mask = np.zeros((600, 900), np.float32)
    mask[150:450, 300:600] = 1
    mask[250:300, 400:450] = 0
    return mask


@pytest.mark.parametrize("size", [(900, 600), (1800, 1200), (450, 300), (90, 60)])
def test_two_thin_lines_lie_around_the_object_and_cover_nothing_of_it(size: tuple[int, int]) -> None:
    picture = outline(box(), size)
    assert picture.shape == (size[1], size[0], 4)
    row = picture[size[1] // 2 + size[1] // 6, :, :]  # below the hole
    seen = np.flatnonzero(row[:, 3])
    left, right = round(size[0] / 3), round(size[0] * 2 / 3)
    width = max(1, round(size[0] / 512))
    assert seen.tolist() == [*range(left - 2 * width, left), *range(right, right + 2 * width)]
    assert (
        row[seen, 0].tolist() == [0] * width + [255] * 2 * width + [0] * width
    )  # black, white | white, black
    assert set(np.unique(picture[..., 3])) == {0, 255}
    hole = picture[round(size[1] * 0.42) + 1 : round(size[1] * 0.5) - 1, size[0] * 17 // 36, 3]
    assert hole.size and hole.any()


def test_a_soft_mask_has_the_outline_of_its_half() -> None:
    soft = np.clip(np.linspace(1.5, -0.5, 300, dtype=np.float32), 0, 1)[None].repeat(200, 0)
    seen = np.flatnonzero(outline(soft, (300, 200))[100, :, 3])
    assert seen.tolist() == [150, 151]


def test_the_file_keeps_its_transparency() -> None:
    picture = outline(box(), (900, 600))
    with Image.open(io.BytesIO(lossless_webp(picture))) as found:
        again = np.asarray(found)
    assert np.array_equal(again[..., 3], picture[..., 3])
    drawn = picture[..., 3] > 0
    assert np.array_equal(again[drawn], picture[drawn])


def test_each_pair_has_one_outline_in_all_its_sizes(tmp_path: Path) -> None:
    config = config_from_options(["same", "flat"], {"slug": "s", "title": "S"})
    viewing = config.viewing.model_copy(update={"outline": True})
    config = config.model_copy(update={"viewing": viewing})
    grey = np.full((600, 900, 3), 90, np.uint8)
    sources = StudySources({"a": grey}, {"same": lambda x: x, "flat": flat(9)})
    with pytest.raises(BadStudy, match="there are no masks"):
        build_study(tmp_path / "s", config, sources)
    gold = KnownPairs(dict.fromkeys(("known", "bare"), (grey, grey + 9)), masks={"known": box()})
    sources = replace(sources, gold=gold, mask=lambda _: box())
    folder = build_study(tmp_path / "s", config, sources)
    manifest = read_manifest(folder)
    for item in (manifest["items"][0], manifest["gold"][0]):
        shown, picture = item["context"]["outline"], next(iter(item["stimuli"].values()))
        sizes = [
            [(one["width"], one["height"]) for one in (each, *each["smaller"])] for each in (shown, picture)
        ]
        assert sizes[0] == sizes[1] and len(sizes[0]) > 1
    findings = check_study(folder)
    assert [found for found in findings if found.level == "error"] == []
    assert [found.file for found in findings if "no outline" in found.message] == ["bare"]
