"""Turn tables of 256 levels into curves."""

import numpy as np

from model.edit.edit import Edit
from model.edit.shading import identity_shading
from model.methods.common.statistics import Values

LEVELS = np.arange(256)


def table_edit(table: Values) -> Edit:
    """Return the edit whose curves have one knot per level, from 3×256 levels in 0-1, without shading."""
    monotone = np.maximum.accumulate(table.clip(0, 1), axis=1)  # rounding must not make a curve decrease
    return Edit(monotone.astype(np.float32), identity_shading(1))
