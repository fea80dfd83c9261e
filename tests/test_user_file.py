"""The user's own methods in a file: what is read, and what is refused in words that help."""

import sys
from pathlib import Path

import pytest

from model.methods.diffusion import DiffusionModel
from model.methods.external import ExternalCommand
from model.methods.user_file import read_user_methods

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


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with Python 3.11")
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
        ('{"a": {"command": 3}}', "needs a line like command"),
        ('{"a": {"command": "x {composite}"}}', "needs {composite} and {out}"),
        ('{"a": {"command": "x {composite} {out} {matte}"}}', "{matte} is unknown"),
        ('{"a": {"command": "x \' {composite} {out}"}}', "split into words"),
        ('{"a": {"command": "x {composite} {out}", "shell": true}}', "unknown settings: shell"),
        ('{"a": {"command": "x {composite} {out}", "timeout": -1}}', "above 0"),
        ('{"a": {"command": "x {composite} {out}", "folder": 3}}', "should be text"),
        ('{"a": {"model": "x/y"}}', "class of diffusers"),
        ('{"sd_inpaint": {"model": "x/y", "strenght": 1}}', "unknown settings: strenght"),
        ('{"sd_inpaint": {"model": "x/y", "strength": 1.5}}', "strength should be a number from 0.01 to 1"),
        ('{"sd_inpaint": {"model": "x/y", "steps": 2.5}}', "steps should be a whole number"),
        ('{"sd_inpaint": {"model": "x/y", "cpu": "yes"}}', "cpu true or false"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "methods.json").write_text(content)
    with pytest.raises(ValueError, match=message):
        read_user_methods(tmp_path / "methods.json")


@pytest.mark.parametrize(
    ("name", "message"), [("gone.json", "cannot be read: No such file"), ("a.yaml", "should end in .json")]
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_user_methods(tmp_path / name)
