"""Check batches of photographs: crops, regions, neighbours, inverted mattes."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from model.training.composites.bad_data import BadData
from model.training.composites.dataset import (
    Photographs,
    invert_some,
    load_photographs,
    random_crop,
    replace_by_regions,
    with_regions,
)
from model.training.composites.device_regions import connected_parts, find_on_device
from model.training.composites.kmeans_regions import cluster_regions
from model.training.composites.nearest_neighbours import draw_similar, find_neighbours, mean_colours
from tests.support.random_tensors import rng


def test_neighbours_are_similar_objects(photographs: Photographs) -> None:
    darker = (photographs.images.float() * 0.7).to(torch.uint8)
    images = torch.cat([photographs.images, darker])
    nearest = find_neighbours(images, photographs.mattes.repeat(2, 1, 1, 1))[:, 0]
    assert nearest.tolist() == [3, 4, 5, 0, 1, 2]


def test_the_similar_object_has_other_colours_and_the_nearest_luma() -> None:
    grey, orange, teal, dark_red = (100, 100, 100), (200, 60, 0), (0, 140, 140), (120, 0, 0)
    near = [(90, 90, 90), (110, 110, 110), (100, 95, 90)]  # not among the FAR most different
    colours = torch.tensor([grey, orange, teal, dark_red, dark_red, *near], dtype=torch.uint8)
    images = colours[:, :, None, None].expand(-1, -1, 8, 8)
    mattes = torch.full((len(images), 1, 8, 8), 255, dtype=torch.uint8)
    neighbours = torch.arange(1, len(images)).repeat(400, 1)
    objects = images[:1].repeat(400, 1, 1, 1).float() / 255, torch.ones(400, 1, 8, 8)
    chosen = draw_similar(neighbours, *objects, mean_colours(images, mattes), rng(3))
    share = torch.bincount(chosen, minlength=len(images)) / 400
    assert share[5:].sum() == 0
    # Lumas: 100, 95, 98, 36. Of two draws of four, the nearest is missed in 9 of 16 cases, a dark red is
    # taken in 4 of 16.
    assert share[[1, 2]].sum() == pytest.approx(12 / 16, abs=0.06)
    assert share[2] == pytest.approx(7 / 16, abs=0.06)


def test_a_region_gets_the_colours_of_an_object_like_itself() -> None:
    """The photograph's own object, which the region replaces, is dark; the region is bright."""
    images = torch.full((3, 3, 64, 64), 20, dtype=torch.uint8)
    images[0, :, 56:], images[2] = 230, 230
    mattes = torch.zeros(3, 1, 64, 64, dtype=torch.uint8)
    mattes[:, :, 4:24, 4:24] = 255
    regions = torch.zeros(3, 64, 64, dtype=torch.uint8)
    regions[0, 56:] = 1
    photographs = Photographs(images, mattes, torch.tensor([[1, 2]]).repeat(3, 1), regions)
    scenes = photographs.batch(300, rng(4))
    object_is_bright = (scenes.photo * scenes.matte).sum((1, 2, 3)) > 1.5 * scenes.matte.sum((1, 2, 3))
    neighbour_is_bright = scenes.neighbour.mean((1, 2, 3)) > 0.5
    assert object_is_bright.any()
    assert not object_is_bright.all()
    # Of two draws of two neighbours, the nearer in luma is missed in a quarter of the cases.
    assert (object_is_bright == neighbour_is_bright).float().mean() == pytest.approx(0.75, abs=0.1)
    assert neighbour_is_bright[object_is_bright].float().mean() == pytest.approx(0.75, abs=0.1)


def regions_on_device(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return find_on_device(torch.from_numpy(picture).permute(2, 0, 1)[None])[0].numpy()


@pytest.mark.parametrize("search", [partial(cluster_regions, seed=1), regions_on_device])
def test_regions_are_connected_parts_of_one_colour(
    search: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
) -> None:
    picture = np.full((256, 256, 3), 40, np.uint8)
    picture[:, 128:] = (200, 60, 60)
    picture[40:140, 20:100] = (60, 200, 80)
    regions = search(picture)
    assert 1 <= regions.max() <= 20
    for label in range(1, int(regions.max()) + 1):
        inside = regions == label
        assert 0.03 < inside.mean() < 0.5
        assert cv2.connectedComponents(inside.astype(np.uint8), connectivity=4)[0] == 2
        assert picture[cv2.erode(inside.astype(np.uint8), np.ones((7, 7))) > 0].std(0).max() < 1
    assert np.array_equal(regions, search(picture))


def test_connected_parts_equal_those_of_opencv() -> None:
    maps = np.random.default_rng(4).integers(0, 2, (3, 128, 128)).astype(np.uint8)
    maps[1] = cv2.medianBlur(maps[1], 7)
    maps[2] = 0
    for row in range(1, 128, 2):  # a path through the whole image
        maps[2, row] = 1
        maps[2, row, (0, -1)[row // 2 % 2]] = 0
    for labels, clusters in zip(connected_parts(torch.from_numpy(maps).long()).numpy(), maps, strict=True):
        found = {}
        for cluster in (0, 1):
            _, parts = cv2.connectedComponents((clusters == cluster).astype(np.uint8), connectivity=4)
            for label in range(1, parts.max() + 1):
                inside = set(labels.reshape(128, 128)[parts == label].tolist())
                assert len(inside) == 1
                found[cluster, label] = inside.pop()
        assert len(set(found.values())) == len(found)


def test_half_of_the_objects_are_regions(photographs: Photographs) -> None:
    segmented = with_regions(photographs)
    mattes = segmented.mattes[torch.arange(300) % 3].float() / 255
    assert segmented.regions is not None
    chosen = replace_by_regions(mattes, segmented.regions[torch.arange(300) % 3], rng(4))
    replaced = (chosen != mattes).flatten(1).any(1)
    assert 100 < int(replaced.sum()) < 200
    area = chosen[replaced].mean((1, 2, 3))
    assert float(area.min()) > 0.03 and float(area.max()) < 0.5
    assert bool(((chosen[replaced] == 0) | (chosen[replaced] == 1)).all())


def test_random_crops_keep_the_object() -> None:
    matte = torch.zeros(64, 1, 256, 256)
    matte[..., :40, :40] = 1
    _, cropped = random_crop(torch.rand(64, 3, 256, 256), matte, rng(1))
    assert (cropped.mean((1, 2, 3)) >= 0.0099).all()


def test_some_mattes_are_inverted_with_their_neighbours() -> None:
    mattes = torch.zeros(200, 1, 16, 16)
    mattes[:100, ..., :8] = 1  # half of the picture
    mattes[100:, ..., :2] = 1  # an eighth: the rest would be too much
    chosen, neighbours = invert_some(mattes, mattes, rng(3))
    inverted = (chosen != mattes).flatten(1).any(1)
    assert 5 < int(inverted.sum()) < 30 and not inverted[100:].any()
    assert torch.equal(chosen, neighbours) and torch.equal(chosen[inverted], 1 - mattes[inverted])


def test_folder_without_masks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    with pytest.raises(BadData, match="images/ and masks/"):
        load_photographs([tmp_path], torch.device("cpu"))
