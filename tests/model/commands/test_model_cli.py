"""Run `python -m model`, and check its files and its messages for unusable input."""

import json
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from model.__main__ import main
from model.edit.edit import Edit
from model.images.files import Metadata, read_picture, write_picture
from tests.support.paths import ROOT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write image.png, mask.png and real.png to the current folder."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    matte = np.zeros((60, 80), np.uint8)
    matte[15:45, 20:50] = 255
    image = rng.integers(0, 200, (60, 80, 3), np.uint8)
    write_picture("image.png", image, metadata=Metadata(dpi=(300.0, 300.0)))
    write_picture("mask.png", np.dstack([matte] * 3))
    return tmp_path


def run(*arguments: str) -> int:
    return main(["harmonize", "image.png", "mask.png", *arguments])


@pytest.mark.usefixtures("folder")
def test_harmonize_writes_a_picture_of_the_same_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-o", "out.png", "--method", "mean_gain") == 0
    assert capsys.readouterr().out == "out.png: 80×60, 8 bits per channel\n"
    before, after = read_picture("image.png"), read_picture("out.png")
    changed = (before.pixels != after.pixels).any(axis=2)
    assert changed.any()
    assert not changed[read_picture("mask.png").pixels[..., 0] == 0].any()
    assert np.allclose(after.metadata.dpi or (), 300, atol=0.1)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("method", ["composite", "reinhard", "mkl", "hist_match"])
def test_every_method_runs(method: str) -> None:
    assert run("-o", f"{method}.tif", "--method", method) == 0
    assert read_picture(f"{method}.tif").pixels.shape == (60, 80, 3)


def test_an_exported_edit_is_read_again(folder: Path) -> None:
    assert run("-o", "a.png", "--method", "mean_gain", "--edit-out", "e.json") == 0
    assert run("-o", "b.png", "--edit-in", "e.json", "--cube", "e.cube", "--acv", "e.acv") == 0
    assert (folder / "a.png").read_bytes() == (folder / "b.png").read_bytes()
    assert (folder / "e.cube").read_text().startswith("TITLE")
    assert (folder / "e.acv").read_bytes()[:2] == b"\0\4"


@pytest.mark.parametrize("suffix", ["cube", "acv"])
def test_a_look_of_another_program_is_applied(
    folder: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    bright = Edit(Edit.identity().curves ** np.float32(0.8), np.zeros((2, 2), np.float32))
    (folder / "e.json").write_text(bright.to_json())
    assert run("-o", "a.png", "--edit-in", "e.json", f"--{suffix}", f"e.{suffix}") == 0
    capsys.readouterr()
    assert run("-o", "b.png", "--edit-in", f"e.{suffix}") == 0
    assert "The curves" in capsys.readouterr().out
    difference = read_picture("a.png").pixels.astype(int) - read_picture("b.png").pixels
    assert np.abs(difference).max() <= 3


def test_curves_only_leaves_the_shading_out(folder: Path) -> None:
    bright = Edit(Edit.identity().curves, np.full((2, 2), 0.5, np.float32))
    (folder / "e.json").write_text(bright.to_json())
    assert run("-o", "out.png", "--edit-in", "e.json", "--curves-only", "--edit-out", "f.json") == 0
    assert np.array_equal(read_picture("out.png").pixels, read_picture("image.png").pixels)
    assert not Edit.from_json((folder / "f.json").read_text()).shading.any()


def test_strengths_act_in_parameter_space(folder: Path) -> None:
    edit = Edit(Edit.identity(5).curves ** np.float32(2), np.full((2, 2), 0.4, np.float32))
    (folder / "e.json").write_text(edit.to_json())
    strengths = ("--curves-strength", "1.5", "--shading-strength", "0.5")
    assert run("-o", "out.png", "--edit-in", "e.json", *strengths, "--edit-out", "f.json") == 0
    assert (folder / "f.json").read_text() == edit.blend(1.5, 0.5).to_json()


def test_light_and_object_are_written_as_layers(folder: Path) -> None:
    assert run("-o", "out.png", "--method", "mean_gain", "--shading-png", "s.png", "--layer", "l.png") == 0
    light = cv2.imread(str(folder / "s.png"), cv2.IMREAD_UNCHANGED)
    assert light is not None and light.dtype == np.uint16 and (light == 32768).all()
    layer, out = read_picture("l.png"), read_picture("out.png")
    matte = read_picture("mask.png").pixels[..., 0] > 0
    assert layer.alpha is not None and np.array_equal(layer.alpha > 0, matte)
    assert np.array_equal(layer.pixels[matte], out.pixels[matte])


@pytest.mark.parametrize("method", ["mean_gain", "mkl"])
def test_a_photoshop_file_is_written(folder: Path, method: str) -> None:
    assert run("-o", "out.png", "--method", method) == run("-o", "out.psd", "--method", method) == 0
    with Image.open(folder / "out.psd") as merged:
        assert np.array_equal(np.asarray(merged), read_picture("out.png").pixels)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".jpg"])
