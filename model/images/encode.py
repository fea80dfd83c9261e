"""Encode pixels as the bytes of a file. `model.images.files` refuses before what a format cannot hold."""

import struct
import sys
import zlib
from io import BytesIO
from typing import Any

import cv2
from PIL import ExifTags, Image, TiffImagePlugin

from model.images import exif
from model.images.arrays import Metadata, Pixels

Tag = ExifTags.Base
JPEG_EXIF_LIMIT = 65_533  # bytes in one segment
ROWS_PER_STRIP = 64
# Higher levels take several times as long and save a few percent of a photograph.
PNG_OPTIONS = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FAST_FILTERS]
DEFLATE_LEVEL = 1
PILLOW_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True, "quality": 0, "method": 0, "exact": True},
}


def encode_with_pillow(kind: str, pixels: Pixels, metadata: Metadata) -> bytes:
    """Return H×W×3 or H×W×4 uint8 pixels as JPEG or WebP, with profile, EXIF and resolution."""
    options = dict(PILLOW_OPTIONS[kind])
    if metadata.icc:
        options["icc_profile"] = metadata.icc
    if metadata.dpi:
        options["dpi"] = metadata.dpi
    block = metadata.exif
    if metadata.dpi and kind == "WEBP":
        block = exif.with_resolution(block, metadata.dpi)
    if block and (kind != "JPEG" or len(block) <= JPEG_EXIF_LIMIT):
        options["exif"] = block
    file = BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def encode_png(pixels: Pixels, metadata: Metadata) -> bytes:
    """Return H×W×3 or H×W×4 pixels, 8 or 16 bits, as PNG.

    OpenCV writes no profile, EXIF or resolution, so their chunks are inserted after the header.
    """
    code = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
    data = cv2.imencode(".png", cv2.cvtColor(pixels, code), PNG_OPTIONS)[1].tobytes()
    chunks = b""
    if metadata.icc:
        chunks += _png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(metadata.icc))
    if metadata.dpi:
        per_metre = [round(value / 0.0254) for value in metadata.dpi]
        chunks += _png_chunk(b"pHYs", struct.pack(">IIB", *per_metre, 1))
    if metadata.exif:
        chunks += _png_chunk(b"eXIf", metadata.exif.removeprefix(exif.PREFIX))
    header = 8 + 25  # signature and IHDR
    return data[:header] + chunks + data[header:]


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def encode_tiff(pixels: Pixels, metadata: Metadata) -> bytes:
    """Return H×W×3 pixels or, with transparency, H×W×4, 8 or 16 bits, as a losslessly compressed TIFF.

    Pillow compresses neither 16 bits nor a file with an EXIF directory, so this function writes the strips.
    """
    height, width, channels = pixels.shape
    residual = pixels.copy()
    residual[:, 1:] -= pixels[:, :-1]  # wraps around, as predictor 2 asks
    strips = [
        zlib.compress(residual[y : y + ROWS_PER_STRIP].tobytes(), DEFLATE_LEVEL)
        for y in range(0, height, ROWS_PER_STRIP)
    ]
    sizes = [len(strip) for strip in strips]
    directory = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II" if sys.byteorder == "little" else b"MM")
    directory.update(exif.tags(metadata.exif))
    directory.update({
        Tag.ImageWidth: width, Tag.ImageLength: height, Tag.SamplesPerPixel: channels,
        Tag.BitsPerSample: (8 * pixels.itemsize,) * channels,
        Tag.PhotometricInterpretation: 2, Tag.Compression: 8, Tag.Predictor: 2,  # RGB, Deflate, differences
        # From the end of the directory, whose position Pillow adds.
        Tag.StripOffsets: tuple(sum(sizes[:i]) for i in range(len(sizes))),
        Tag.StripByteCounts: tuple(sizes), Tag.RowsPerStrip: ROWS_PER_STRIP,
    })  # fmt: skip
    if channels == 4:
        directory[Tag.ExtraSamples] = 2  # alpha, not multiplied into the colours
    if metadata.dpi:
        directory.update(
            {Tag.XResolution: metadata.dpi[0], Tag.YResolution: metadata.dpi[1], Tag.ResolutionUnit: 2}
        )
    if metadata.icc:
        directory[Tag.InterColorProfile] = metadata.icc
    file = BytesIO()
    directory.save(file)
    return file.getvalue() + b"".join(strips)
