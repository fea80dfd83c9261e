"""Check the table and the sheet of the worst genuine composites."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from benchmarks.accuracy import worst
from model.evaluation.contact_sheet import CAPTION, GAP, HEIGHT, WIDEST
from model.network.harmonizer import DEFAULT_WEIGHTS


@pytest.fixture
def genuine(tmp_path: Path) -> Path:
    real = np.ascontiguousarray(data.chelsea()[:, :, ::-1])
    mask = np.zeros(real.shape[:2], np.uint8)
    cv2.circle(mask, (220, 150), 70, (255,), -1)
    for folder in ("composite", "mask", "real"):
        (tmp_path / "known" / folder).mkdir(parents=True)
    for name, factor in (("dark", 0.3), ("darker", 0.1), ("same", 1.0)):
        composite = np.where((mask > 0)[..., None], factor * real, real).astype(np.uint8)
        for folder, pixels in (("composite", composite), ("mask", mask), ("real", real)):
            cv2.imwrite(str(tmp_path / "known" / folder / f"{name}.png"), pixels)
    return tmp_path / "known"


def test_the_worst_after_the_second_network_come_first(
    genuine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.png"
    weights = ["--before", str(DEFAULT_WEIGHTS), "--after", str(DEFAULT_WEIGHTS)]
    monkeypatch.setattr(worst, "COUNT", 2)
    monkeypatch.setattr(sys, "argv", ["worst", str(genuine), *weights, "--sheet", str(sheet)])
    worst.main()
    head, _, *lines = (line.split("|") for line in capsys.readouterr().out.splitlines())
    assert [cell.strip() for cell in head[2:6]] == ["set", "name", "composite", "harmonizer"]
    assert [line[3].strip() for line in lines] == ["darker", "dark"]
    assert all(line[5] == line[6] for line in lines)
    assert float(lines[0][6]) <= float(lines[1][6])
    with Image.open(sheet) as picture:
        assert picture.size == (4 * (WIDEST + GAP), CAPTION + 2 * (HEIGHT + GAP))
