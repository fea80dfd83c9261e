"""Represent a composite picture with the matte of its pasted object: the input of every method."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from model.images.arrays import NO_METADATA, BadImage, Matte, Metadata, Picture, Pixels, top_level
from model.images.files import check_mask_size, read_matte, read_picture
from model.images.resize import fitting_size, resize_area
from model.images.row_blocks import split_rows

MIN_SIDE = 16
OBJECT_ABOVE = 0.5  # a matte with no value above this has no object
BACKGROUND_UP_TO = 0.02  # a matte with no value at or below this leaves nothing to match
CUTOUT_SHARE = 0.6  # largest part of the background's height and width that a loose cut-out takes
CUTOUT_BASE = 0.95  # position of its lower edge, as a part of the background's height


@dataclass(frozen=True, eq=False)
class Composite:
    """Hold a composite and the matte of its object.

    image: H×W×3 RGB, uint8, uint16 or float32 in 0-1, with the object already blended in.
    matte: H×W float32, 0 = background, 1 = object.
    background: like `image`, without the object, where it is known.
    alpha: like `matte`, the transparency of the picture itself, which a result keeps; None = opaque.

    Raises BadImage where these do not fit together, or the matte has no object or no background.
    """

    image: Pixels
    matte: Matte
    background: Pixels | None = None
    metadata: Metadata = NO_METADATA
    alpha: Matte | None = None

    def __post_init__(self) -> None:
        _check_picture(self.image)
        if self.matte.shape != self.image.shape[:2]:
            raise BadImage(f"The mask is {_size(self.matte)}, but the picture is {_size(self.image)}.")
        if self.background is not None and self.background.shape != self.image.shape:
            raise BadImage(
                f"The background is {_size(self.background)}, but the picture is {_size(self.image)}."
            )
        if self.background is not None and self.background.dtype != self.image.dtype:
            raise BadImage("The background and the picture need the same number of bits.")
        _check_matte(self.matte)

    @classmethod
    def from_files(
        cls, image: str | Path, mask: str | Path | None = None, background: str | Path | None = None
    ) -> "Composite":
        """Read a composite, its mask, and the picture without the object if there is one.

        Without a mask, the transparency of the image is the matte, and the result is opaque. Raises BadImage.
        """
        if mask is not None:
            check_mask_size(image, mask)  # before either of them is decoded
        picture = read_picture(image)
        matte = None if mask is None else read_matte(mask, picture.size)
        return cls.from_pictures(picture, matte, None if background is None else read_picture(background))

    @classmethod
    def from_pictures(
        cls, picture: Picture, matte: Matte | None = None, background: Picture | None = None
    ) -> "Composite":
        """Put decoded files together: the same composite as `from_files` reads.

        matte: H×W float32 in 0-1, see `model.images.files.matte_of`; None = the transparency of the picture.
        Raises BadImage.
        """
        alpha = picture.alpha
        if matte is None:
            matte, alpha = alpha, None
        if matte is None:
            raise BadImage(f"{picture.name} has no transparency. Please add a mask of the pasted object.")
        behind = None if background is None else to_depth(background.pixels, picture.pixels.dtype)
        return cls(picture.pixels, matte, behind, picture.metadata, alpha)

    @classmethod
    def from_cutout(cls, background: str | Path, cutout: str | Path) -> "Composite":
        """Blend a cut-out with transparency over a background, once, in encoded values.

        A cut-out of the background's size keeps its place. Any other is trimmed to its visible part, reduced
        where it would cover more than 60 % of the height or width, and placed in the lower middle. The
        background's depth and metadata are kept. Raises BadImage.
        """
        return cls.from_cutout_pictures(read_picture(background), read_picture(cutout))

    @classmethod
    def from_cutout_pictures(cls, background: Picture, cutout: Picture) -> "Composite":
        """Blend a decoded cut-out over a decoded background: the same as `from_cutout`. Raises BadImage."""
        if cutout.alpha is None:
            raise BadImage(
                f"{cutout.name} has no transparency. Please use a cut-out with a transparent background."
            )
        _check_picture(background.pixels)
        image, matte = _pasted(background.pixels, cutout)
        return cls(image, matte, background.pixels, background.metadata, background.alpha)

    def resize_to_fit(self, max_side: int) -> "Composite":
        """Return an opaque copy of at most `max_side` pixels a side; the composite itself if it is no larger.

        No side has less than MIN_SIDE pixels. The matte of a tiny object is scaled so that its maximum is 1.
        """
        size = fitting_size(self.matte.shape, max_side, MIN_SIDE)
        if size == self.matte.shape:
            return self
        image, matte = resize_area(self.image, size), resize_area(self.matte, size)
        if matte.max() <= OBJECT_ABOVE:
            matte = matte / matte.max()
        background = None if self.background is None else resize_area(self.background, size)
        return Composite(image, matte.clip(0, 1).astype(np.float32), background, self.metadata)


def _check_picture(pixels: Pixels) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype not in (np.uint8, np.uint16, np.float32):
        raise BadImage("The picture should be RGB with 8 or 16 bits per channel.")
    if pixels.dtype == np.float32 and not 0 <= pixels.min() <= pixels.max() <= 1:  # false for NaN, too
        raise BadImage("A picture of floating-point numbers should hold values from 0 to 1.")
    if min(pixels.shape[:2]) < MIN_SIDE:
        raise BadImage(f"The picture is {_size(pixels)}. Please use one of at least {MIN_SIDE}×{MIN_SIDE}.")


def _check_matte(matte: Matte) -> None:
    lowest, highest = float(matte.min()), float(matte.max())
    if matte.dtype != np.float32 or not 0 <= lowest <= highest <= 1:  # false for NaN, too
        raise BadImage("The mask should hold values from 0 (background) to 1 (object).")
    if highest <= OBJECT_ABOVE:
        raise BadImage("The mask is empty. Please make the pasted object white and the rest black.")
    if lowest > BACKGROUND_UP_TO:
        raise BadImage(
            "The mask covers the whole picture, so nothing is left to match. Please mask the object only."
        )


def _size(array: Pixels) -> str:
    return f"{array.shape[1]}×{array.shape[0]} pixels" if array.ndim > 1 else "not a picture"


def to_depth(pixels: Pixels, dtype: np.dtype[Any]) -> Pixels:
    """Return the same picture in uint8, uint16 or float32 in 0-1."""
    if pixels.dtype == dtype:
        return pixels
    if dtype == np.float32:
        return pixels.astype(np.float32) / np.float32(top_level(pixels.dtype))
    if pixels.dtype == np.float32:
        return np.rint(pixels * np.float32(top_level(dtype))).astype(dtype)
    return (
        pixels.astype(np.uint16) * 257 if dtype == np.uint16 else cv2.convertScaleAbs(pixels, alpha=1 / 257)
    )


def _pasted(behind: Pixels, piece: Picture) -> tuple[Pixels, Matte]:
    """Return the cut-out over its background, and its alpha there, placed as `from_cutout` describes."""
    assert piece.alpha is not None
    if piece.alpha.shape != behind.shape[:2]:
        return _placed(behind, piece)
    image = np.empty_like(behind)
    # Row by row: floating-point copies of the whole would take five times the memory of both pictures.
    for rows in split_rows(0, len(behind)):
        layer = _premultiplied(piece, np.s_[rows, :], top_level(behind.dtype))
        image[rows] = _blended(behind[rows], layer, piece.alpha[rows])
    return image, piece.alpha


def _blended(behind: Pixels, layer: Pixels, alpha: Matte) -> Pixels:
    """Return a premultiplied layer over its background."""
    blended = layer + (1 - alpha[..., None]) * behind.astype(np.float32)
    return np.rint(blended).clip(0, top_level(behind.dtype)).astype(behind.dtype)


def _premultiplied(piece: Picture, part: tuple[slice, slice], maximum: int) -> Pixels:
    """Return colour times alpha of a part, in levels of 0-maximum as float32."""
    assert piece.alpha is not None
    scale = maximum / np.iinfo(piece.pixels.dtype).max
    return piece.pixels[part].astype(np.float32) * (scale * piece.alpha[part][..., None])


def _placed(behind: Pixels, piece: Picture) -> tuple[Pixels, Matte]:
    """Trim a cut-out, reduce it, and blend it in, placed as `from_cutout` describes."""
    assert piece.alpha is not None
    x, y, width, height = cv2.boundingRect((piece.alpha > 0).astype(np.uint8))
    if width == 0:
        raise BadImage("The cut-out is fully transparent. Please choose another one.")
    rows, columns = behind.shape[:2]
    scale = min(1.0, CUTOUT_SHARE * rows / height, CUTOUT_SHARE * columns / width)
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    box = np.s_[y : y + height, x : x + width]
    top, left = round(CUTOUT_BASE * rows) - small[1], (columns - small[0]) // 2
    target = np.s_[top : top + small[1], left : left + small[0]]
    # Premultiplied, so that the colours under transparent pixels do not mix with visible ones.
    layer = resize_area(_premultiplied(piece, box, top_level(behind.dtype)), small[::-1])
    alpha = resize_area(piece.alpha[box], small[::-1]).clip(0, 1)
    image, matte = behind.copy(), np.zeros((rows, columns), np.float32)
    image[target] = _blended(behind[target], layer, alpha)
    matte[target] = alpha
    return image, matte
