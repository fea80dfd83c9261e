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
from typing import Any

from model.methods.common.external import BadMethod, ExternalCommand, command_from, run_and_lift
from model.methods.common.method import Method
from model.methods.diffusion import MODELS, DiffusionModel, harmonize, predict

SETTING = "HARMONY_METHODS"
SUFFIXES = (".json", ".toml") if sys.version_info >= (3, 11) else (".json",)
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
COMMAND = {"command", "title", "licence", "url", "folder", "timeout", "max_side"}
MODEL = {"model", "pipeline", "title", "licence", "prompt", "cpu", "paste",
         "seed", "steps", "strength", "guidance", "side", "memory"}  # fmt: skip
FLAGS = {"cpu", "paste"}
WHOLE = {"seed", "steps", "side", "max_side"}
LIMITS = {
    "timeout": (0.1, 86_400),
    "max_side": (64, 100_000),
    "seed": (0, 2**63 - 1),
    "steps": (1, 1000),
    "strength": (0.01, 1),
    "guidance": (0, 100),
    "side": (64, 4096),
    "memory": (0, 1000),
}  # every other setting is text


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
        return Method(
            name=entry.name,
            title=entry.title,
            tier=3,
            licence=entry.licence,
            run=partial(harmonize, entry),
            predict=None if entry.paste else partial(predict, entry),
            reason=entry.reason,
            url="" if Path(entry.model).is_dir() else f"https://huggingface.co/{entry.model}",
            optional=True,
            max_side=entry.side,
        )
    return Method(
        name=entry.name,
        title=entry.title or entry.name,
        tier=2,
        licence=entry.licence,
        run=partial(run_and_lift, entry),
        reason=entry.reason,
        url=entry.url,
        optional=True,
        deterministic=False,
        max_side=entry.max_side,
        run_until=partial(run_and_lift, entry),
    )


def read_user_methods(path: str | Path) -> tuple[ExternalCommand | DiffusionModel, ...]:
    """Read a .toml or .json file with one table per method; folders are relative to it.

    Raises BadMethod.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise BadMethod(f"{path.name} should end in .json, or in .toml with Python 3.11 or later.")
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
    text = path.read_text(encoding="utf-8")
    if sys.version_info < (3, 11) or path.suffix == ".json":
        return json.loads(text)
    import tomllib

    return tomllib.loads(text)


def _method(name: str, entry: Any, base: Path) -> ExternalCommand | DiffusionModel:
    if not NAME.fullmatch(name):
        raise BadMethod(f"{name!r} should be a name of small letters, digits, - and _.")
    kinds = entry.keys() & {"command", "model"} if isinstance(entry, Mapping) else set()
    if len(kinds) != 1:
        raise BadMethod(f"{name} needs a line that starts with command = or with model =, and not both.")
    known = COMMAND if "command" in kinds else MODEL
    unknown = sorted(entry.keys() - known)
    if unknown:
        raise BadMethod(f"{name} has unknown settings: {', '.join(unknown)}.")
    for key, value in entry.items():
        wanted = _wanted(key, value)
        if wanted:
            raise BadMethod(f"{name}: {key} should be {wanted}.")
    return command_from(name, entry, base) if known is COMMAND else _diffusion(name, entry)


def _diffusion(name: str, entry: Mapping[str, Any]) -> DiffusionModel:
    given = next((model for model in MODELS if model.name == name), None)
    if given is None and "pipeline" not in entry:
        raise BadMethod(f'{name} needs the name of a class of diffusers as well: pipeline = "...".')
    return replace(given or DiffusionModel(name, name, "", ""), **entry)


def _wanted(key: str, value: Any) -> str | None:
    """What a setting should be, where it is something else."""
    if key in FLAGS:
        return None if isinstance(value, bool) else "true or false"
    if key not in LIMITS:
        return None if isinstance(value, str) else "text"
    low, high = LIMITS[key]
    number = type(value) is int or (type(value) is float and key not in WHOLE)
    if number and low <= value <= high:
        return None
    return f"a {'whole ' if key in WHOLE else ''}number from {low} to {high}"
