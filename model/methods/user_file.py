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
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from model.composite import Composite
from model.methods.diffusion import MODELS, DiffusionModel, harmonize
from model.methods.external import BadMethod, ExternalCommand, command_from, run_command
from model.methods.method import Method
from model.picture import Pixels

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


def methods() -> tuple[Method, ...]:
    """The diffusion models and the programs, with what the user's file says of them.

    Raises BadMethod.
    """
    path = os.environ.get(SETTING)
    own = {entry.name: entry for entry in (read_user_methods(path) if path else ())}
    models = {model.name: model for model in MODELS}
    return tuple(map(_as_method, (models | own).values()))


def _as_method(entry: ExternalCommand | DiffusionModel) -> Method:
    if isinstance(entry, DiffusionModel):
        url = "" if Path(entry.model).is_dir() else f"https://huggingface.co/{entry.model}"
        run, side = partial(harmonize, entry), entry.side
        return Method(
            entry.name, entry.title, 3, entry.licence, run, None, entry.reason, url, True, max_side=side
        )

    def run_program(composite: Composite, stopped: Event | None = None) -> Pixels:
        return run_command(entry, composite, stopped).image

    title = entry.title or entry.name
    method = Method(
        entry.name, title, 2, entry.licence, run_program, None, entry.reason, entry.url, True, False
    )
    return replace(method, run_until=run_program)


def read_user_methods(path: str | Path) -> tuple[ExternalCommand | DiffusionModel, ...]:
    """Read a .toml or .json file with one table per method; folders are relative to it.

    Raises BadMethod.
    """
    path = Path(path)
    try:
        content = _parse(path)
    except OSError as error:
        raise BadMethod(f"{path.name} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # what both parsers raise, and text that is not UTF-8
        raise BadMethod(f"{path.name} is not valid {path.suffix[1:].upper()}: {error}") from None
    if not isinstance(content, dict):
        raise BadMethod(f"{path.name} should hold one table per method.")
    return tuple(_method(name, entry, path.resolve().parent) for name, entry in content.items())


def _parse(path: Path) -> Any:
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    if path.suffix != ".toml" or sys.version_info < (3, 11):
        raise BadMethod(f"{path.name} should end in .json, or in .toml with Python 3.11 or later.")
    import tomllib

    return tomllib.loads(path.read_text(encoding="utf-8"))


def _method(name: str, entry: Any, base: Path) -> ExternalCommand | DiffusionModel:
    if not NAME.fullmatch(name):
        raise BadMethod(f"{name!r} should be a name of small letters, digits, - and _.")
    kinds = entry.keys() & {"command", "model"} if isinstance(entry, Mapping) else set()
    if len(kinds) != 1:
        raise BadMethod(f"{name} needs a line that starts with command = or with model =, and not both.")
    return command_from(name, entry, base) if "command" in kinds else _diffusion(name, entry)


def _diffusion(name: str, entry: Mapping[str, Any]) -> DiffusionModel:
    unknown = sorted(entry.keys() - {*LIMITS, *TEXTS, "cpu"})
    if unknown:
        raise BadMethod(f"{name} has unknown settings: {', '.join(unknown)}.")
    if not all(isinstance(entry.get(key, ""), str) for key in TEXTS) or not isinstance(
        entry.get("cpu", False), bool
    ):
        raise BadMethod(f"{name}: {', '.join(TEXTS)} should be text, and cpu true or false.")
    for key in entry.keys() & LIMITS.keys():
        low, high = LIMITS[key]
        kind = int if key in WHOLE else int | float
        if isinstance(entry[key], bool) or not isinstance(entry[key], kind) or not low <= entry[key] <= high:
            raise BadMethod(
                f"{name}: {key} should be a {'whole ' if key in WHOLE else ''}number from {low} to {high}."
            )
    given = next((model for model in MODELS if model.name == name), None)
    if given is None and "pipeline" not in entry:
        raise BadMethod(f'{name} needs the name of a class of diffusers as well: pipeline = "...".')
    return replace(given or DiffusionModel(name, name, "", ""), **entry)
