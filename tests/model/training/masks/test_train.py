"""Check short runs of the training of the mask decoder."""

import itertools
import re
from pathlib import Path

import pytest
from safetensors.torch import load_file

from model import __main__ as command_line
from model.network.mask_decoder import MaskDecoder
from model.training.masks import train


@pytest.fixture
def table(three_photographs: Path) -> Path:
    """Write a table of three photographs of an object, one of them also as a scene."""
    names = sorted(path.name for path in (three_photographs / "images").iterdir())
    rows = [f"images/{name},masks/{name},1" for name in names]
    path = three_photographs / "table.csv"
    path.write_text("\n".join(["image,mask,main", *rows, f"images/{names[0]},,"]) + "\n")
    return path


def test_a_run_learns_and_a_second_one_uses_its_features(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train, "BATCH", 2)
    monkeypatch.setattr(train, "REPORTED", 1)
    monkeypatch.setattr(train, "WARM_UP", 1)
    seconds = itertools.count()  # every step as one second: as many steps on a slow machine as on a fast one
    monkeypatch.setattr("model.training.masks.train.time.monotonic", lambda: next(seconds))
    out, cache = tmp_path / "masks.safetensors", tmp_path / "cache"
    words = ["train-masks", str(table), "--out", str(out), "--cache", str(cache), "--examples", "4"]
    assert command_line.main([*words, "--minutes", "0.35"]) == 0
    losses = [float(loss) for loss in re.findall(r"loss ([\d.]+)", capsys.readouterr().out)]
    assert len(losses) == 20 and losses[-1] < 0.85 * losses[0]
    MaskDecoder().load_state_dict({key: value.float() for key, value in load_file(out).items()})
    assert out.stat().st_size < 1_000_000
    stored = (cache / "masks.npy").stat().st_mtime_ns
    again = tmp_path / "again.safetensors"
    words[3] = str(again)
    assert command_line.main([*words, "--minutes", "0.02", "--resume", str(out)]) == 0
    assert again.is_file() and (cache / "masks.npy").stat().st_mtime_ns == stored
    assert "examples" not in capsys.readouterr().out


def test_a_table_that_is_missing_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train-masks", "gone.csv", "--out", str(tmp_path / "a"), "--cache", str(tmp_path / "c")]
    assert command_line.main([*words, "--minutes", "1"]) == 2
    assert "gone.csv" in capsys.readouterr().err
