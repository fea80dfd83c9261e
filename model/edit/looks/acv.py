"""Read Photoshop curves files (.acv): points of up to five curves.

Layout: "Adobe Photoshop File Formats Specification", appendix "Curves". The first curve is for all channels
together and applied after those of red, green and blue, which follow it.
"""

import struct

import numpy as np

from model.edit.curves import identity_curves, spline_table
from model.edit.edit import BadEdit
from model.edit.looks.curve_table import LEVELS, ImportedLook, Table, look_of_table

VERSIONS = (1, 4)
MOST_CURVES, MOST_POINTS = 64, 19


def read_acv(data: bytes) -> ImportedLook:
    """Return the curves, smooth through their points as Photoshop draws them. Raises BadEdit."""
    try:
        version, count = struct.unpack_from(">HH", data)
        if version not in VERSIONS or not 1 <= count <= MOST_CURVES:
            raise ValueError
        tables, place = [], 4
        for _ in range(min(count, 4)):
            table, place = _table(data, place)
            tables.append(table)
    except (struct.error, ValueError):
        raise BadEdit("This is not a curves file of Photoshop.") from None
    channels = [*tables[1:], *identity_curves(LEVELS)[: 4 - len(tables)]]
    levels = np.linspace(0, 1, LEVELS)
    together = np.stack([np.interp(channel, levels, tables[0]) for channel in channels])
    return look_of_table(together, "The curves of the file, smooth through its points.")


def _table(data: bytes, place: int) -> tuple[Table, int]:
    """Return a curve at LEVELS inputs, and where the next one starts. Raises ValueError or struct.error."""
    (count,) = struct.unpack_from(">H", data, place)
    if not 2 <= count <= MOST_POINTS:
        raise ValueError
    values = struct.unpack_from(f">{2 * count}H", data, place + 2)
    points = sorted(zip(values[1::2], values[::2], strict=True))
    return spline_table(points), place + 2 + 4 * count
