"""Make docs/images/failures.jpg: composites with known truth that the network does not correct.

Photographs, objects and mismatches were chosen to show the limits of the network, not by their frequency.
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
    """Describe a synthetic composite: a photograph, the outline of its object, and changes of both.

    scene: change of the whole photograph; its result is the truth. pasted: change of the object alone.
    Pictures are H×W×3 uint8.
    """

    title: str
    photograph: Picture
    outline: Points
    scene: Callable[[Picture], Picture]
    pasted: Callable[[Picture], Picture]


def untouched(picture: Picture) -> Picture:
    """Return the picture unchanged."""
    return picture


def by_lamplight(picture: Picture) -> Picture:
    """Add two thirds of a stop of red and remove one stop of blue; sRGB is approximated by gamma 2.2."""
    gains = np.exp2(np.array([0.66, 0, -1]) / 2.2)
    return np.asarray((picture * gains).clip(0, 255), np.uint8)


def washed_out(picture: Picture) -> Picture:
    """Reduce the saturation to a quarter."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None]
    return np.asarray(grey + 0.25 * (picture.astype(float) - grey), np.uint8)


def burnt_out(picture: Picture) -> Picture:
    """Brighten by two stops, so that highlights are clipped."""
    return np.asarray((picture * np.exp2(2 / 2.2)).clip(0, 255), np.uint8)


FAILURES = (
    Failure("a scene by lamplight", load_sample_image("china.jpg"), PAVILION, by_lamplight, untouched),
    Failure("washed-out colours", skimage.data.astronaut(), ASTRONAUT, untouched, washed_out),
    Failure("burnt-out highlights", skimage.data.chelsea(), CAT_HEAD, untouched, burnt_out),
)


def column(failure: Failure, harmonizer: Harmonizer) -> list[Picture]:
    """Return the tiles of composite, result and truth."""
    height, width = failure.photograph.shape[:2]
    matte = polygon((height, width), failure.outline)
    truth = failure.scene(failure.photograph)
    pasted = truth + matte[..., None] * (failure.pasted(failure.photograph).astype(np.float32) - truth)
    composite = Composite(np.rint(pasted).astype(np.uint8), matte)
    return [tile(picture) for picture in (composite.image, harmonizer(composite).image, truth)]


def main() -> None:
    """Harmonize the composites, and write the page as JPEG."""
    harmonizer = load_harmonizer()
    columns = [column(failure, harmonizer) for failure in FAILURES]
    page = sheet([list(row) for row in zip(*columns, strict=True)])
    for x, failure in enumerate(FAILURES):
        for y, row in enumerate(ROWS):
            label(page, x, y, f"{failure.title}, {row}" if y == 0 else row)
    page.save(TARGET, quality=88)


if __name__ == "__main__":
    main()
