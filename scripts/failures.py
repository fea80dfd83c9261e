"""Makes docs/images/failures.jpg: composites whose truth is known and which the network does not mend.

Photographs, objects and mismatches are chosen to show its limits, not by how often they occur.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from sklearn.datasets import load_sample_image

from model import Composite, Harmonizer, load_harmonizer
from scripts.before_after import Picture, label, sheet, tile
from scripts.matting import Points, polygon
from scripts.outlines import ASTRONAUT, CAT_HEAD, PAVILION

TARGET = Path(__file__).resolve().parent.parent / "docs" / "images" / "failures.jpg"
ROWS = ("pasted", "harmonized", "the truth")


@dataclass(frozen=True)
class Failure:
    """A photograph, the outline of its object, and what happened to scene and object; pixels in 0-255."""

    title: str
    photograph: Picture
    outline: Points
    scene: Callable[[Picture], Picture]
    pasted: Callable[[Picture], Picture]


def untouched(picture: Picture) -> Picture:
    """As the camera saw it."""
    return picture


def by_lamplight(picture: Picture) -> Picture:
    """Two thirds of a stop more red, one stop less blue; powers of 2.2 stand for the sRGB curve."""
    gains = np.exp2(np.array([0.66, 0, -1]) / 2.2)
    return np.asarray((picture * gains).clip(0, 255), np.uint8)


def washed_out(picture: Picture) -> Picture:
    """A quarter of the colour is left."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None]
    return np.asarray(grey + 0.25 * (picture.astype(float) - grey), np.uint8)


def burnt_out(picture: Picture) -> Picture:
    """Two stops too bright, so that highlights are lost."""
    return np.asarray((picture * np.exp2(2 / 2.2)).clip(0, 255), np.uint8)


FAILURES = (
    Failure("a scene by lamplight", load_sample_image("china.jpg"), PAVILION, by_lamplight, untouched),
    Failure("washed-out colours", skimage.data.astronaut(), ASTRONAUT, untouched, washed_out),
    Failure("burnt-out highlights", skimage.data.chelsea(), CAT_HEAD, untouched, burnt_out),
)


def column(failure: Failure, harmonizer: Harmonizer) -> list[Picture]:
    """Composite, result and truth."""
    height, width = failure.photograph.shape[:2]
    matte = polygon((height, width), failure.outline)
    truth = failure.scene(failure.photograph)
    pasted = truth + matte[..., None] * (failure.pasted(failure.photograph).astype(np.float32) - truth)
    composite = Composite(np.rint(pasted).astype(np.uint8), matte)
    return [tile(picture) for picture in (composite.image, harmonizer(composite).image, truth)]


def main() -> None:
    harmonizer = load_harmonizer()
    columns = [column(failure, harmonizer) for failure in FAILURES]
    page = sheet([list(row) for row in zip(*columns, strict=True)])
    for x, failure in enumerate(FAILURES):
        for y, row in enumerate(ROWS):
            label(page, x, y, f"{failure.title}, {row}" if y == 0 else row)
    page.save(TARGET, quality=88)


if __name__ == "__main__":
    main()
