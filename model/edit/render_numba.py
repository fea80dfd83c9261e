"""Render with compiled code: colour, shading, matte and rounding in one pass over a block of rows.

The import of this module loads numba and compiles for all three depths, or loads the machine code of an
earlier run from disk; `model.edit.render.warm_up` imports it.
Each row has two loops: table look-ups write the colours to a buffer in the processor's cache, then plain
float32 arithmetic, which numba vectorizes, shades, blends and writes them. Without fused or reordered
operations ("fastmath") the picture equals that of `model.edit.render_numpy` bit for bit. The colour matrix of
an edit is in the second loop, where it takes next to no time.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

from model.edit.color_transforms import PreparedTransform
from model.edit.shading import EXP_SCALE, EXP_SERIES
from model.images.arrays import Matte, Pixels

E6, E5, E4, E3, E2, E1, E0 = EXP_SERIES
ZERO, ONE = np.float32(0), np.float32(1)
CHUNK = 64  # pixels
NO_MATRIX = np.empty((0, 4), np.float32)
Row = NDArray[np.float32]


def render_rows(prepared: PreparedTransform, image: Pixels, matte: Matte, out: Pixels, rows: slice) -> None:
    """Write some rows of the recoloured picture to `out`, an array like `image`. All are C-contiguous."""
    shading = prepared.shading
    if shading is None:
        shade = np.empty((0, 0), np.float32), np.empty(0, np.int64), np.empty(0, np.float32)
    else:
        shade = shading.wide, shading.above, shading.weight
    rounding = np.float32(0.5 if image.dtype.kind == "u" else 0)
    _render(
        image,
        matte,
        out,
        (rows.start, rows.stop),
        (int(prepared.kind), prepared.numbers, prepared.white, rounding),
        shade,
        NO_MATRIX if prepared.matrix is None else prepared.matrix,
    )


def _signature(depth: types.Type) -> Any:
    """Return the signature of `_render_rows`, with read-only pictures and mattes, as decoders return them."""
    picture = types.Array(depth, 3, "C", readonly=True)
    matte = types.Array(types.float32, 2, "C", readonly=True)
    colour = types.Tuple((types.int64, types.float32[:, ::1], types.float32, types.float32))
    shade = types.Tuple((types.float32[:, ::1], types.int64[::1], types.float32[::1]))
    rows = types.UniTuple(types.int64, 2)
    return types.void(picture, matte, depth[:, :, ::1], rows, colour, shade, types.float32[:, ::1])


def _compiled(function: Callable[..., Any], signatures: Any = None) -> Any:
    """Compile to machine code without the interpreter's lock, stored on disk where that is writable."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return numba.njit(signatures, cache=True, **options)(function)
    except RuntimeError:  # no writable folder for the machine code
        return numba.njit(signatures, **options)(function)


def _render_rows(
    image: Pixels, matte: Matte, out: Pixels, rows: Any, colour: Any, shade: Any, matrix: Row
) -> None:
    kind, numbers, white, rounding = colour
    wide, above, weight = shade
    colour_buffer = np.empty(image[0].size, np.float32)
    gain_buffer = np.ones(len(matte[0]), np.float32)
    for y in range(*rows):
        left, right = _touched(matte[y])
        whole_before, whole_after = image[y].reshape(-1), out[y].reshape(-1)
        _copy(whole_before[: 3 * left], whole_after[: 3 * left])
        _copy(whole_before[3 * right :], whole_after[3 * right :])
        before, after = whole_before[3 * left : 3 * right], whole_after[3 * left : 3 * right]
        colours, gain = colour_buffer[: len(before)], gain_buffer[: right - left]
        if kind == 0:
            _look_up(before, numbers, colours)
        elif kind == 1:
            _add_offsets(before, numbers, white, colours)
        elif kind == 2:
            _mix(before, numbers, colours)
        else:
            _interpolate(before, numbers, white, colours)
        if len(wide):
            lower = wide[min(above[y] + 1, len(wide) - 1)]
            _set_gain(wide[above[y]][left:right], lower[left:right], weight[y], gain)
        if len(matrix):
            _blend_mixed(before, colours, gain, matte[y][left:right], after, (white, rounding, matrix))
        else:
            _blend(before, colours, gain, matte[y][left:right], after, (white, rounding))


@_compiled
def _touched(matte: Row) -> tuple[int, int]:
    """Return the first and last column with a matte above 0, rounded outwards to chunks."""
    bits = matte.view(np.uint32)  # whole numbers, because numba vectorizes their "or"
    left, right = 0, len(bits)
    while left + CHUNK < right and not _any(bits[left : left + CHUNK]):
        left += CHUNK
    while left + CHUNK < right and not _any(bits[right - CHUNK : right]):
        right -= CHUNK
    return left, right


@_compiled
def _any(bits: NDArray[np.uint32]) -> Any:
    found = np.uint32(0)
    for i in range(len(bits)):
        found |= bits[i]
    return found != 0


@_compiled
def _copy(before: Any, after: Any) -> None:
    for i in range(len(before)):  # unlike a copy of slices, this is compiled to a copy of memory
        after[i] = before[i]


@_compiled
def _look_up(before: Row, numbers: Row, colours: Row) -> None:
    red, green, blue = numbers[0], numbers[1], numbers[2]
    for i in range(0, len(before), 3):
        colours[i] = red[np.uint32(before[i])]
        colours[i + 1] = green[np.uint32(before[i + 1])]
        colours[i + 2] = blue[np.uint32(before[i + 2])]


