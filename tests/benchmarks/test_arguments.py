"""Measurements explain themselves, and say what is wrong with their arguments."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import accuracy
from benchmarks.accuracy import masks
from benchmarks.accuracy.photographs import read_photographs
from benchmarks.speed import report
from benchmarks.statistics import live_scores, planning

FILES = sorted(Path(accuracy.__path__[0]).glob("[!_]*.py"))
MODULES = [import_module(f"benchmarks.accuracy.{file.stem}") for file in FILES]
OF_FOLDERS = [module for module in MODULES if hasattr(module, "main")]
COMMANDS = [*OF_FOLDERS, live_scores, planning, report]


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