def test_transparency_is_kept_where_the_format_holds_it(
    capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    source = read_picture("image.png")
    alpha = np.linspace(0, 1, 4800, dtype=np.float32).reshape(60, 80)
    write_picture("image.png", source.pixels, alpha=alpha)
    assert run("-o", f"out{suffix}", "--method", "mean_gain") == 0
    kept, before = read_picture(f"out{suffix}").alpha, read_picture("image.png").alpha
    assert (kept is None) == (suffix == ".jpg")
    assert ("without its transparency" in capsys.readouterr().out) == (kept is None)
    assert kept is None or (before is not None and np.array_equal(kept, before))


def write_bad_inputs(folder: Path) -> None:
    """Write files that are refused, beside usable ones."""
    (folder / "folder.png").mkdir()
    (folder / "text.png").write_text("Hello")
    (folder / "text.json").write_text("Hello")
    (folder / "binary.json").write_bytes(b"\xff\xfe\x00\x80")
    Image.new("L", (60, 80)).save(folder / "turned.png")
    Image.new("L", (80, 60)).save(folder / "black.png")
    Image.new("L", (80, 60), 255).save(folder / "white.png")
    Image.new("RGB", (1, 1)).save(folder / "tiny.png")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("absent.png mask.png -o out.png", "absent.png was not found"),
        ("text.png mask.png -o out.png", "text.png is not a picture"),
        (". mask.png -o out.png", "is a folder"),
        ("tiny.png tiny.png -o out.png", "at least 16×16"),
        ("image.png -o out.png", "has no transparency"),
        ("image.png turned.png -o out.png", "Please use a mask of the picture's size"),
        ("image.png black.png -o out.png", "mask is empty"),
        ("image.png white.png -o out.png", "covers the whole picture"),
        ("image.png mask.png -o out.gif", "should end in"),
        ("image.png mask.png -o missing/out.png", "no such folder"),
        ("image.png mask.png -o folder.png", "a folder, not a file: folder.png"),
        ("image.png mask.png -o out.png --layer out.png", "a name of its own"),
        ("image.png mask.png -o out.png --method magic", "no method 'magic'"),
        ("image.png mask.png -o out.png --method mkl --edit-out e.json", "does not work with curves"),
        ("image.png mask.png -o out.png --method mkl --curves-strength 0.5", "does not work with curves"),
        ("image.png mask.png -o out.png --method mean_gain --shading-strength 2", "between 0 and 1.5"),
        ("image.png mask.png -o out.png --layer layer.jpg", "should end in .png"),
        ("image.png mask.png -o out.png --shading-png missing/light.png", "no such folder"),
        ("image.png mask.png -o out.png --edit-in text.json", "not an edit file"),
        ("image.png mask.png -o out.png --edit-in binary.json", "not an edit file"),
        ("image.png mask.png -o out.png --edit-in absent.json", "absent.json"),
        ("image.png mask.png -o out.png --background tiny.png --method mkl", "background is 1×1"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_two(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, message: str
) -> None:
    write_bad_inputs(folder)
    assert main(["harmonize", *arguments.split()]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert (captured.err.count("\n"), captured.out) == (1, "")
    assert not (folder / "out.png").exists()
    assert not list(folder.glob(".*.tmp"))


def test_evaluate_prints_a_table_and_writes_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind, source in (("composite", "image"), ("mask", "mask"), ("real", "image")):
        (folder / kind).mkdir()
        (folder / kind / "a.png").write_bytes((folder / f"{source}.png").read_bytes())
    assert main(["evaluate", ".", "--methods", "composite,mkl", "--size", "32", "--json", "o.json"]) == 0
    captured = capsys.readouterr()
    assert "1/1 a" in captured.err
    assert "Pictures: 1, at 32×32" in captured.out
    assert json.loads((folder / "o.json").read_text())["methods"]["composite"]["images"]["a"]["MSE"] == 0


def test_earlier_names_of_methods_are_accepted(folder: Path) -> None:
    assert run("-o", "earlier.png", "--method", "pih") == run("-o", "today.png") == 0
    assert (folder / "earlier.png").read_bytes() == (folder / "today.png").read_bytes()
    for kind, source in (("composite", "image"), ("mask", "mask"), ("real", "image")):
        (folder / kind).mkdir()
        (folder / kind / "a.png").write_bytes((folder / f"{source}.png").read_bytes())
    assert main(["evaluate", ".", "--methods", "pih_curves,composite", "--json", "o.json"]) == 0
    assert list(json.loads((folder / "o.json").read_text())["methods"]) == ["harmonylab_curves", "composite"]


@pytest.mark.usefixtures("folder")
def test_evaluate_refuses_a_folder_without_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", ".", "--methods", "composite"]) == 2
    assert "There is no folder" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("option", "path"), [("--json", "missing/o.json"), ("--sheet", "sheet.gif")])
def test_evaluate_checks_where_it_writes_before_it_works(
    option: str, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", ".", "--methods", "composite", option, path]) == 2
    assert "There is no folder" not in capsys.readouterr().err  # which it would say of the pictures


def test_methods_as_text_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["methods"]) == 0
    assert capsys.readouterr().out.splitlines()[0].split()[0] == "composite"
    assert main(["methods", "--json"]) == 0
    entry = json.loads(capsys.readouterr().out)[1]
    assert (entry["name"], entry["tier"], entry["available"]) == ("mean_gain", 1, True)


def test_a_small_result_becomes_an_edit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    darker = (read_picture("image.png").pixels * 0.7).astype(np.uint8)
    write_picture("small.png", cv2.resize(darker, (40, 30), interpolation=cv2.INTER_AREA))
    words = ["fit", "image.png", "mask.png", "small.png", "-o", "out.png", "--edit-out", "e.json"]
    assert main(words) == 0
    share = re.fullmatch(
        r"colour changes and shading explain (.+)% of the change; .+ left\n", capsys.readouterr().out
    )
    assert share and float(share[1]) > 99
    inside = read_picture("mask.png").pixels > 0
    assert np.abs(read_picture("out.png").pixels.astype(int) - darker)[inside].mean() < 2
    assert run("-o", "again.png", "--edit-in", "e.json") == 0
    assert (folder / "again.png").read_bytes() == (folder / "out.png").read_bytes()


@pytest.mark.usefixtures("folder")
def test_fit_keeps_transparency() -> None:
    source = read_picture("image.png").pixels
    write_picture("image.png", source, alpha=np.linspace(0, 1, 4800, dtype=np.float32).reshape(60, 80))
    write_picture("small.png", source)
    assert main(["fit", "image.png", "mask.png", "small.png", "-o", "out.png"]) == 0
    before, after = read_picture("image.png").alpha, read_picture("out.png").alpha
    assert before is not None and after is not None and np.array_equal(before, after)


@pytest.mark.parametrize(
    "words",
    ["absent.png", "tiny.png", "turned.png", "image.png -o missing/out.png", "image.png -o a.gif"],
)
def test_fit_refuses_in_plain_words(folder: Path, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (8, 8)).save(folder / "tiny.png")
    Image.new("RGB", (60, 80)).save(folder / "turned.png")
    assert main(["fit", "image.png", "mask.png", *words.split()]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_train_refuses_a_missing_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out.safetensors")
    assert main(["train", "--data", str(tmp_path / "absent"), "--minutes", "1", "--out", out]) == 2
    assert capsys.readouterr().err.startswith("train: ")


def test_as_a_program_without_loading_pytorch() -> None:
    code = "import sys, model.__main__ as m; m.main(['methods']); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
