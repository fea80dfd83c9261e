"""Scale pictures to the sizes that are stored, and encode them as lossless WebP.

A browser shows the largest stored size that fits its screen, pixel for pixel: browsers scale pictures down
each in its own way, which would change what is compared.
"""

from io import BytesIO
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels: TypeAlias = NDArray[Any]
Size: TypeAlias = tuple[int, int]  # width and height in pixels

MAX_SIDE = 1024  # two stimuli side by side fill a common screen
FULL_SIDE = 4096  # where the study asks for full resolution
STEP = 0.8  # from one stored size to the next, in width
SMALLEST = 400  # pixels of the longer side, below which no more sizes are stored
# Of Pillow's encoder: more effort takes twice the time and saves 1 % of the bytes.
QUALITY, EFFORT = 50, 2
CANVAS = 24  # bits of width and height in the header
ALPHA = 0x10  # flag in the header of a picture with transparency


def stored_sizes(width: int, height: int, largest: int = MAX_SIDE) -> tuple[Size, ...]:
    """Return the sizes to store of a picture, the largest first: at most `largest` pixels a side."""
    longer = max(width, height)
    scale = min(1.0, largest / longer)
    sizes: list[Size] = []
    while not sizes or longer * scale >= SMALLEST:
        sizes.append((max(1, round(width * scale)), max(1, round(height * scale))))
        scale *= STEP
    return tuple(sizes)


def scaled(picture: Pixels, size: Size) -> NDArray[np.uint8]:
    """Return a picture in 8 bits and a smaller or its own size; H×W×3 in uint8 or uint16, h×w×3 out.

    Each pixel is the mean of the area that it covers.
    """
    height, width = picture.shape[:2]
    if size != (width, height):
        # In floating point, so that 16 bits are rounded once.
        picture = cv2.resize(
            picture if picture.dtype == np.uint8 else picture.astype(np.float32),
            size,
            interpolation=cv2.INTER_AREA,
        )
    if picture.dtype == np.uint8:
        return picture
    return np.asarray(np.rint(picture / 257)).astype(np.uint8)


def lossless_webp(picture: NDArray[np.uint8]) -> bytes:
    """Return an RGB(A) picture as a lossless WebP file, with the header that allows a chunk of padding."""
    out = BytesIO()
    Image.fromarray(picture).save(out, "WEBP", lossless=True, quality=QUALITY, method=EFFORT)
    pixels: bytes = out.getvalue()[12:]  # the chunks after RIFF, length, WEBP
    assert pixels.startswith(b"VP8L")
    height, width, channels = picture.shape
    canvas = (width - 1) | (height - 1) << CANVAS
    flags = ALPHA if channels == 4 else 0
    header = b"VP8X" + (10).to_bytes(4, "little") + flags.to_bytes(4, "little") + canvas.to_bytes(6, "little")
    content: bytes = b"WEBP" + header + pixels
    return b"RIFF" + len(content).to_bytes(4, "little") + content
