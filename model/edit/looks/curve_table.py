"""Make edits of tables of curves that other programs wrote."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.edit.edit import Edit
from model.edit.shading import identity_shading

LEVELS = 256
HALF_LEVEL = 0.5 / 255
Table = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class ImportedLook:
    """Hold the edit that comes closest to a look, and what was used and left out, in words for users."""

    edit: Edit
    about: str


def look_of_table(table: Table, about: str) -> ImportedLook:
    """Return the look of three curves, 3×N at the inputs k/(N-1), clipped to 0-1.

    Edits have curves that do not fall; parts that fall become flat, and `about` is extended by this fact.
    """
    clipped = table.clip(0, 1).astype(np.float32)
    rising = np.maximum.accumulate(clipped, axis=1)
    if (rising - clipped).max() > HALF_LEVEL:
        about += " Its curves fall in places; there they are flat."
    return ImportedLook(Edit(rising, identity_shading()), about)
