"""Keep the last decoded files in memory, so that a file is decoded once for several uses."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from model.images.arrays import Matte, Picture, Pixels
from model.images.composite import Composite
from model.images.files import Header, check_mask_size, matte_of, read_header, read_picture
from model.images.row_blocks import split_rows


@dataclass(frozen=True)
class FileIdentity:
    """Identify the content of a file by its path, its size in bytes and its time of change in nanoseconds."""

    path: Path
    size: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> "FileIdentity":
        """Return the identity of a file as it is now. Raises OSError where there is none."""
        status = path.stat()
        return cls(path.absolute(), status.st_size, status.st_mtime_ns)


class DecodedFiles:
    """Read pictures and composites, and keep the files decoded last, up to `max_bytes` of arrays.

    The file used least recently is dropped first; one that is larger than `max_bytes` is returned but not
    kept. A grey picture takes one channel of memory. All arrays are read-only, because several callers share
    them. An object of this class serves one thread.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._pictures: OrderedDict[FileIdentity, Picture] = OrderedDict()

    def picture(self, path: str | Path) -> Picture:
        """Return a decoded file; see `model.images.files.read_picture`. Raises BadImage."""
        path = Path(path)
        try:
            identity = FileIdentity.of(path)
        except OSError:
            return read_picture(path)  # which states the reason in words
        if identity not in self._pictures:
            return self._decode(identity)
        self._pictures.move_to_end(identity)
        return _in_three_channels(self._pictures[identity])

    def matte(self, path: str | Path, size: tuple[int, int]) -> Matte:
        """Return the matte in a mask file: H×W float32 in 0-1, `size` (height, width). Raises BadImage."""
        matte = matte_of(self.picture(path), size)
        matte.flags.writeable = False
        return matte

    def composite(self, image: str | Path, mask: str | Path | None = None) -> Composite:
        """Return the composite of two files; see `Composite.from_files`. Raises BadImage."""
        if mask is not None:
            check_mask_size(image, mask)
        picture = self.picture(image)
        return Composite.from_pictures(picture, None if mask is None else self.matte(mask, picture.size))

    def cutout(self, background: str | Path, cutout: str | Path) -> Composite:
        """Return a cut-out blended over its background; see `Composite.from_cutout`. Raises BadImage."""
        return Composite.from_cutout_pictures(self.picture(background), self.picture(cutout))

    def clear(self) -> None:
        """Drop everything that is kept."""
        self._pictures.clear()

    @property
    def kept_bytes(self) -> int:
        """Return the size of all arrays that are kept, in bytes."""
        return sum(map(_bytes_of, self._pictures.values()))

    def _decode(self, identity: FileIdentity) -> Picture:
        # Room is made first, so that memory never holds a new picture beside old ones that do not fit.
        self._drop_oldest(_expected_bytes(read_header(identity.path)))
        picture = read_picture(identity.path)
        for array in (picture.pixels, picture.alpha):
            if array is not None:
                array.flags.writeable = False
        compact = _in_one_channel(picture)
        if _bytes_of(compact) <= self._max_bytes:
            self._pictures[identity] = compact
        self._drop_oldest(0)
        return picture

    def _drop_oldest(self, wanted: int) -> None:
        while self._pictures and self.kept_bytes + wanted > self._max_bytes:
            self._pictures.popitem(last=False)


def _expected_bytes(header: Header) -> int:
    alpha_bytes = 4 if header.planes == 4 else 0  # of a pixel, float32
    return header.pixels * (header.bits // 8 * min(header.planes, 3) + alpha_bytes)


def _in_one_channel(picture: Picture) -> Picture:
    """Return a grey picture as H×W×1, so that a mask takes a third of the memory; others unchanged."""
    pixels = picture.pixels
    # Block by block: a picture in colour is recognized in its first block.
    if not all(_is_grey(pixels[rows]) for rows in split_rows(0, len(pixels))):
        return picture
    return replace(picture, pixels=np.ascontiguousarray(pixels[..., :1]))


def _is_grey(pixels: Pixels) -> bool:
    return bool((pixels[..., :1] == pixels[..., 1:]).all())


def _in_three_channels(picture: Picture) -> Picture:
    if picture.pixels.shape[2] == 3:
        return picture
    pixels: Pixels = cv2.cvtColor(picture.pixels, cv2.COLOR_GRAY2RGB)
    pixels.flags.writeable = False
    return replace(picture, pixels=pixels)


def _bytes_of(picture: Picture) -> int:
    return picture.pixels.nbytes + (0 if picture.alpha is None else picture.alpha.nbytes)
