"""Make small colour profiles (ICC 2.4): RGB from published primaries, and grey."""

import struct

import numpy as np

# XYZ of red, green and blue under D50 (ICC's white).
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
D50 = (0.9642, 1.0, 0.8249)
ADOBE_GAMMA = 563 / 256


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _text(words: str) -> bytes:
    text = words.encode("ascii") + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)


def _curve(gamma: float | None) -> bytes:
    """Return the tag of a tone curve: a power function, or sRGB's curve for None."""
    if gamma is not None:
        return b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(gamma * 256), 0)
    v = np.linspace(0, 1, 1024)
    light = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    return b"curv\0\0\0\0" + struct.pack(">I1024H", 1024, *np.rint(light * 65535).astype(int))


def profile(name: str, primaries: tuple[tuple[float, float, float], ...], gamma: float | None) -> bytes:
    """Return the bytes of an RGB display profile; primaries: XYZ of red, green and blue under D50."""
    curve = _curve(gamma)
    return _file(b"RGB ", name, {
        b"rXYZ": _xyz(primaries[0]), b"gXYZ": _xyz(primaries[1]), b"bXYZ": _xyz(primaries[2]),
        b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    })  # fmt: skip


def grey(name: str, gamma: float) -> bytes:
    """Return the bytes of a grey profile."""
    return _file(b"GRAY", name, {b"kTRC": _curve(gamma)})


def _file(space: bytes, name: str, own: dict[bytes, bytes]) -> bytes:
    tags = {b"desc": _text(name), b"cprt": b"text\0\0\0\0Public domain\0\0\0", b"wtpt": _xyz(D50), **own}
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for key, data in tags.items():
        table += key + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(
        ">I4xI4s4s4s12s4s28x3i48x", start + len(body), 0x02400000, b"mntr", space, b"XYZ ", bytes(12),
        b"acsp", *(round(value * 65536) for value in D50),
    )  # fmt: skip
    assert len(header) == 128
    return header + table + body


def display_p3() -> bytes:
    """Return a profile of Display P3."""
    return profile("Display P3", DISPLAY_P3, None)


def adobe_rgb() -> bytes:
    """Return a profile of Adobe RGB (1998)."""
    return profile("Adobe RGB (1998)", ADOBE_RGB, ADOBE_GAMMA)
