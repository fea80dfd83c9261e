"""Make docs/images/before_after.jpg: example composites above, the harmonized results below."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from demo.examples import EXAMPLES, Example
from model import Composite, Harmonizer, load_harmonizer
from model.images.resize import resize_area

TARGET = Path(__file__).resolve().parent.parent / "docs" / "images" / "before_after.jpg"
SHOWN = ("astronaut", "pavilion", "dahlia")
WIDTH, HEIGHT, GAP = 500, 334, 8

Picture = npt.NDArray[np.uint8]


def tile(picture: Picture) -> Picture:
    """Scale and crop to WIDTH × HEIGHT."""
    scale = max(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    small = resize_area(picture, (round(picture.shape[0] * scale), round(picture.shape[1] * scale)))
    top, left = (small.shape[0] - HEIGHT) // 2, (small.shape[1] - WIDTH) // 2
    return np.asarray(small[top : top + HEIGHT, left : left + WIDTH], np.uint8)


def pair(example: Example, harmonizer: Harmonizer) -> tuple[Picture, Picture]:
    """Return the tiles of an example before and after harmonization."""
    composite = Composite.from_files(example.composite, example.mask, example.background)
    return tile(composite.image), tile(harmonizer(composite).image)


def sheet(rows: list[list[Picture]]) -> Image.Image:
    """Place tiles in rows on a white page."""
    width = len(rows[0]) * (WIDTH + GAP) - GAP
    page = Image.new("RGB", (width, len(rows) * (HEIGHT + GAP) - GAP), "white")
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            page.paste(Image.fromarray(picture), (x * (WIDTH + GAP), y * (HEIGHT + GAP)))
    return page


def label(page: Image.Image, column: int, row: int, words: str) -> None:
    """Write text into the lower left corner of a tile."""
    corner = (column * (WIDTH + GAP) + 14, row * (HEIGHT + GAP) + HEIGHT - 34)
    font = ImageFont.load_default(20)
    ImageDraw.Draw(page).text(corner, words, "white", font, stroke_width=2, stroke_fill="black")


def main() -> None:
    """Harmonize the examples in SHOWN, and write the page as JPEG."""
    harmonizer = load_harmonizer()
    pairs = [pair(example, harmonizer) for example in EXAMPLES if example.name in SHOWN]
    page = sheet([[before for before, _ in pairs], [after for _, after in pairs]])
    for row, words in enumerate(("pasted", "harmonized")):
        label(page, 0, row, words)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    page.save(TARGET, quality=90)


if __name__ == "__main__":
    main()
