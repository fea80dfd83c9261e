"""Decode TIFF files of 16 bits per channel with tifffile: strips or tiles, interleaved or in planes.

Pillow reduces 16 bits to 8. Everything that the header states is compared with limits before memory is
allocated, and imagecodecs never writes more of a strip or a tile than the header states.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.images.arrays import Matte, Pixels, top_level

if TYPE_CHECKING:
    from tifffile import TiffPage

BITS = 16
COLOUR_CHANNELS = {"MINISBLACK": 1, "RGB": 3}
MULTIPLIED_ALPHA, STRAIGHT_ALPHA = 1, 2  # in ExtraSamples
MAX_CHANNELS = 8
MAX_TILE = 4096 * 4096  # pixels; a larger tile must not have more pixels than the picture


class UnusualTiff(ValueError):
    """Refuse a TIFF file whose layout this module does not decode."""


def decode_16_bit_tiff(path: Path, size: tuple[int, int]) -> tuple[Pixels, Matte | None, int]:
    """Decode the first picture of a file.

    size: the height and width that were checked before.
    Return H×W×3 RGB uint16 as it is stored, alpha H×W float32 in 0-1 (None if the file has none), and the
    EXIF orientation 1-8. Colours that are stored multiplied with alpha are divided by it.
    Raises UnusualTiff, or what tifffile raises for a damaged file, such as ValueError.
    """
    from tifffile import TiffFile, TiffFileError, TiffPage  # most pictures are no TIFF files of 16 bits

    try:
        with TiffFile(path) as file:
            page = file.pages.first
            if not isinstance(page, TiffPage):
                raise UnusualTiff(path.name)
            colours = _colour_channels(page, size)
            if len(page.dataoffsets) != math.prod(page.chunked) or 0 in page.databytecounts:
                raise ValueError("Strips or tiles are missing.")
            values = page.asarray(maxworkers=1)
            kinds = tuple(int(kind) for kind in page.extrasamples)
            orientation = int(page.tags.valueof(274, 1))
    except TiffFileError as error:  # no ValueError in the versions for Python 3.10
        raise ValueError(str(error)) from None
    return (*_split_channels(_interleaved(values, size), colours, kinds), orientation)


def _colour_channels(page: "TiffPage", size: tuple[int, int]) -> int:
    """Return 1 for grey, 3 for RGB. Raises UnusualTiff for a file that is not decoded."""
    colours = COLOUR_CHANNELS.get(getattr(page.photometric, "name", ""))
    if colours is None or not (colours <= page.samplesperpixel <= MAX_CHANNELS and _is_plain(page, size)):
        raise UnusualTiff(f"{page.photometric!s}, {page.bitspersample} bits, {page.samplesperpixel} channels")
    return colours


def _is_plain(page: "TiffPage", size: tuple[int, int]) -> bool:
    """Return True for one layer of 16-bit integers of this size, in strips or in tiles of a moderate size."""
    return (
        page.bitspersample == BITS
        and page.dtype == np.uint16
        and (page.imagelength, page.imagewidth) == size
        and page.imagedepth == 1
        and not (page.is_tiled and page.tilewidth * page.tilelength > max(MAX_TILE, size[0] * size[1]))
    )


def _interleaved(values: NDArray[np.uint16], size: tuple[int, int]) -> NDArray[np.uint16]:
    """Return H×W×C from H×W, H×W×C or C×H×W."""
    if values.ndim == 2:
        return values[..., None]
    return values if values.shape[:2] == size else np.moveaxis(values, 0, 2)


def _split_channels(
    channels: NDArray[np.uint16], colours: int, extra_kinds: tuple[int, ...]
) -> tuple[Pixels, Matte | None]:
    """Return colour and alpha. extra_kinds: of the channels after the colours, by ExtraSamples."""
    pixels = np.ascontiguousarray(channels[..., :colours])
    if colours == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    kind = next((kind for kind in extra_kinds if kind in (MULTIPLIED_ALPHA, STRAIGHT_ALPHA)), None)
    if kind is None:
        return pixels, None
    levels = channels[..., colours + extra_kinds.index(kind)]
    alpha = levels.astype(np.float32) / np.float32(top_level(levels.dtype))
    if kind == MULTIPLIED_ALPHA:
        pixels = _divided_by_alpha(pixels, levels)
    return pixels, alpha


def _divided_by_alpha(pixels: Pixels, levels: NDArray[np.uint16]) -> Pixels:
    """Undo the multiplication of colours with alpha; fully transparent pixels become black."""
    top = top_level(levels.dtype)
    divisor = np.maximum(levels, 1).astype(np.float32)[..., None]
    colours = np.minimum(pixels * np.float32(top) / divisor, np.float32(top))
    return np.where(levels[..., None] > 0, np.rint(colours), 0).astype(np.uint16)
