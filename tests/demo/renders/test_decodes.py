"""Count how often a render process decodes the files of a visitor, from the upload to the download."""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from demo.pictures.picture_panel import Panel
from demo.pictures.view_cache import ViewCache
from demo.pictures.workbench import Inputs, Strength
from demo.renders import tasks
from demo.renders.lane import Lane, LaneLimits
from demo.renders.tasks import StrengthView
from model.images.files import write_picture
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


class Visitor:
    """Send the tasks of one visitor to a lane whose process counts decodes."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def result(self, function: Any, *arguments: Any) -> Any:
        """Return the result of one task."""
        with self._lane.enter("visitor", function, *arguments) as ticket:
            await ticket.done()
            return ticket.result()

    async def give(self, pair: tuple[str, str]) -> Inputs:
        """Pick a composite and its mask; after each of them the page shows a preview."""
        inputs = Inputs()
        for slot, path in zip(("composite", "mask"), pair, strict=True):
            panel: Panel = await self.result(tasks.pick, inputs, slot, path)
            inputs = panel.inputs
            await self.result(tasks.preview_upload, inputs)
        return inputs

    async def harmonize(self, inputs: Inputs) -> StrengthView:
        """Harmonize and move both sliders."""
        view: StrengthView = await self.result(tasks.harmonize, inputs)
        for strength in (Strength(0.5, 1), Strength(0.5, 1.5)):
            await self.result(tasks.adjust, view.job, strength)
        return view

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


def test_a_picked_file_is_decoded_once_until_the_download(tmp_path: Path, pair: tuple[str, str]) -> None:
    async def use(visitor: Visitor) -> Counter[str]:
        await visitor.harmonize(await visitor.give(pair))
        return await visitor.decodes()

    counts = with_visitor(tmp_path, use)
    assert (counts["photo.png"], counts["photo_mask.png"]) == (1, 1)
    # The views that strengths are rendered from: the composite as JPEG and its matte.
    assert sorted(counts.values()) == [1, 1, 1, 1]


def test_the_download_decodes_once_more_after_other_visitors(tmp_path: Path, pair: tuple[str, str]) -> None:
    async def use(visitor: Visitor) -> Counter[str]:
        view = await visitor.harmonize(await visitor.give(pair))
        await visitor.give(written_pair(tmp_path, "other"))
        await visitor.result(tasks.export, view.job, Strength(), "png")
        return await visitor.decodes()

    for decoded_bytes, expected in ((100 * PAIR_BYTES, 1), (PAIR_BYTES, 2)):
        counts = with_visitor(tmp_path, use, decoded_bytes)
        assert (counts["photo.png"], counts["photo_mask.png"]) == (expected, expected)


def test_a_changed_file_is_decoded_again(tmp_path: Path, pair: tuple[str, str]) -> None:
    async def use(visitor: Visitor) -> Counter[str]:
        inputs = await visitor.give(pair)
        write_picture(pair[0], np.full((*SIZE, 3), 90, np.uint8))
        await visitor.harmonize(inputs)
        return await visitor.decodes()

    counts = with_visitor(tmp_path, use)
    assert (counts["photo.png"], counts["photo_mask.png"]) == (2, 1)
