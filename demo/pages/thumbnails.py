"""Make the thumbnails of the examples, which browsers keep."""

from functools import cache

import cv2

from demo.examples import EXAMPLES, Example
from demo.widgets.modules import ModuleFile, ModuleFolder
from model.images.files import read_picture
from model.images.resize import resize_area

HEIGHT = 128
QUALITY = 82


@cache
def example_thumbnails() -> ModuleFolder:
    """Return a small WebP of every example by its name, made once."""
    return ModuleFolder.of("examples", {f"{one.name}.webp": _thumbnail(one) for one in EXAMPLES})


def _thumbnail(example: Example) -> ModuleFile:
    pixels = read_picture(example.composite).pixels
    height, width = pixels.shape[:2]
    small = resize_area(pixels, (HEIGHT, round(width * HEIGHT / height)))
    _, data = cv2.imencode(".webp", small[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    return ModuleFile(data.tobytes(), "image/webp")
