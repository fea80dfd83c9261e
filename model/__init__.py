"""Harmonize pasted objects: predict curves and a shading map for a composite, and apply them."""

from model.edit.edit import BadEdit, Edit
from model.edit.render import render
from model.images.arrays import BadImage
from model.images.composite import Composite
from model.network.checkpoint import BadWeights
from model.network.harmonizer import Harmonizer, Result, load_harmonizer

__all__ = [
    "BadEdit",
    "BadImage",
    "BadWeights",
    "Composite",
    "Edit",
    "Harmonizer",
    "Result",
    "load_harmonizer",
    "render",
]
