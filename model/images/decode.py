"""Decode a file into pixels, transparency and metadata, with Pillow, OpenCV, tifffile and pillow-heif."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from model.images import exif
from model.images.arrays import BadImage, Matte, Metadata, Pixels
from model.images.formats import NAMES
from model.images.heif import (
    HeifImageFile,
    UnusualHeif,
    bits_of,
    decode_deep_heif,
    is_hdr,
    stored_pixels,
)
from model.images.icc import grey_as_rgb
from model.images.tiff import UnusualTiff, decode_16_bit_tiff

Tag = ExifTags.Base
MAX_PIXELS = 100_000_000
MAX_DPI = 1e6
MAX_CROP, MAX_PADDING = 2, 256 * 256  # pixels that a HEIC stores: times those that it shows, plus a block
# The import of a decoder registers it. AVIF comes before HEIC, because both accept the brand `mif1`, and only
# the decoder of AVIF checks what is in the file.
DECODERS = (
    JpegImageFile, PngImageFile, WebPImageFile, TiffImageFile, AvifImageFile, HeifImageFile, GifImageFile,
    BmpImageFile,
)  # fmt: skip
READABLE = [kind.format for kind in DECODERS]

TIFF_DEFAULTS: dict[int, Any] = {
    Tag.BitsPerSample: (1,),
    Tag.PhotometricInterpretation: 2,
    Tag.SampleFormat: (1,),
}
GREY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B")

# Pillow's decoders and tifffile raise these for damaged files.
DECODER_ERRORS = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error,
    AttributeError, MemoryError, RuntimeError, ArithmeticError, ImageCms.PyCMSError,
)  # fmt: skip


@dataclass(frozen=True)
class Header:
    """Hold what the header of a file states, before anything is decoded.

    width, height: in pixels. bits: of a channel, 8 or 16. planes: 3, 4 with transparency, 1 if opaque grey.
    """

    name: str
    width: int
    height: int
    bits: int
    planes: int

    @property
    def size(self) -> tuple[int, int]:
        """Return height and width in pixels."""
        return self.height, self.width

    @property
    def pixels(self) -> int:
        """Return the number of pixels."""
        return self.width * self.height


def read_header(path: str | Path) -> Header:
    """Read format, size and depth; the size of the upright picture where the header holds the orientation.

    Raises BadImage for a file that cannot be decoded, as far as the header shows it.
    """
    path = Path(path)
    with open_picture(path) as image:
        bits = 16 if _is_deep(image, path.name) else 8
        planes = 4 if image.has_transparency_data else 1 if image.mode in GREY_MODES else 3
        sides = image.size if _header_turn(image) < 5 else image.size[::-1]
        return Header(path.name, *sides, bits, planes)


def _header_turn(image: Image.Image) -> int:
    """Return the orientation that is not applied yet (1-8); 1 for a PNG that states it after its pixels."""
    if isinstance(image, PngImageFile) and "exif" not in image.info:
        return 1
    return _read_exif(image)[0]


def decode_picture(image: Image.Image, path: Path) -> tuple[Pixels, Matte | None]:
    """Return H×W×3 RGB at the file's own depth, and alpha where any of it is not opaque.

    The picture is as stored; only a TIFF and a HEIC are upright. Of a GIF it is the first frame, of a HEIC
    with several pictures the main one.
    """
    stated, deep = image.size, _is_deep(image, path.name)
    if deep and isinstance(image, TiffImageFile):
        stored_size = int(image.tag_v2[Tag.ImageLength]), int(image.tag_v2[Tag.ImageWidth])
        return _decode_deep_tiff(path, stored_size)
    if deep and isinstance(image, HeifImageFile | AvifImageFile):
        return _decode_deep_heif(image, path)
    with _reporting_damage(path.name):
        image.load()
        if image.size != stated:  # the limits were checked for the stated size
            raise ValueError("The header states another size.")
    if deep:
        pixels, alpha = _decode_deep_png(path)
        return pixels, _deep_grey_key(image, pixels) if alpha is None else alpha
    return _split_alpha(np.asarray(_to_rgb(image, path.name)))


def decode_grey(image: Image.Image, name: str) -> Pixels | None:
    """Return H×W of an opaque picture of 8-bit greys; None for any other."""
    if image.mode not in ("1", "L") or image.has_transparency_data or _is_deep(image, name):
        return None
    with _reporting_damage(name):
        image.load()
    return np.asarray(image if image.mode == "L" else image.convert("L"))


def picture_metadata(image: Image.Image) -> tuple[int, Metadata]:
    """Return the orientation that is not applied yet (1-8, see `upright`), and the metadata."""
    turn, block = _read_exif(image)
    return turn, Metadata(_rgb_profile(image), block, _resolution(image))


@contextmanager
def open_picture(path: Path) -> Iterator[Image.Image]:
    """Open a file, and check format and size in its header before anything is decoded. Raises BadImage."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow; the limits below replace them
        try:
            image = Image.open(path, formats=READABLE)
        except FileNotFoundError:
            raise BadImage(f"{path.name} was not found. Please check the name.") from None
        except IsADirectoryError:
            raise BadImage(f"{path.name} is a folder. Please choose a picture.") from None
        except Image.DecompressionBombError:
            raise _too_large(path.name) from None
        except DECODER_ERRORS:
            raise BadImage(f"{path.name} is not a picture we can read. Please use {NAMES}.") from None
        with image:
            _check_pixels(image, path.name)
            if getattr(image, "is_animated", False) and image.format in ("PNG", "WEBP"):
                raise BadImage(f"{path.name} is animated. Please use a single picture.")
            yield image


