"""Run `python -m model pack`: pack photographs for training; see `model.training.composites.pack`."""

from model.training.composites.pack import add_arguments, run

__all__ = ["add_arguments", "run"]
