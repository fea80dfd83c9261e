"""Check states in parts: their sizes, and that missing and damaged parts are named."""

from pathlib import Path

import pytest
import torch

from model.images.files import write_atomic
from model.training import parts
from model.training.composites.bad_data import BadData
from model.training.state import Settings, new_state

NUMBERS = {"step": 7, "seconds": 4.5, "from_imagenet": False}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(parts, "PART", 1000)
    parts.write_parts(tmp_path / "state", bytes(range(250)) * 10, **NUMBERS)
    return tmp_path / "state"


def test_parts_have_a_limit_and_give_the_state_back(folder: Path) -> None:
    assert parts.read_parts(folder) == (NUMBERS, bytes(range(250)) * 10)
    assert sorted(file.stat().st_size for file in folder.glob("*.part")) == [500, 1000, 1000]


def test_a_new_state_replaces_the_former_one(folder: Path) -> None:
    (folder / ".left.tmp").write_bytes(b"of a killed process")
    parts.write_parts(folder, b"new", **NUMBERS)
    assert parts.read_parts(folder)[1] == b"new"
    assert len(list(folder.iterdir())) == 2


def test_the_former_state_stays_whole_until_the_manifest_is_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = write_atomic

    def stop_before_the_manifest(path: Path, data: bytes) -> None:
        if path.name == parts.MANIFEST:
            raise OSError(28, "No space left on device", str(path))
        write(path, data)

    monkeypatch.setattr(parts, "write_atomic", stop_before_the_manifest)
    with pytest.raises(OSError, match="No space"):
        parts.write_parts(folder, b"new", **NUMBERS)
    assert parts.read_parts(folder)[1] == bytes(range(250)) * 10


@pytest.mark.parametrize(
    ("damage", "message"),
    [("missing", "Part 2 of 3 .* is missing"), ("changed", "Part 2 of 3 .* is damaged"),
     ("cut", "Part 2 of 3 .* is damaged"), ("no manifest", "manifest.json is missing"),
     ("no JSON", "manifest.json in state is damaged")],
)  # fmt: skip
def test_what_cannot_be_used_is_named(damage: str, message: str, folder: Path) -> None:
    part = next(folder.glob("*-2.part"))
    data = part.read_bytes()
    if damage == "missing":
        part.unlink()
    elif damage == "changed":
        part.write_bytes(data[:-1] + b"!")
    elif damage == "cut":
        part.write_bytes(data[:-1])
    elif damage == "no manifest":
        (folder / parts.MANIFEST).unlink()
    else:
        (folder / parts.MANIFEST).write_text('{"parts": ')
    with pytest.raises(BadData, match=message):
        parts.read_parts(folder)


def test_the_state_of_another_network_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save

    parts.write_parts(tmp_path / "state", save({"weight": torch.zeros(3)}), **NUMBERS)
    settings = Settings(
        (), 1, tmp_path / "w", tmp_path / "state", None, 2, 1e-4, 0, torch.device("cpu"), fresh=True
    )
    with pytest.raises(BadData, match="another network"):
        new_state(settings)
