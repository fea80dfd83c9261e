"""Keep small copies of decoded files, so that the network answers without a file being decoded again."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from model.edit.placement import Frame, PlacedCutout, Placement
from model.images.arrays import Matte, Picture, top_level
from model.images.decoded_files import DecodedFiles, FileIdentity
from model.images.files import matte_of
from model.images.resize import fitting_size, resize_area, resize_to_fit

SMALL_SIDE = 1024
MOST_BYTES = 96 << 20


@dataclass(frozen=True, eq=False)
class SmallFile:
    """Hold a reduced picture and the height and width of the file in pixels."""

    picture: Picture
    size: tuple[int, int]

    @property
    def bytes(self) -> int:
        """Return the bytes of its arrays."""
        alpha = self.picture.alpha
        return self.picture.pixels.nbytes + (0 if alpha is None else alpha.nbytes)

    @property
    def matte(self) -> Matte:
        """Return the file as a matte; see `model.images.files.matte_of`."""
        return matte_of(self.picture, self.picture.size)


@dataclass(frozen=True)
class SmallFiles:
    """Hold copies of at most SMALL_SIDE pixels a side; the one used least recently is dropped first."""

    decoded: DecodedFiles
    kept: "OrderedDict[FileIdentity, SmallFile]" = field(default_factory=OrderedDict)

    def get(self, path: Path) -> SmallFile:
        """Return the copy of a file; decode the file where there is none. Raises BadImage."""
        identity = _identity(path)
        if identity is None or identity not in self.kept:
            return self.keep(path, self.decoded.picture(path))
        self.kept.move_to_end(identity)
        return self.kept[identity]

    def keep(self, path: Path, picture: Picture) -> SmallFile:
        """Keep a copy of a file that was decoded, and return it."""
        small = SmallFile(_reduced(picture), picture.size)
        identity = _identity(path)
        if identity is not None:
            self.kept[identity] = small
        while len(self.kept) > 1 and sum(one.bytes for one in self.kept.values()) > MOST_BYTES:
            self.kept.popitem(last=False)
        return small


def _identity(path: Path) -> FileIdentity | None:
    try:
        return FileIdentity.of(path)
    except OSError:
        return None


def _reduced(picture: Picture) -> Picture:
    size = fitting_size(picture.size, SMALL_SIDE)
    if picture.alpha is None:
        return replace(picture, pixels=resize_to_fit(picture.pixels, SMALL_SIDE))
    if size == picture.size:
        return picture
    # Colours under transparent pixels must not mix with visible ones.
    placed = PlacedCutout(picture, Placement(), Frame(picture.size, size))
    pixels = resize_area(picture.pixels, size)
    alpha = np.zeros(size, np.float32)
    white = np.float32(top_level(pixels.dtype))
    for rows in placed.blocks:
        colours, opacity = placed.block(rows)
        pixels[rows, placed.columns] = np.rint(colours * white)
        alpha[rows, placed.columns] = opacity
    return replace(picture, pixels=pixels, alpha=alpha)