@_compiled
def _add_offsets(before: Row, numbers: Row, white: Any, colours: Row) -> None:
    last = np.uint32(numbers.shape[1] - 2)
    scale = np.float32((numbers.shape[1] - 1) / white)
    for c in range(3):
        low, rise = numbers[c], numbers[3 + c]
        for i in range(c, len(before), 3):
            value = np.float32(before[i])
            place = value * scale
            knot = min(np.uint32(place), last)
            colours[i] = rise[knot] * (place - np.float32(knot)) + low[knot] + value


@_compiled
def _mix(before: Row, numbers: Row, colours: Row) -> None:
    # Loaded once: the compiler cannot know that writing colours leaves them as they are.
    r0, r1, r2, r3 = numbers[0, 0], numbers[0, 1], numbers[0, 2], numbers[0, 3]
    g0, g1, g2, g3 = numbers[1, 0], numbers[1, 1], numbers[1, 2], numbers[1, 3]
    b0, b1, b2, b3 = numbers[2, 0], numbers[2, 1], numbers[2, 2], numbers[2, 3]
    for x in range(len(before) // 3):
        i = 3 * x
        red, green, blue = np.float32(before[i]), np.float32(before[i + 1]), np.float32(before[i + 2])
        colours[i] = r0 * red + r1 * green + r2 * blue + r3
        colours[i + 1] = g0 * red + g1 * green + g2 * blue + g3
        colours[i + 2] = b0 * red + b1 * green + b2 * blue + b3


@_compiled
def _interpolate(before: Row, numbers: Row, white: Any, colours: Row) -> None:
    side = np.uint32(round(len(numbers) ** (1 / 3)))
    scale = np.float32((side - 1) / white)
    last, step, leap = np.uint32(side - 2), np.uint32(side), np.uint32(side * side)
    one = np.uint32(1)
    for i in range(0, len(before), 3):
        red, green, blue = (
            np.float32(before[i]) * scale,
            np.float32(before[i + 1]) * scale,
            np.float32(before[i + 2]) * scale,
        )
        r, g, b = min(np.uint32(red), last), min(np.uint32(green), last), min(np.uint32(blue), last)
        red -= np.float32(r)
        green -= np.float32(g)
        blue -= np.float32(b)
        dark = np.uint32((r * side + g) * side + b)
        light = np.uint32(dark + leap)
        p000, p001 = numbers[dark], numbers[dark + one]
        p010, p011 = numbers[dark + step], numbers[dark + step + one]
        p100, p101 = numbers[light], numbers[light + one]
        p110, p111 = numbers[light + step], numbers[light + step + one]
        for c in range(3):
            p00 = (p001[c] - p000[c]) * blue + p000[c]
            p01 = (p011[c] - p010[c]) * blue + p010[c]
            p10 = (p101[c] - p100[c]) * blue + p100[c]
            p11 = (p111[c] - p110[c]) * blue + p110[c]
            low = (p01 - p00) * green + p00
            high = (p11 - p10) * green + p10
            colours[i + c] = (high - low) * red + low


@_compiled
def _set_gain(upper: Row, lower: Row, weight: Any, gain: Row) -> None:
    for x in range(len(gain)):
        y = ((lower[x] - upper[x]) * weight + upper[x]) * EXP_SCALE
        power = (((((E6 * y + E5) * y + E4) * y + E3) * y + E2) * y + E1) * y + E0
        power *= power
        power *= power
        power *= power
        gain[x] = power * power


@_compiled
def _blend(before: Any, colours: Row, gain: Row, matte: Row, after: Any, levels: Any) -> None:
    for x in range(len(gain)):
        m, g = matte[x], gain[x]
        i = 3 * x
        after[i] = _mixed(before[i], colours[i] * g, m, levels)
        after[i + 1] = _mixed(before[i + 1], colours[i + 1] * g, m, levels)
        after[i + 2] = _mixed(before[i + 2], colours[i + 2] * g, m, levels)


@_compiled
def _blend_mixed(before: Any, colours: Row, gain: Row, matte: Row, after: Any, levels: Any) -> None:
    white, rounding, matrix = levels
    ends = white, rounding
    r0, r1, r2, r3 = matrix[0, 0], matrix[0, 1], matrix[0, 2], matrix[0, 3]
    g0, g1, g2, g3 = matrix[1, 0], matrix[1, 1], matrix[1, 2], matrix[1, 3]
    b0, b1, b2, b3 = matrix[2, 0], matrix[2, 1], matrix[2, 2], matrix[2, 3]
    for x in range(len(gain)):
        m, g = matte[x], gain[x]
        i = 3 * x
        red, green, blue = colours[i], colours[i + 1], colours[i + 2]
        after[i] = _mixed(before[i], (r0 * red + r1 * green + r2 * blue + r3) * g, m, ends)
        after[i + 1] = _mixed(before[i + 1], (g0 * red + g1 * green + g2 * blue + g3) * g, m, ends)
        after[i + 2] = _mixed(before[i + 2], (b0 * red + b1 * green + b2 * blue + b3) * g, m, ends)


@_compiled
def _mixed(before: Any, colour: Any, matte: Any, levels: Any) -> Any:
    white, rounding = levels
    value = np.float32(before)
    colour = colour if colour > ZERO else ZERO
    colour = colour if colour < white else white
    return (colour - value) * matte + value + rounding


_render = _compiled(_render_rows, [_signature(depth) for depth in (types.uint8, types.uint16, types.float32)])
