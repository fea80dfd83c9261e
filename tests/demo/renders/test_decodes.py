"""Count how often a render process decodes the files of a visitor, from the upload to the download."""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from demo.pictures.inputs import Inputs
from demo.pictures.scenes.file_facts import FileKind
from demo.pictures.scenes.scene import Scene, SceneObject
from demo.pictures.view_cache import ViewCache
from demo.renders import scene_tasks, tasks
from demo.renders.lane import Lane, LaneLimits
from model.edit.layers import Look
from model.edit.placement import Placement
from model.images.background import measure_background
from model.images.files import read_picture, write_picture
from tests.support import counted_decodes
from tests.support.loops import in_a_loop

SIZE = (48, 64)
PAIR_BYTES = 2 * 3 * 48 * 64


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """Write a composite and its mask."""
    return written_pair(tmp_path, "photo")


def written_pair(folder: Path, stem: str) -> tuple[str, str]:
    """Return the paths of a new composite of noise and its mask."""
    mask = np.zeros((*SIZE, 3), np.uint8)
    mask[10:30, 20:40] = 255
    noise = np.random.default_rng(1).integers(0, 256, mask.shape, np.uint8)
    paths = folder / f"{stem}.png", folder / f"{stem}_mask.png"
    for path, pixels in zip(paths, (noise, mask), strict=True):
        write_picture(path, pixels)
    return str(paths[0]), str(paths[1])


def scene_of(pair: tuple[str, str]) -> Scene:
    """Return the picture with its object."""
    one = SceneObject("o1", "Object 1", True, Path(pair[1]), None, Placement(), Look())
    return Scene(Path(pair[0]), "photo.png", (one,))


class Visitor:
    """Send the tasks of one visitor to a lane whose process counts decodes."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def result(self, function: Any, *arguments: Any) -> Any:
        """Return the result of one task."""
        with self._lane.enter("visitor", function, *arguments) as ticket:
            await ticket.done()
            return ticket.result()

    async def give(self, pair: tuple[str, str]) -> Scene:
        """Upload a picture and its mask, and ask for an answer."""
        kinds: tuple[FileKind, ...] = ("picture", "mask")
        for kind, path in zip(kinds, pair, strict=True):
            await self.result(scene_tasks.read_file, Path(path), kind)
        return scene_of(pair)

    async def work(self, scene: Scene) -> None:
        """Ask for answers and for a part of the picture, as the stage does."""
        for _ in range(3):
            await self.result(scene_tasks.find_answer, scene, "o1")
        await self.result(scene_tasks.draw_view, scene, (0.0, 0.0, 0.5, 0.5), 20)

    async def decodes(self) -> Counter[str]:
        """Return the decodes of the lane so far, by file name."""
        counts: Counter[str] = await self.result(counted_decodes.decodes)
        return counts


def with_visitor(folder: Path, use: Any, decoded_bytes: int = 100 * PAIR_BYTES) -> Any:
    """Return what `use` returns for a visitor of a new lane."""

    async def run() -> Any:
        views = ViewCache(folder / "views", "k")
        lane = Lane("edit", partial(counted_decodes.set_up, views, decoded_bytes), LaneLimits(60))
        try:
            return await use(Visitor(lane))
        finally:
            await lane.close()

    return in_a_loop(run())


def test_an_uploaded_file_is_decoded_once_until_the_download(tmp_path: Path, pair: tuple[str, str]) -> None:
    async def use(visitor: Visitor) -> Counter[str]:
        await visitor.work(await visitor.give(pair))
        return await visitor.decodes()

    counts = with_visitor(tmp_path, use)
    assert counts == {"photo.png": 1, "photo_mask.png": 1}


def test_answers_decode_nothing_after_other_visitors(tmp_path: Path, pair: tuple[str, str]) -> None:
    async def use(visitor: Visitor) -> Counter[str]:
        scene = await visitor.give(pair)
        await visitor.give(written_pair(tmp_path, "other"))
        await visitor.result(scene_tasks.find_answer, scene, "o1")
        return await visitor.decodes()

    counts = with_visitor(tmp_path, use, decoded_bytes=PAIR_BYTES)
    assert (counts["photo.png"], counts["photo_mask.png"]) == (1, 1)


def test_the_download_decodes_once_more_after_other_visitors(tmp_path: Path, pair: tuple[str, str]) -> None:
    async def use(visitor: Visitor) -> Counter[str]:
        scene = await visitor.give(pair)
        await visitor.give(written_pair(tmp_path, "other"))
        await visitor.result(scene_tasks.write_export, scene, "png", None)
        return await visitor.decodes()

    for decoded_bytes, expected in ((100 * PAIR_BYTES, 1), (PAIR_BYTES, 2)):
        counts = with_visitor(tmp_path, use, decoded_bytes)
        assert (counts["photo.png"], counts["photo_mask.png"]) == (expected, expected)


def test_a_changed_file_is_decoded_again(tmp_path: Path, pair: tuple[str, str]) -> None:
    async def use(visitor: Visitor) -> Counter[str]:
        scene = await visitor.give(pair)
        write_picture(pair[0], np.full((*SIZE, 3), 90, np.uint8))
        await visitor.work(scene)
        return await visitor.decodes()

    counts = with_visitor(tmp_path, use)
    assert (counts["photo.png"], counts["photo_mask.png"]) == (2, 1)


def test_programs_get_a_file_at_full_size(tmp_path: Path, pair: tuple[str, str]) -> None:
    async def use(visitor: Visitor) -> Path:
        path: Path = await visitor.result(tasks.harmonize_to_file, Inputs(*pair))
        return path

    result = read_picture(with_visitor(tmp_path, use)).pixels
    composite = Inputs(*pair).read()
    change = measure_background(composite, result)
    assert change.changed == 0 and not np.array_equal(result, composite.image)