def _check_pixels(image: Image.Image, name: str) -> None:
    shown = image.width * image.height
    stored = stored_pixels(image) if isinstance(image, HeifImageFile | AvifImageFile) else shown
    if max(shown, stored) > MAX_PIXELS:
        raise _too_large(name)
    if stored > MAX_CROP * shown + MAX_PADDING:  # budgets count the pixels that are shown
        raise _oddly_stored(name)


def _too_large(name: str) -> BadImage:
    return BadImage(
        f"{name} has more than {MAX_PIXELS // 1_000_000} megapixels. Please use a smaller picture."
    )


def _unusual(name: str) -> BadImage:
    return BadImage(f"{name} has an unusual depth or colour mode. Please save it as RGB with 8 or 16 bits.")


def _oddly_stored(name: str) -> BadImage:
    return BadImage(f"{name} is stored in an unusual way. Please save it again as PNG, or as TIFF in RGB.")


@contextmanager
def _reporting_damage(name: str) -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise BadImage(f"{name} needs more memory than there is. Please use a smaller picture.") from None
    except DECODER_ERRORS:
        raise BadImage(f"{name} is damaged or incomplete. Please save or download it again.") from None


def _is_deep(image: Image.Image, name: str) -> bool:
    """Return True for 16 bits per channel, which Pillow reduces to 8. Raises BadImage for other depths."""
    if isinstance(image, PngImageFile):
        return any("16" in str(tile.args) for tile in image.tile)
    if isinstance(image, HeifImageFile | AvifImageFile):
        if is_hdr(image):
            raise BadImage(f"{name} is an HDR picture. Please save it with standard dynamic range (SDR).")
        return bits_of(image) > 8
    return isinstance(image, TiffImageFile) and _is_deep_tiff(image, name)


def _is_deep_tiff(image: TiffImageFile, name: str) -> bool:
    """Return True for a TIFF of 16 bits per channel. Raises BadImage for other depths above 8."""
    tags = {tag: image.tag_v2.get(tag, default) for tag, default in TIFF_DEFAULTS.items()}
    bits = int(max(tags[Tag.BitsPerSample]))
    plain = (
        tags[Tag.PhotometricInterpretation] in (1, 2) and max(tags[Tag.SampleFormat]) == 1
    )  # grey or RGB, not floating point
    if bits <= 8:
        return False
    if bits > 16 or not plain:
        raise _unusual(name)
    return True


def _to_rgb(image: Image.Image, name: str) -> Image.Image:
    """Return the picture as RGB, or as RGBA where it has transparency."""
    profile = image.info.get("icc_profile")
    if image.mode == "CMYK" and profile:
        with _reporting_damage(name):
            source, srgb = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
        assert converted is not None  # only a conversion in place returns nothing
        return converted
    if image.mode in ("I", "F", "LAB", "HSV"):
        raise _unusual(name)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _decode_deep_tiff(path: Path, size: tuple[int, int]) -> tuple[Pixels, Matte | None]:
    with _reporting_damage(path.name):
        try:
            pixels, alpha, turn = decode_16_bit_tiff(path, size)
        except UnusualTiff:
            raise _oddly_stored(path.name) from None
    opaque = alpha is None or alpha.min() == 1
    return upright(pixels, turn), None if alpha is None or opaque else upright(alpha, turn)


