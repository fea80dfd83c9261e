"""Run `python -m model train-masks`: train the mask decoder; see `model.training.masks.train`."""

from model.training.masks.train import add_arguments, run

__all__ = ["add_arguments", "run"]
