"""Draw a contact sheet: composites, the results of methods, the real photographs, and the errors."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from model.images.arrays import Pixels

HEIGHT, WIDEST = 200, 300  # of one picture
GAP, CAPTION = 6, 20
AMPLIFIED = 4  # an error of 64 levels is white


def error_picture(result: Pixels, real: Pixels) -> Pixels:
    """Return the largest error of the three channels as grey, times AMPLIFIED; all are H×W×3 uint8."""
    error = cv2.absdiff(result, real).max(axis=2)
    return np.repeat(np.minimum(error.astype(np.int32) * AMPLIFIED, 255).astype(np.uint8)[..., None], 3, 2)


def sheet_row(pictures: Sequence[Pixels]) -> Pixels:
    """Return reduced H×W×3 uint8 pictures of one size side by side."""
    cells = []
    for picture in pictures:
        height, width = picture.shape[:2]
        scale = min(HEIGHT / height, WIDEST / width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        cell = np.full((HEIGHT + GAP, WIDEST + GAP, 3), 255, np.uint8)
        cell[: size[1], : size[0]] = small
        cells.append(cell)
    return np.hstack(cells)


class ContactSheet:
    """Collect rows of reduced pictures under captions. Every row has as many pictures as there are titles."""

    def __init__(self, titles: Sequence[str]) -> None:
        self.titles = tuple(titles)
        self.rows: list[Pixels] = []

    def add(self, row: Pixels) -> None:
        """Add one row of `sheet_row`."""
        assert row.shape == (HEIGHT + GAP, len(self.titles) * (WIDEST + GAP), 3)
        self.rows.append(row)

    def picture(self) -> Pixels:
        """Return the whole sheet, H×W×3 uint8."""
        width = len(self.titles) * (WIDEST + GAP)
        head = Image.new("RGB", (width, CAPTION), "white")
        draw, font = ImageDraw.Draw(head), ImageFont.load_default(14)
        for column, title in enumerate(self.titles):
            draw.text((column * (WIDEST + GAP) + 2, 1), title, "black", font)
        return np.vstack([np.asarray(head), *self.rows])
