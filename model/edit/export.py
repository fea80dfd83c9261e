"""Export an edit as layers for picture editors: the shading as a grey picture, and the object alone."""

import numpy as np
from numpy.typing import NDArray

from model.edit.edit import Edit
from model.edit.render import render
from model.edit.shading import MAX_LOG_GAIN, Shading, ShadingRows
from model.images.arrays import Matte, Pixels
from model.images.composite import BACKGROUND_UP_TO, Composite
from model.images.row_blocks import run_in_threads, split_rows

MIDDLE = 32768  # no change
STEPS = 32767 / MAX_LOG_GAIN  # levels for a log-gain of 1


def shading_levels(shading: Shading, height: int, width: int) -> NDArray[np.uint16]:
    """Return the log-gain s of every pixel as H×W levels, round(32768 + 8191.75·s).

    32768 means no change; higher levels lighten the object, lower ones darken it.
    """
    rows = ShadingRows(shading, height, width)
    levels = np.empty((height, width), np.uint16)

    def fill(part: slice) -> None:
        levels[part] = np.rint(rows[part] * np.float32(STEPS) + np.float32(MIDDLE))

    run_in_threads(fill, split_rows(0, height))
    return levels


def object_layer(composite: Composite, edit: Edit) -> tuple[Pixels, Matte]:
    """Return the recoloured object, H×W×3, and its alpha, H×W: over the composite, the harmonized picture.

    The editor blends with the alpha. The matte must not be applied twice, so the colours are those of a full
    change wherever the matte is above BACKGROUND_UP_TO, and black where it is 0.
    """
    inside = np.where(composite.matte > BACKGROUND_UP_TO, np.float32(1), np.float32(0))
    colours = render(Composite(composite.image, inside), edit)
    colours[composite.matte == 0] = 0
    return colours, composite.matte
