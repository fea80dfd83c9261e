"""Check that only tensors of a weights file are read, and that keys that do not fit are named."""

import hashlib
from collections import OrderedDict
from optparse import Values
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from model.network.checkpoint import BadWeights, file_hash, fit_state, read_checkpoint


def saved(path: Path, content: Any) -> Path:
    torch.save(content, path)
    return path


def test_a_state_dict_under_its_key_beside_a_command_line(tmp_path: Path) -> None:
    state = OrderedDict(weight=torch.ones(2, 3).half())
    content = {"epoch": 39, "state_dict": state, "args": Values({"lr": 4e-5})}
    read = read_checkpoint(saved(tmp_path / "a.pth", content))
    assert read["weight"].dtype == torch.float32 and read["weight"].shape == (2, 3)


def test_the_prefix_of_several_devices_is_taken_off(tmp_path: Path) -> None:
    assert list(read_checkpoint(saved(tmp_path / "a.pth", {"module.bias": torch.zeros(1)}))) == ["bias"]


class Attack:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("attacked"),)


def test_code_in_a_file_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadWeights, match=r"a\.pth is not a PyTorch weights file"):
        read_checkpoint(saved(tmp_path / "a.pth", {"weight": torch.zeros(1), "more": Attack()}))
    assert not Path("attacked").exists()


@pytest.mark.parametrize("content", [{}, [1], {"weight": 3}, {"state_dict": {"a": "b"}}, torch.zeros(2)])
def test_a_file_without_named_weights(tmp_path: Path, content: Any) -> None:
    with pytest.raises(BadWeights, match="holds no weights under names"):
        read_checkpoint(saved(tmp_path / "a.pth", content))


@pytest.mark.parametrize("content", [b"", b"<html>Google Drive</html>", b"PK\3\4 cut off"])
def test_a_damaged_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(BadWeights, match="is not a PyTorch weights file, or it is damaged"):
        read_checkpoint(tmp_path / "a.pth")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadWeights, match=r"a\.pth were not found"):
        read_checkpoint(tmp_path / "a.pth")


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"weight": torch.zeros(2, 3)}, r"\(missing: bias\)"),
        ({"weight": torch.zeros(3, 2), "bias": torch.zeros(2)}, r"\(of another shape: weight\)"),
        ({f"x{i}": torch.zeros(1) for i in range(5)}, "unexpected: x0, x1, x2 and 2 more"),
    ],
)
def test_keys_that_do_not_fit_are_named(state: dict[str, torch.Tensor], message: str) -> None:
    with pytest.raises(BadWeights, match=message):
        fit_state(nn.Linear(3, 2), state, "a.pth")


def test_tensors_that_fit_are_loaded() -> None:
    layer = nn.Linear(3, 2)
    fit_state(layer, {"weight": torch.ones(2, 3), "bias": torch.full((2,), 5.0)}, "a.pth")
    assert layer(torch.ones(3)).tolist() == [8, 8]


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    assert file_hash(tmp_path / "a") == hashlib.sha256(b"x" * 3_000_000).hexdigest()
