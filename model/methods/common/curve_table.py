"""A table of 256 levels as curves."""

import numpy as np

from model.edit.edit import Edit
from model.edit.shading import identity_shading
from model.methods.common.statistics import Values

LEVELS = np.arange(256)


def table_edit(table: Values) -> Edit:
    """3×256 levels in 0-1 → an edit with one knot per level. Rounding must not make a curve fall."""
    rising = np.maximum.accumulate(table.clip(0, 1), axis=1)
    return Edit(rising.astype(np.float32), identity_shading(1))
