"""Write Photoshop files (.psd) of 8 or 16 bits in RGB: layers, masks, curves, groups and the merged picture.

Layout: "Adobe Photoshop File Formats Specification", chapter "Photoshop File Format". Numbers are big-endian.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from model.images import exif
from model.images.arrays import BadImage, Matte, Metadata, Pixels, top_level

LONGEST_SIDE = 30_000
RGB = 3  # of the header's colour modes
RLE, ZIP_PREDICTED, RAW = 1, 3, 0  # compressions
TRANSPARENCY, MASK = -1, -2  # channel numbers; red, green and blue are 0, 1 and 2
HIDDEN, LOCKED, NO_PIXELS = 0x02, 0x01, 0x18  # flags of a layer
OPEN_GROUP, GROUP_END = 1, 3  # in `lsct`
CURVE_CHANNELS = 0b1110  # red, green and blue have a curve, all together have none
MAX_CURVE_POINTS = 19
# Underlying and own levels of grey and four channels: all of them are blended.
BLENDING_RANGES = struct.pack(">I", 40) + bytes((0, 0, 255, 255)) * 10
Plane: TypeAlias = NDArray[np.unsignedinteger[Any]]
Blend: TypeAlias = Literal["norm", "mul ", "div "]
"""Name a blend mode by its key in the file: normal, multiply, colour dodge."""
CurvePoints: TypeAlias = Sequence[tuple[int, int]]
"""Hold input and output, both 0-255, of the points of a curve, from left to right; 2 to 19 points."""


@dataclass(frozen=True, eq=False)
class PsdLayer:
    """Describe a layer. What it has depends on its kind: pixels, curves, or the layers of a group.

    pixels: h×w×3 of the file's depth. mask: h×w float32 in 0-1, 0 outside. corner: row and column of the
    first pixel of both. curves: of red, green and blue. clipped: the layer changes only what is below it, up
    to the next layer that is not clipped.
    """

    name: str
    pixels: Pixels | None = None
    corner: tuple[int, int] = (0, 0)
    mask: Matte | None = None
    curves: tuple[CurvePoints, CurvePoints, CurvePoints] | None = None
    children: "tuple[PsdLayer, ...]" = ()
    blend: Blend = "norm"
    opacity: float = 1.0
    clipped: bool = False
    visible: bool = True
    locked: bool = False


def encode_psd(
    merged: Pixels, layers: Sequence[PsdLayer], metadata: Metadata, alpha: Matte | None = None
) -> list[bytes]:
    """Return the parts of a file with these layers, from the lowest to the highest.

    merged: H×W×3, uint8 or uint16, the picture that programs without layers show. alpha: H×W in 0-1, its
    transparency; its colours are stored over white, as Photoshop does. Raises BadImage for a picture that is
    too large.
    """
    height, width = merged.shape[:2]
    if max(height, width) > LONGEST_SIDE:
        raise BadImage(f".psd files hold at most {LONGEST_SIDE} pixels a side. Please use .png or .tif.")
    planes = [merged[..., c] for c in range(3)]
    if alpha is not None:
        planes = _over_white(merged, alpha)
    depth = 8 * merged.itemsize
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, len(planes), height, width, depth, RGB)
    resources = _resources(metadata)
    return [
        header,
        struct.pack(">I", 0),  # no palette
        struct.pack(">I", len(resources)) + resources,
        *_layer_section(layers, merged.dtype, transparent=alpha is not None),
        *_merged(planes),
    ]


def _resources(metadata: Metadata) -> bytes:
    """Return the image resources: that the merged picture is real, resolution, colour profile, EXIF."""
    found = {0x0421: struct.pack(">IB", 1, 1) + _unicode("HarmonyLab") * 2 + struct.pack(">I", 1)}
    if metadata.dpi:
        across, down = (round(value * 65536) for value in metadata.dpi)
        found[0x03ED] = struct.pack(">IHHIHH", across, 1, 1, down, 1, 1)  # shown in inches
    if metadata.icc:
        found[0x040F] = metadata.icc
    if metadata.exif:
        found[0x0422] = metadata.exif.removeprefix(exif.PREFIX)
    return b"".join(
        struct.pack(">4sHHI", b"8BIM", key, 0, len(data)) + data + bytes(len(data) % 2)
        for key, data in sorted(found.items())
    )


def _layer_section(layers: Sequence[PsdLayer], dtype: np.dtype[Any], transparent: bool) -> list[bytes]:
    """Return the section of layers; those of 16 bits are in a block of their own."""
    written = [_record(layer, dtype) for layer in chain.from_iterable(map(_flat, layers))]
    count = -len(written) if transparent else len(written)
    info = [
        struct.pack(">h", count),
        *(record for record, _ in written),
        *chain.from_iterable(channels for _, channels in written),
    ]
    info.append(bytes(-_length(info) % 4))
    size = struct.pack(">I", _length(info))
    no_mask = struct.pack(">I", 0)  # for all layers together
    if dtype == np.uint8:
        section = [size, *info, no_mask]
    else:
        section = [struct.pack(">I", 0), no_mask, b"8BIMLr16", size, *info]
    return [struct.pack(">I", _length(section)), *section]


@dataclass(frozen=True)
class _Entry:
    """Hold a layer that is written as one record; section: OPEN_GROUP, GROUP_END, or 0 for no group."""

    layer: PsdLayer
    section: int = 0


def _flat(layer: PsdLayer) -> Iterable[_Entry]:
    """Yield a layer, or the end of a group, its layers and its head: from the lowest to the highest."""
    if not layer.children:
        yield _Entry(layer)
        return
    yield _Entry(PsdLayer("</Layer group>"), GROUP_END)
    yield from chain.from_iterable(map(_flat, layer.children))
    yield _Entry(layer, OPEN_GROUP)


def _record(entry: _Entry, dtype: np.dtype[Any]) -> tuple[bytes, list[bytes]]:
    """Return the description of a layer, and the data of its channels."""
    layer = entry.layer
    channels = _channels(layer, dtype)
    table = b"".join(struct.pack(">hI", number, _length(data)) for number, data in channels)
    flags = HIDDEN * (not layer.visible) | LOCKED * layer.locked
    if layer.pixels is None:
        flags |= NO_PIXELS
    extra = _mask_data(layer) + BLENDING_RANGES + _name(layer.name) + _blocks(entry)
    record = (
        _rectangle(layer.pixels, layer.corner)
        + struct.pack(">H", len(channels))
        + table
        + struct.pack(">4s4s", b"8BIM", layer.blend.encode("ascii"))
        + struct.pack(">BBBxI", round(255 * layer.opacity), layer.clipped, flags, len(extra))
        + extra
    )
    return record, list(chain.from_iterable(data for _, data in channels))


def _channels(layer: PsdLayer, dtype: np.dtype[Any]) -> list[tuple[int, list[bytes]]]:
    """Return number and data of each channel; without pixels they are empty."""
    if layer.pixels is None:
        channels = [(number, [struct.pack(">H", RAW)]) for number in (TRANSPARENCY, 0, 1, 2)]
    else:
        channels = [(c, _compressed(layer.pixels[..., c])) for c in range(3)]
    if layer.mask is not None:
        channels.append((MASK, _compressed(as_levels(layer.mask, dtype))))
    return channels


def as_levels(values: NDArray[np.floating[Any]], dtype: np.dtype[Any]) -> Plane:
    """Return values in 0-1 as uint8 or uint16."""
    return np.asarray(np.rint(values * np.float32(top_level(dtype))).astype(dtype))


def _compressed(plane: Plane) -> list[bytes]:
    """Return the data of a channel, compressed as Photoshop does: runs at 8 bits, differences at 16."""
    if plane.dtype == np.uint8:
        return [struct.pack(">H", RLE), *_runs([plane])]
    residual = np.ascontiguousarray(plane)
    residual = np.concatenate([residual[:, :1], residual[:, 1:] - residual[:, :-1]], axis=1)  # wraps around
    return [struct.pack(">H", ZIP_PREDICTED), zlib.compress(residual.astype(">u2").tobytes(), 1)]


def _runs(planes: Sequence[Plane]) -> list[bytes]:
    """Return the lengths of all compressed rows, and the rows (PackBits)."""
    from imagecodecs import packbits_encode

    rows = [bytes(packbits_encode(row.tobytes())) for plane in planes for row in plane]
    return [struct.pack(f">{len(rows)}H", *map(len, rows)), *rows]


def _merged(planes: Sequence[Plane]) -> list[bytes]:
    if planes[0].dtype == np.uint8:
        return [struct.pack(">H", RLE), *_runs(planes)]
    return [struct.pack(">H", RAW), *(plane.astype(">u2").tobytes() for plane in planes)]


def _over_white(pixels: Pixels, alpha: Matte) -> list[Plane]:
    """Return red, green and blue over white, and alpha."""
    white = np.float32(top_level(pixels.dtype))
    over = [white - (white - pixels[..., c].astype(np.float32)) * alpha for c in range(3)]
    return [np.rint(plane).astype(pixels.dtype) for plane in over] + [as_levels(alpha, pixels.dtype)]


def _rectangle(array: NDArray[Any] | None, corner: tuple[int, int]) -> bytes:
    if array is None:
        return bytes(16)
    top, left = corner
    return struct.pack(">4i", top, left, top + array.shape[0], left + array.shape[1])


def _mask_data(layer: PsdLayer) -> bytes:
    if layer.mask is None:
        return struct.pack(">I", 0)
    black_outside, flags = 0, 0
    return (
        struct.pack(">I", 20)
        + _rectangle(layer.mask, layer.corner)
        + struct.pack(">BBxx", black_outside, flags)
    )


def _name(name: str) -> bytes:
    data = name.encode("mac_roman", "replace")[:255]
    data = bytes([len(data)]) + data
    return data + bytes(-len(data) % 4)


def _blocks(entry: _Entry) -> bytes:
    """Return the additional information: the name in Unicode, what makes a group, curves."""
    found = {b"luni": _unicode(entry.layer.name)}
    if entry.section:
        found[b"lsct"] = struct.pack(">I4s4s", entry.section, b"8BIM", entry.layer.blend.encode("ascii"))
    if entry.layer.curves is not None:
        found[b"curv"] = _curves(entry.layer.curves)
    blocks = b""
    for key, data in found.items():
        padded = data + bytes(-len(data) % 4)
        blocks += struct.pack(">4s4sI", b"8BIM", key, len(padded)) + padded
    return blocks


def _curves(curves: Sequence[CurvePoints]) -> bytes:
    """Return the points of three curves, twice: Photoshop reads the second copy, older programs the first."""
    points = [
        struct.pack(">H", len(curve)) + b"".join(struct.pack(">HH", y, x) for x, y in curve)
        for curve in curves
    ]
    copy = b"".join(struct.pack(">H", channel) + curve for channel, curve in enumerate(points, start=1))
    first = struct.pack(">BHI", 0, 1, CURVE_CHANNELS) + b"".join(points)
    return first + struct.pack(">4sHI", b"Crv ", 4, len(points)) + copy


def _unicode(text: str) -> bytes:
    data = text.encode("utf-16-be")
    return struct.pack(">I", len(data) // 2) + data


def _length(parts: Iterable[bytes]) -> int:
    return sum(map(len, parts))