def _decode_deep_heif(image: Image.Image, path: Path) -> tuple[Pixels, Matte | None]:
    with _reporting_damage(path.name):
        try:
            return _split_alpha(decode_deep_heif(image, path))
        except UnusualHeif:
            raise _oddly_stored(path.name) from None


def _decode_deep_png(path: Path) -> tuple[Pixels, Matte | None]:
    decoded = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16:
        raise _oddly_stored(path.name)
    if decoded.ndim == 2:
        return cv2.cvtColor(decoded, cv2.COLOR_GRAY2RGB), None
    code = cv2.COLOR_BGRA2RGBA if decoded.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return _split_alpha(cv2.cvtColor(decoded, code))


def _deep_grey_key(image: Image.Image, pixels: Pixels) -> Matte | None:
    """Return H×W transparency of a picture with one transparent grey level, which OpenCV ignores, or None."""
    level = image.info.get("transparency")
    if not (image.mode.startswith("I") and isinstance(level, int)):
        return None
    alpha = (pixels[..., 0] != level).astype(np.float32)
    return None if alpha.all() else alpha


def _split_alpha(pixels: Pixels) -> tuple[Pixels, Matte | None]:
    """Return the colours of H×W×3 or H×W×4, and alpha where any of it is not opaque."""
    maximum = np.iinfo(pixels.dtype).max
    if pixels.shape[2] == 3 or pixels[..., 3].min() == maximum:
        return pixels[..., :3], None
    return pixels[..., :3], pixels[..., 3].astype(np.float32) / np.float32(maximum)


def upright(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Undo an EXIF orientation (1-8) of H×W or H×W×C: quarter turns, and a reflection for 2, 4, 5 and 7."""
    quarter_turns = {3: 2, 4: 2, 5: 3, 6: 3, 7: 1, 8: 1}.get(orientation, 0)
    turned = np.rot90(array, quarter_turns)
    return np.ascontiguousarray(np.fliplr(turned) if orientation in (2, 4, 5, 7) else turned)


def _read_exif(image: Image.Image) -> tuple[int, bytes | None]:
    """Return the orientation that is not applied yet (1-8), and the EXIF block of the upright picture."""
    try:
        found = image.getexif()
        # The decoders apply the orientation of a TIFF and of a HEIC.
        turn = 1 if image.format in ("TIFF", "HEIF") else found.get(Tag.Orientation, 1)
        return turn, _block(image, found)
    except DECODER_ERRORS:  # a damaged EXIF block does not make the picture unusable
        return 1, None


def _block(image: Image.Image, found: Image.Exif) -> bytes | None:
    try:
        return exif.upright_block(image.info["exif"])
    except (*DECODER_ERRORS, Warning):  # there is none, or it is partly damaged
        return exif.block_of_kept_tags(found)


def _rgb_profile(image: Image.Image) -> bytes | None:
    """Return the colour profile of the decoded RGB pixels."""
    profile: bytes | None = image.info.get("icc_profile")
    if profile and profile[16:20] == b"GRAY" and image.mode in GREY_MODES:
        return grey_as_rgb(profile)
    return profile if profile and profile[16:20] == b"RGB " else None


def _resolution(image: Image.Image) -> tuple[float, float] | None:
    """Return dots per inch, horizontally and vertically; None where the file states no usable values."""
    values = [float(value) for value in _stored_resolution(image)]
    usable = len(values) == 2 and all(0 < value < MAX_DPI for value in values)  # false for NaN, too
    return (values[0], values[1]) if usable else None


def _stored_resolution(image: Image.Image) -> tuple[float, ...]:
    if isinstance(image, TiffImageFile) and Tag.XResolution not in image.tag_v2:
        return ()  # Pillow would return 1
    if "dpi" in image.info:
        return tuple(image.info["dpi"])
    try:
        return exif.resolution(image.getexif())
    except DECODER_ERRORS:
        return ()
