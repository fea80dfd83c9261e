"""Provide photographs for the tests of training."""

from pathlib import Path

import pytest
import torch

from model.training import phases, run_log
from model.training.composites.dataset import Photographs, load_photographs


@pytest.fixture(scope="session")
def folder(three_photographs: Path) -> Path:
    """Give a folder with images/ and masks/."""
    return three_photographs


@pytest.fixture(scope="session")
def photographs(folder: Path) -> Photographs:
    """Give three photographs with mattes."""
    return load_photographs([folder], torch.device("cpu"))


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw little from the caches: the tests have three photographs, and a step should take a moment."""
    for name in ("HEAD_BATCH", "TRUNK_BATCH", "SHADING_BATCH", "SHADING_STEPS", "SEMI_BATCH", "SEMI_STEPS"):
        monkeypatch.setattr(phases, name, 4)
    monkeypatch.setattr(run_log, "MEASURED_BATCHES", 2)
    monkeypatch.setattr(run_log, "MEASURED_BATCH", 4)
