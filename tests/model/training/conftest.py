"""Provide photographs for the tests of training."""

from pathlib import Path

import pytest
import torch

from model.training.composites.dataset import Photographs, load_photographs


@pytest.fixture(scope="session")
def folder(three_photographs: Path) -> Path:
    """Give a folder with images/ and masks/."""
    return three_photographs


@pytest.fixture(scope="session")
def photographs(folder: Path) -> Photographs:
    """Give three photographs with mattes."""
    return load_photographs([folder], torch.device("cpu"))
