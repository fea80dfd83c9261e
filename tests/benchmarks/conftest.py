"""A genuine composite for measurements of accuracy."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from benchmarks.accuracy import gap


def genuine_folder(photographs: Path, out: Path, change: int) -> Path:
    """Write one composite, f1_1_1: the cat, with an object that is lighter by `change` levels."""
    real = np.minimum(data.chelsea(), 255 - change)[:, :, ::-1]
    mask = cv2.imread(str(photographs / "masks" / "chelsea.png"), cv2.IMREAD_GRAYSCALE)
    assert mask is not None
    composite = np.where((mask > 0)[..., None], real + change, real).astype(np.uint8)
    for folder, pixels in (("composite", composite), ("mask", mask), ("real", real)):
        (out / folder).mkdir(parents=True)
        cv2.imwrite(str(out / folder / "f1_1_1.png"), pixels)
    return out


@pytest.fixture
def lighter(three_photographs: Path, tmp_path: Path) -> Path:
    """A folder with one composite, whose object is lighter by 30 levels."""
    return genuine_folder(three_photographs, tmp_path / "lighter", change=30)


@pytest.fixture
def small_sets(three_photographs: Path, lighter: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arguments VAL and DIR of commands that make composites of recipes, each of one seed."""
    monkeypatch.setattr(gap, "SEEDS", (1,))
    return [str(three_photographs), str(lighter)]
