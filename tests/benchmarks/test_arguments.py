"""Measurements explain themselves, and say what is wrong with their arguments."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import benchmarks
from benchmarks.accuracy import masks
from benchmarks.accuracy.photographs import read_photographs

FOLDER = Path(benchmarks.__path__[0])
NAMES = sorted(
    ".".join(("benchmarks", *file.relative_to(FOLDER).with_suffix("").parts))
    for file in FOLDER.rglob("*.py")
    if "def main(" in file.read_text()
)
COMMANDS = [import_module(name) for name in NAMES]
OF_FOLDERS = [module for module in COMMANDS if module.__name__.startswith("benchmarks.accuracy.")]


def name_of(module: ModuleType) -> str:
    return module.__name__.removeprefix("benchmarks.")


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_help_states_what_is_measured(
    command: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["command", "--help"])
    with pytest.raises(SystemExit) as end:
        command.main()
    assert end.value.code == 0
    assert (command.__doc__ or "").splitlines()[0] in capsys.readouterr().out


@pytest.mark.parametrize("command", OF_FOLDERS, ids=name_of)
def test_a_folder_that_does_not_exist_is_named(
    command: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "nowhere")
    options = ["--judge", missing] if command.__name__.endswith("realism") else [missing]
    monkeypatch.setattr("sys.argv", ["command", *options, "other"])
    with pytest.raises(SystemExit) as end:
        command.main()
    assert end.value.code == 2
    assert f"{missing} is not a folder." in capsys.readouterr().err


def test_a_folder_without_photographs_is_named(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    with pytest.raises(SystemExit, match="needs images/ and masks/ or"):
        next(read_photographs(tmp_path, 128))
    with pytest.raises(SystemExit, match="needs mask/ or masks/"):
        next(masks.pictures([tmp_path]))
