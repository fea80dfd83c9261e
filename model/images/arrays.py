"""Represent decoded pictures, mattes, and the metadata that a result keeps."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[Any]
"""Hold H×W×3 RGB, uint8, uint16 or float32 in 0-1 (never from a file); sRGB if no profile states another."""
Matte: TypeAlias = NDArray[np.float32]
"""Hold H×W float32, 0 = background, 1 = object."""


class BadImage(ValueError):
    """Refuse a picture that cannot be used. The message is written for users."""


@dataclass(frozen=True)
class Metadata:
    """Hold what a result keeps of a file: RGB colour profile, upright EXIF block, dots per inch."""

    icc: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None


NO_METADATA = Metadata()


def top_level(dtype: np.dtype[Any]) -> int:
    """Return the value of white: 255 for uint8, 65535 for uint16, 1 for float32."""
    return int(np.iinfo(dtype).max) if dtype.kind == "u" else 1


def last_level(dtype: np.dtype[Any]) -> int:
    """Return the value of white, for a table of all levels. Raises BadImage for float32."""
    if dtype.kind != "u":
        raise BadImage("This method works on pictures of 8 or 16 bits per channel only.")
    return top_level(dtype)


@dataclass(frozen=True, eq=False)
class Picture:
    """Hold a decoded file, upright.

    pixels: H×W×3 RGB, uint8 or uint16. alpha: H×W float32 in 0-1; None where the picture is opaque.
    name: of the file, for messages; empty for a picture that comes from no file.
    """

    pixels: Pixels
    alpha: Matte | None = None
    metadata: Metadata = NO_METADATA
    name: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Return height and width in pixels."""
        height, width = self.pixels.shape[:2]
        return height, width
