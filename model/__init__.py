"""Parametric harmonization of pasted objects: composites in, curves and a shading map, pictures out."""

from model.checkpoint import BadWeights
from model.composite import Composite
from model.edit import BadEdit, Edit
from model.harmonizer import Harmonizer, Result, load_harmonizer
from model.picture import BadImage
from model.render import render

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
