"""Run `python -m model train`: train the network; see `model.training.train`."""

from model.training.train import add_arguments, run

__all__ = ["add_arguments", "run"]
