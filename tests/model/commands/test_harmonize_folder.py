"""Run `python -m model harmonize` on folders: it goes on after errors and stops, only where needed."""

import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.__main__ import main
from model.bulk.processes import cores
from model.bulk.progress import in_words
from model.commands.harmonize_folder import FINISHED
from model.edit.edit import Edit
from model.images.files import read_picture, write_picture
from tests.support.paths import ROOT

SIZE = (60, 80)


def write_pair(picture: Path, mask: Path, seed: int = 0, size: tuple[int, int] = SIZE) -> None:
    rng = np.random.default_rng(seed)
    matte = np.zeros((*size, 3), np.uint8)
    matte[15:45, 20:50] = 255
    for path, pixels in ((picture, rng.integers(0, 200, (*size, 3), np.uint8)), (mask, matte)):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_picture(path, pixels)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with three pairs in composite/ and mask/."""
    for seed, name in enumerate("abc"):
        write_pair(tmp_path / f"in/composite/{name}.png", tmp_path / f"in/mask/{name}.png", seed)
    return tmp_path


def run(folder: Path, *arguments: str) -> int:
    command = ["harmonize", str(folder / "in"), "-o", str(folder / "out"), "--method", "mkl"]
    return main([*command, "--workers", "0", *arguments])


def results(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "out").iterdir() if path.name != FINISHED}


def test_results_are_those_of_single_pictures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder) == 0
    captured = capsys.readouterr()
    assert captured.out == "out: 3 harmonized\n"
    assert [line.split(",")[0] for line in captured.err.splitlines()] == [
        "1/3 a.png",
        "2/3 b.png",
        "3/3 c.png",
    ]
    assert "left" in captured.err.splitlines()[0] and "left" not in captured.err.splitlines()[2]
    pair = [str(folder / f"in/{part}/b.png") for part in ("composite", "mask")]
    assert main(["harmonize", *pair, "-o", str(folder / "one.png"), "--method", "mkl"]) == 0
    assert results(folder)["b.png"] == (folder / "one.png").read_bytes()
    assert sorted(results(folder)) == ["a.png", "b.png", "c.png"]


def test_masks_beside_the_pictures_and_another_format(folder: Path) -> None:
    write_pair(folder / "flat/x.png", folder / "flat/x_mask.png")
    transparent = np.zeros((*SIZE, 4), np.uint8)
    transparent[10:30, 10:30, 3] = 255
    Image.fromarray(transparent).save(folder / "flat/y.png")
    command = ["harmonize", str(folder / "flat"), "-o", str(folder / "new/out"), "--format", "tif"]
    assert main([*command, "--method", "mean_gain"]) == 0
    assert sorted(path.name for path in (folder / "new/out").glob("*.tif")) == ["x.tif", "y.tif"]


def test_what_is_finished_is_not_made_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder) == 0
    times = {path.name: path.stat().st_mtime_ns for path in (folder / "out").glob("*.png")}
    capsys.readouterr()
    assert run(folder) == 0
    assert capsys.readouterr().out == "out: 0 harmonized, 3 finished before\n"
    assert times == {path.name: path.stat().st_mtime_ns for path in (folder / "out").glob("*.png")}


@pytest.mark.parametrize("change", ["input", "mask", "result", "options"])
def test_what_changed_is_made_again(folder: Path, capsys: pytest.CaptureFixture[str], change: str) -> None:
    assert run(folder) == 0
    capsys.readouterr()
    options: tuple[str, ...] = ()
    if change == "input":
        write_pair(folder / "in/composite/b.png", folder / "unused.png", seed=9)
    elif change == "mask":
        Image.fromarray(np.tri(*SIZE, dtype=np.uint8) * 255).save(folder / "in/mask/b.png")
    elif change == "result":
        (folder / "out/b.png").unlink()
    else:
        options = ("--method", "reinhard")
    assert run(folder, *options) == 0
    expected = "3 harmonized" if change == "options" else "1 harmonized, 2 finished before"
    assert capsys.readouterr().out == f"out: {expected}\n"
    assert read_picture(folder / "out/b.png").size == SIZE


def test_errors_name_the_file_and_the_others_go_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in/composite/a.png").write_text("Hello")
    write_picture(folder / "in/mask/b.png", np.zeros((10, 10, 3), np.uint8))
    write_picture(folder / "in/composite/d.png", np.zeros((*SIZE, 3), np.uint8))
    write_picture(folder / "in/mask/e.png", np.zeros((*SIZE, 3), np.uint8))
    assert run(folder) == 1
    captured = capsys.readouterr()
    assert captured.out == "out: 1 harmonized, 3 could not be used\n"
    for words in (
        "mask/e.png: There is no picture for this mask.",
        "1/4 a.png, a.png is not a picture we can read.",
        "2/4 b.png, The mask b.png is 10×10 pixels",
        "4/4 d.png, d.png has no transparency. Please add a mask",
    ):
        assert words in captured.err
    assert sorted(results(folder)) == ["c.png"]


def test_one_edit_is_applied_to_all(folder: Path) -> None:
    bright = Edit(Edit.identity().curves ** np.float32(0.7), np.zeros((2, 2), np.float32))
    (folder / "e.json").write_text(bright.to_json())
    assert run(folder, "--edit-in", str(folder / "e.json"), "--format", "psd") == 0
    with Image.open(folder / "out/a.psd") as image:
        before = read_picture(folder / "in/composite/a.png").pixels
        assert np.asarray(image)[30, 30].mean() > before[30, 30].mean()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("in", "-o", "in"), "folder of their own"),
        (("in/composite", "-o", "in/mask/a.png"), "The results need a folder"),
        (("empty", "-o", "out"), "empty has no pictures"),
        (("in", "in/mask/a.png", "-o", "out"), "a mask is for one picture"),
        (("in", "-o", "out", "--cube", "a.cube"), "--cube is for one picture"),
        (("in/composite/a.png", "in/mask/a.png", "-o", "a.png", "--format", "png"), "is for folders"),
    ],
)
def test_unusable_commands_are_refused(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(folder)
    (folder / "empty").mkdir()
    assert main(["harmonize", *arguments, "--method", "mkl"]) == 2
    assert message in capsys.readouterr().err


def test_a_stopped_command_leaves_whole_files_and_goes_on(tmp_path: Path) -> None:
    for number in range(40):
        write_pair(tmp_path / f"in/p{number}.png", tmp_path / f"in/p{number}_mask.png", number, (1400, 1800))
    command = [sys.executable, "-m", "model", "harmonize", str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    # Much to do: the command must still be at work when the signal arrives.
    command += ["--method", "poisson"]
    # Where the tests run in the background of a shell, processes would ignore the signal.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=heed) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("1/40 ")
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait() == 130
    assert "The same command goes on where it ended" in rest and "Traceback" not in rest
    made = sorted((tmp_path / "out").glob("*.png"))
    assert 1 <= len(made) < 40
    for path in made:
        assert read_picture(path).size == (1400, 1800)
    assert not list((tmp_path / "out").glob(".*"))
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    finished = int(again.stdout.split("harmonized, ")[1].split()[0])
    assert len(made) - cores() <= finished <= len(made)


def test_several_processes_make_the_same_bytes(folder: Path) -> None:
    assert run(folder, "--method", "harmonylab", "--format", "jpg") == 0
    alone = results(folder)
    shutil.rmtree(folder / "out")
    assert run(folder, "--method", "harmonylab", "--format", "jpg", "--workers", "2") == 0
    assert results(folder) == alone and len(alone) == 3


def test_a_command_that_was_killed_goes_on_with_the_rest(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for seed in range(3, 12):
        write_pair(folder / f"in/composite/{seed}.png", folder / f"in/mask/{seed}.png", seed, (600, 800))
    command = [sys.executable, "-m", "model", "harmonize", str(folder / "in"), "-o", str(folder / "out")]
    command += ["--method", "mkl", "--workers", "2"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = [process.stderr.readline() for _ in range(3)]
        process.kill()
    assert "3/12" in lines[-1]
    made = len((folder / "out" / FINISHED).read_text().splitlines())
    assert run(folder) == 0 and 3 <= made < 12
    assert f"out: {12 - made} harmonized, {made} finished before" in capfd.readouterr().out
    shutil.move(folder / "out", folder / "resumed")
    assert run(folder) == 0
    assert results(folder) == {path.name: path.read_bytes() for path in (folder / "resumed").glob("*.png")}


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "about 1 s"), (89, "about 89 s"), (100, "about 2 min"), (9000, "about 2 h")]
)
def test_durations_are_rounded(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
