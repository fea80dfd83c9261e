"""Check how a file of the user's own methods is read, and the messages for files that are refused."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from model.__main__ import main
from model.images.composite import Composite
from model.methods import BadMethod, available_methods, get_method
from model.methods.common.external import ExternalCommand
from model.methods.diffusion import DiffusionModel
from model.methods.user_file import read_user_methods
from tests.support.paths import DOCS

TOML = """
[dccf]
title = "DCCF"
command = "python 'my run.py' --in {composite} --mask {mask} --out={out}"
folder = "rivals"
timeout = 20

[sd_inpaint]
model = "/models/sd15"
steps = 50
"""


def test_a_command_and_other_settings_of_a_model(tmp_path: Path) -> None:
    (tmp_path / "methods.toml").write_text(TOML)
    command, model = read_user_methods(tmp_path / "methods.toml")
    assert isinstance(command, ExternalCommand) and isinstance(model, DiffusionModel)
    assert command.arguments[1:] == ("my run.py", "--in", "{composite}", "--mask", "{mask}", "--out={out}")
    assert (command.title, command.timeout, command.folder) == ("DCCF", 20, tmp_path / "rivals")
    assert (model.model, model.steps, model.strength) == ("/models/sd15", 50, 0.35)
    assert model.pipeline == "StableDiffusionInpaintPipeline"


def test_a_json_file_and_a_new_model(tmp_path: Path) -> None:
    (tmp_path / "methods.json").write_text(
        '{"kontext": {"model": "a/b", "pipeline": "FluxKontextInpaintPipeline", "guidance": 2.5},'
        ' "dccf": {"command": "python a.py {composite} {out}"}}'
    )
    model, command = read_user_methods(tmp_path / "methods.json")
    assert isinstance(command, ExternalCommand) and isinstance(model, DiffusionModel)
    assert command.arguments == ("python", "a.py", "{composite}", "{out}")
    assert (model.pipeline, model.guidance) == ("FluxKontextInpaintPipeline", 2.5)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "one table per method"),
        ('{"A b": {"command": "x {composite} {out}"}}', "small letters"),
        ('{"a": {}}', "needs a line that starts with command"),
        ('{"a": 3}', "needs a line that starts with command"),
        ('{"a": {"command": "x", "model": "y"}}', "not both"),
        ('{"a": {"command": 3}}', "command should be text"),
        ('{"a": {"command": "x {composite}"}}', "needs {composite} and {out}"),
        ('{"a": {"command": "x {composite} {out} {matte}"}}', "{matte} is unknown"),
        ('{"a": {"command": "x \' {composite} {out}"}}', "split into words"),
        ('{"a": {"command": "x {composite} {out}", "shell": true}}', "unknown settings: shell"),
        ('{"a": {"command": "x {composite} {out}", "timeout": -1}}', "timeout should be a number from 0.1"),
        ('{"a": {"command": "x {composite} {out}", "folder": 3}}', "should be text"),
        (
            '{"a": {"command": "x {composite} {out}", "max_side": 2}}',
            "max_side should be a whole number from 64",
        ),
        ('{"a": {"model": "x/y", "title": 3}}', "title should be text"),
        ('{"a": {"model": "x/y"}}', "class of diffusers"),
        ('{"sd_inpaint": {"model": "x/y", "strenght": 1}}', "unknown settings: strenght"),
        ('{"sd_inpaint": {"model": "x/y", "strength": 1.5}}', "strength should be a number from 0.01 to 1"),
        ('{"sd_inpaint": {"model": "x/y", "steps": 2.5}}', "steps should be a whole number"),
        ('{"sd_inpaint": {"model": "x/y", "cpu": "yes"}}', "cpu should be true or false"),
        ('{"sd_inpaint": {"model": "x/y", "steps": true}}', "steps should be a whole number from 1 to 1000"),
        ('{"sd_inpaint": {"model": "x/y", "memory": NaN}}', "memory should be a number from 0 to 1000"),
        ('{"sd_inpaint": {"model": "x/y", "z": 1, "b": 2, "steps": 0}}', "unknown settings: b, z"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "methods.json").write_text(content)
    with pytest.raises(ValueError, match=message):
        read_user_methods(tmp_path / "methods.json")


@pytest.mark.parametrize(
    ("name", "message"),
    [("gone.json", "cannot be read: No such file"), ("a.yaml", "^a.yaml should end in .json or .toml")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_user_methods(tmp_path / name)


@pytest.fixture
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARMONY_METHODS", str(tmp_path / "methods.json"))
    return tmp_path / "methods.json"


def test_a_program_in_the_file_is_a_method_like_the_others(own_file: Path) -> None:
    program = "import shutil, sys; shutil.copy(*sys.argv[1:])"
    entry = {"command": f'{sys.executable} -c "{program}" {{composite}} {{out}}', "title": "Copy"}
    own_file.write_text(json.dumps({"copy": entry}))
    method = get_method("copy")
    assert (method.title, method.available, method.deterministic) == ("Copy", True, False)
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    matte = np.zeros((20, 30), np.float32)
    matte[5:9, 5:9] = 1
    assert np.array_equal(method.run(Composite(image, matte)), image)


@pytest.mark.parametrize("name", ["mkl", "harmonylab", "pih"])
def test_a_name_that_is_taken_is_refused(own_file: Path, name: str) -> None:
    own_file.write_text(json.dumps({name: {"command": "x {composite} {out}"}}))
    with pytest.raises(BadMethod, match=f"There is a method {name} already"):
        available_methods()


def test_other_settings_replace_those_of_a_model(own_file: Path, tmp_path: Path) -> None:
    own_file.write_text(json.dumps({"sd_inpaint": {"model": str(tmp_path), "side": 256}}))
    method = get_method("sd_inpaint")
    assert (method.max_side, method.available, method.tier) == (256, True, 3)


def test_the_list_names_missing_and_used_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARMONY_WEIGHTS", str(tmp_path))
    (tmp_path / "PCTNet_ViT.pth").write_bytes(b"abc")
    assert main(["methods"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "available: PCTNet_ViT.pth, SHA-256 ba7816bf8f01cfea" in lines["pct_net_vit"]
    assert f"put ckpt_g39.pth from https://github.com/adobe/PIH into {tmp_path}" in lines["wang2022_pih"]
    assert "CC BY-NC-SA" in lines["ke2022_harmonizer"]


def test_a_bad_file_ends_the_command_with_a_message(
    own_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_file.write_text("{")
    assert main(["methods"]) == 2
    assert "methods.json is not valid JSON" in capsys.readouterr().err


def test_the_examples_of_the_guide_are_read(tmp_path: Path) -> None:
    guide = (DOCS / "rivals.md").read_text(encoding="utf-8")
    (tmp_path / "methods.toml").write_text("".join(re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)))
    names = [entry.name for entry in read_user_methods(tmp_path / "methods.toml")]
    assert names == ["dccf", "sd_inpaint", "kontext"]
