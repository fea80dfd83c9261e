"""Represent the parameters of a harmonization: blend, store and export them. `render` applies them."""

import json
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from model.edit.curves import Curves, blend_curves, check_curves, evaluate_curves, identity_curves
from model.edit.matrix import (
    Matrix,
    apply_matrix,
    blend_matrix,
    check_matrix,
    identity_matrix,
    is_identity,
)
from model.edit.shading import Shading, check_shading, identity_shading

FORMAT, VERSION = "harmonylab-edit", 1
CHANNELS = ("red", "green", "blue")
MAX_STRENGTH = 1.5
MAX_KNOTS, MAX_GRID = 65_536, 1024
ACV_POINTS = 16  # Photoshop's dialog shows no more


class BadEdit(ValueError):
    """Refuse an edit that cannot be used. The message is written for users."""


@dataclass(frozen=True, eq=False)
class Edit:
    """Represent curves, a colour matrix and a shading map, applied in this order.

    curves: float32 3×N, non-decreasing, 0-1 (see `model.edit.curves`).
    shading: float32 g×h log-gain on encoded values (see `model.edit.shading`).
    matrix: float32 3×4 (see `model.edit.matrix`); without it, channels are not mixed.
    Raises BadEdit for arrays that are not curves, a shading map or a colour matrix.
    """

    curves: Curves
    shading: Shading
    matrix: Matrix = field(default_factory=identity_matrix)

    def __post_init__(self) -> None:
        try:
            check_curves(self.curves)
            check_shading(self.shading)
            check_matrix(self.matrix)
        except ValueError as error:
            raise BadEdit(f"This edit cannot be used. {error}") from None

    @classmethod
    def identity(cls, knots: int = 17, grid: int = 32) -> "Edit":
        """Return the edit that changes nothing."""
        return cls(identity_curves(knots), identity_shading(grid))

    @property
    def mixes(self) -> bool:
        """Return True if the colour matrix changes anything."""
        return not is_identity(self.matrix)

    def blend(self, curves: float = 1.0, shading: float = 1.0) -> "Edit":
        """Return the edit at other strengths: 0 = no change, 1 = as it is, up to 1.5. Raises BadEdit.

        curves: the strength of curves and colour matrix.
        """
        if not all(0 <= strength <= MAX_STRENGTH for strength in (curves, shading)):
            raise BadEdit(f"Strengths should lie between 0 and {MAX_STRENGTH}.")
        return Edit(
            blend_curves(self.curves, curves),
            np.float32(shading) * self.shading,
            blend_matrix(self.matrix, curves),
        )

    def to_content(self) -> dict[str, Any]:
        """Return what `to_json` writes, as plain values.

        A matrix that changes nothing is left out: such a file can be read by programs without a matrix.
        """
        curves = {name: _plain(self.curves[c]) for c, name in enumerate(CHANNELS)}
        shading = [_plain(row) for row in self.shading]
        content = {"format": FORMAT, "version": VERSION, "curves": curves, "shading": shading}
        return content | ({"matrix": [_plain(row) for row in self.matrix]} if self.mixes else {})

    def to_json(self) -> str:
        """Return JSON text from which `from_json` reads exactly the same numbers."""
        return json.dumps(self.to_content())

    @classmethod
    def from_json(cls, text: str | bytes) -> "Edit":
        """Read the text that `to_json` returns. Raises BadEdit for any other text."""
        try:
            return cls.from_content(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise error if isinstance(error, BadEdit) else BadEdit("This is not an edit file.") from None

    @classmethod
    def from_content(cls, content: Any) -> "Edit":
        """Return the edit of decoded JSON. Raises BadEdit for any other value."""
        try:
            if (content["format"], content["version"]) != (FORMAT, VERSION):
                raise BadEdit(f"This edit is not of format {FORMAT}, version {VERSION}.")
            with np.errstate(over="ignore"):  # huge numbers become infinite, which the checks refuse
                curves = np.array([content["curves"][name] for name in CHANNELS], np.float32)
                shading = np.array(content["shading"], np.float32)
                matrix = np.array(content.get("matrix", identity_matrix()), np.float32)
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
            raise error if isinstance(error, BadEdit) else BadEdit("This is not an edit file.") from None
        if curves.shape[-1] > MAX_KNOTS or max(shading.shape, default=0) > MAX_GRID:
            raise BadEdit("This edit has too many numbers.")
        return cls(curves, shading, matrix)

    def to_cube(self, size: int = 33) -> str:
        """Return curves and colour matrix as a .cube file, a 3-D look-up table, clipped to 0-1.

        The shading is local and not included.
        """
        steps = np.linspace(0, 1, size)
        grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij")[::-1], axis=-1)  # red changes fastest
        colours = evaluate_curves(self.curves, grid.reshape(-1, 3))
        held = "Tone curves only"
        if self.mixes:
            colours, held = apply_matrix(colours, self.matrix).clip(0, 1), "Tone curves and colour matrix"
        lines = [
            'TITLE "HarmonyLab curves"',
            f"# {held}: the shading map differs from place to place and is not included.",
            f"LUT_3D_SIZE {size}",
            "DOMAIN_MIN 0 0 0",
            "DOMAIN_MAX 1 1 1",
        ]
        lines += [f"{red:.6f} {green:.6f} {blue:.6f}" for red, green, blue in colours]
        return "\n".join(lines) + "\n"

    def to_acv(self) -> bytes:
        """Return curves as a Photoshop curves file, version 4, at 16 points, without the shading.

        Curves cannot mix channels. Where the edit has a matrix, they are the curves that change greys in the
        same way: exposure and white balance are kept, and saturation is not. Photoshop draws smooth curves
        through the points, so its result is similar, not equal.
        """
        inputs = np.linspace(0, 1, ACV_POINTS)
        outputs = evaluate_curves(self.curves, np.stack([inputs] * 3, axis=-1))
        if self.mixes:
            outputs = np.maximum.accumulate(apply_matrix(outputs, self.matrix).clip(0, 1))
        straight = [(0, 0), (255, 255)]
        channels = [[(_level(outputs[i, c]), _level(x)) for i, x in enumerate(inputs)] for c in range(3)]
        # The composite curve comes first; the fifth belongs to the first alpha channel.
        curves = [straight, *channels, straight]
        body = b"".join(
            struct.pack(f">H{2 * len(points)}H", len(points), *(value for point in points for value in point))
            for points in curves
        )
        return struct.pack(">HH", 4, len(curves)) + body


def _plain(values: np.ndarray[Any, np.dtype[np.float32]]) -> list[float]:
    """Return the shortest decimal numbers that are read as the same float32."""
    return [float(str(value)) for value in values]


def _level(value: float) -> int:
    return int(np.rint(255 * value))
