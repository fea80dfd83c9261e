"""Check packed training sets: what they hold, the limit on their size, and damaged files."""

from pathlib import Path

import numpy as np
import pytest
import torch

from model.__main__ import main
from model.training.composites.bad_data import BadData
from model.training.composites.dataset import load_photographs
from model.training.composites.pack import fitting, size_in_bytes
from model.training.composites.packed import read_packed

CPU = torch.device("cpu")


def pack(folder: Path, file: Path, *extra: str) -> int:
    return main(["pack", "--data", str(folder), "--out", str(file), *extra])


def test_a_packed_set_is_read_like_its_folder(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "set.pack"
    assert pack(folder, file, "--size", "224") == 0
    there, here = load_photographs([folder], CPU), load_photographs([file], CPU)
    assert here.images.shape == there.images.shape and here.mattes.shape == there.mattes.shape
    assert torch.equal(here.neighbours, there.neighbours)
    assert float((here.images.float() - there.images.float()).abs().mean()) < 6
    assert float((here.mattes.float() - there.mattes.float()).abs().mean()) < 6
    both = load_photographs([file, folder], CPU)
    assert len(both) == 2 * len(there) and torch.equal(both.images[len(here) :], there.images)


def test_quality_falls_and_photographs_are_left_out_to_keep_the_limit(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes, counts = [], []
    for limit in ("1MB", "30kB", "15kB"):
        file = tmp_path / f"{limit}.pack"
        assert pack(folder, file, "--limit", limit) == 0
        sizes.append(file.stat().st_size)
        counts.append(len(read_packed(file)))
        assert sizes[-1] <= size_in_bytes(limit)
    told = capsys.readouterr().out.splitlines()
    assert counts[0] == 3 and counts[-1] < 3 and sizes[0] > sizes[1] > sizes[2]
    assert "3 of 3 photographs at WebP quality 90" in told[0] and "Left out" in told[-1]
    assert pack(folder, tmp_path / "none.pack", "--limit", "1kB") == 2
    assert "larger" in capsys.readouterr().err and not (tmp_path / "none.pack").exists()


def test_what_is_left_out_is_spread_evenly() -> None:
    chosen = fitting([10] * 100, 505)
    assert len(chosen) == 50 and max(np.diff(chosen)) <= 3 and chosen[0] == 0 and chosen[-1] == 99


@pytest.mark.parametrize(("text", "size"), [("50MB", 50_000_000), ("1.5 MiB", 1_572_864), ("700", 700)])
def test_sizes_have_units(text: str, size: int) -> None:
    assert size_in_bytes(text) == size


@pytest.mark.parametrize("damage", ["cut", "changed", "text", "missing"])
def test_a_damaged_set_is_refused(damage: str, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "set.pack"
    assert pack(folder, file) == 0
    data = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(data[:-100])
    elif damage == "changed":
        data[-500] ^= 1
        file.write_bytes(data)
    elif damage == "text":
        file.write_text("no photographs")
    else:
        file.unlink()
    with pytest.raises(BadData, match=r"set\.pack"):
        load_photographs([file], CPU)
