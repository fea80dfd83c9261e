"""The user's own methods, and other settings of those that come with the software, in one file.

    [dccf]
    command = "python run.py --in {composite} --mask {mask} --out {out}"
    folder = "../DCCF"

    [sd_inpaint]
    model = "/models/sd15-inpainting"
    steps = 50

The file belongs to the person who runs the software: nothing that comes over the network can change it.
"""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from model.methods.diffusion import MODELS, DiffusionModel
from model.methods.external import ExternalCommand, command_from

SETTING = "HARMONY_METHODS"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
LIMITS = {
    "seed": (0, 2**63 - 1),
    "steps": (1, 1000),
    "strength": (0.01, 1),
    "guidance": (0, 100),
    "side": (64, 4096),
    "memory": (0, 1000),
}
WHOLE = ("seed", "steps", "side")
TEXTS = ("model", "pipeline", "title", "licence", "prompt")


class BadMethods(ValueError):
    """A file of methods that cannot be used. The message is shown to people as it is."""


def read_user_methods(path: str | Path) -> tuple[ExternalCommand | DiffusionModel, ...]:
    """Read a .toml or .json file with one table per method; folders are relative to it.

    Raises BadMethods and BadCommand.
    """
    path = Path(path)
    try:
        content = _parse(path)
    except OSError as error:
        raise BadMethods(f"{path.name} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # what both parsers raise, and text that is not UTF-8
        raise BadMethods(f"{path.name} is not valid {path.suffix[1:].upper()}: {error}") from None
    if not isinstance(content, dict):
        raise BadMethods(f"{path.name} should hold one table per method.")
    return tuple(_method(name, entry, path.resolve().parent) for name, entry in content.items())


def _parse(path: Path) -> Any:
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    if path.suffix != ".toml" or sys.version_info < (3, 11):
        raise BadMethods(f"{path.name} should end in .json, or in .toml with Python 3.11 or later.")
    import tomllib

    return tomllib.loads(path.read_text(encoding="utf-8"))


def _method(name: str, entry: Any, base: Path) -> ExternalCommand | DiffusionModel:
    if not NAME.fullmatch(name):
        raise BadMethods(f"{name!r} should be a name of small letters, digits, - and _.")
    kinds = entry.keys() & {"command", "model"} if isinstance(entry, Mapping) else set()
    if len(kinds) != 1:
        raise BadMethods(f"{name} needs a line that starts with command = or with model =, and not both.")
    return command_from(name, entry, base) if "command" in kinds else _diffusion(name, entry)


def _diffusion(name: str, entry: Mapping[str, Any]) -> DiffusionModel:
    unknown = sorted(entry.keys() - {*LIMITS, *TEXTS, "cpu"})
    if unknown:
        raise BadMethods(f"{name} has unknown settings: {', '.join(unknown)}.")
    if not all(isinstance(entry.get(key, ""), str) for key in TEXTS) or not isinstance(
        entry.get("cpu", False), bool
    ):
        raise BadMethods(f"{name}: {', '.join(TEXTS)} should be text, and cpu true or false.")
    for key in entry.keys() & LIMITS.keys():
        low, high = LIMITS[key]
        kind = int if key in WHOLE else int | float
        if isinstance(entry[key], bool) or not isinstance(entry[key], kind) or not low <= entry[key] <= high:
            raise BadMethods(
                f"{name}: {key} should be a {'whole ' if key in WHOLE else ''}number from {low} to {high}."
            )
    given = next((model for model in MODELS if model.name == name), None)
    if given is None and "pipeline" not in entry:
        raise BadMethods(f'{name} needs the name of a class of diffusers as well: pipeline = "...".')
    return replace(given or DiffusionModel(name, name, "", ""), **entry)
