"""Run `python -m model combine`: average the weights of several networks; see `model.training`."""

from model.training.average_weights import add_arguments, run

__all__ = ["add_arguments", "run"]
