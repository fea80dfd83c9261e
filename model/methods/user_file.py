"""Read the user's own methods, and other settings of the diffusion models, from one file.

    [dccf]
    command = "python run.py --in {composite} --mask {mask} --out {out}"
    folder = "../DCCF"

    [sd_inpaint]
    model = "/models/sd15-inpainting"
    steps = 50

The file belongs to the person who runs the software: no request over the network can change it.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import Required, TypedDict

from model.methods.common.external import BadMethod, ExternalCommand, command_from, run_at_full_size
from model.methods.common.method import Method
from model.methods.diffusion import MODELS, DiffusionModel, harmonize, predict

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SETTING = "HARMONY_METHODS"
PARSERS = {".json": json.loads, ".toml": tomllib.loads}
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
STRICT = ConfigDict(extra="forbid", strict=True)


def _between(low: float, high: float, kind: str = "number") -> Any:
    """Return the limits of a number, and the words that a message uses for them."""
    return Field(ge=low, le=high, description=f"a {kind} from {low} to {high}")


WHOLE = "whole number"
Text = Annotated[str, Field(description="text")]
Flag = Annotated[bool, Field(description="true or false")]


class CommandTable(TypedDict, total=False):
    """Hold the settings given for a program."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    command: Required[Text]
    title: Text
    licence: Text
    url: Text
    folder: Text
    timeout: Annotated[float, _between(0.1, 86_400)]
    max_side: Annotated[int, _between(64, 100_000, WHOLE)]


class ModelTable(TypedDict, total=False):
    """Hold the settings given for a diffusion model."""

    __pydantic_config__ = STRICT  # type: ignore[misc]

    model: Required[Text]
    pipeline: Text
    title: Text
    licence: Text
    prompt: Text
    cpu: Flag
    paste: Flag
    seed: Annotated[int, _between(0, 2**63 - 1, WHOLE)]
    steps: Annotated[int, _between(1, 1000, WHOLE)]
    strength: Annotated[float, _between(0.01, 1)]
    guidance: Annotated[float, _between(0, 100)]
    side: Annotated[int, _between(64, 4096, WHOLE)]
    memory: Annotated[float, _between(0, 1000)]


COMMAND, MODEL = TypeAdapter(CommandTable), TypeAdapter(ModelTable)


def methods() -> tuple[Method, ...]:
    """Return the diffusion models and the programs, with the settings of the user's file.

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
        run=partial(run_at_full_size, entry),
        reason=entry.reason,
        url=entry.url,
        optional=True,
        deterministic=False,
        max_side=entry.max_side,
        run_until=partial(run_at_full_size, entry),
    )


def read_user_methods(path: str | Path) -> tuple[ExternalCommand | DiffusionModel, ...]:
    """Read a .toml or .json file with one table per method; the folders in it are relative to its own.

    Raises BadMethod.
    """
    path = Path(path)
    if path.suffix not in PARSERS:
        raise BadMethod(f"{path.name} should end in .json or .toml.")
    try:
        content: Any = PARSERS[path.suffix](path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadMethod(f"{path.name} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # both parsers raise it, also for text that is not UTF-8
        raise BadMethod(f"{path.name} is not valid {path.suffix[1:].upper()}: {error}") from None
    if not isinstance(content, dict):
        raise BadMethod(f"{path.name} should hold one table per method.")
    return tuple(_method(name, entry, path.resolve().parent) for name, entry in content.items())


def _method(name: str, entry: Any, base: Path) -> ExternalCommand | DiffusionModel:
    if not NAME.fullmatch(name):
        raise BadMethod(f"{name!r} should be a name of small letters, digits, - and _.")
    kinds = entry.keys() & {"command", "model"} if isinstance(entry, Mapping) else set()
    if len(kinds) != 1:
        raise BadMethod(f"{name} needs a line that starts with command = or with model =, and not both.")
    if "command" in kinds:
        return command_from(name, _checked(COMMAND, name, entry), base)
    return _diffusion(name, _checked(MODEL, name, entry))


def _checked(table: TypeAdapter[Any], name: str, entry: Any) -> Mapping[str, Any]:
    """Return the settings of a table. Raises BadMethod with all unknown settings, or the first wrong one."""
    try:
        settings: Mapping[str, Any] = table.validate_python(entry)
    except ValidationError as failure:
        errors = failure.errors()
        unknown = sorted(str(error["loc"][0]) for error in errors if error["type"] == "extra_forbidden")
        if unknown:
            raise BadMethod(f"{name} has unknown settings: {', '.join(unknown)}.") from None
        key = str(errors[0]["loc"][0])
        expected = table.json_schema()["properties"][key]["description"]
        raise BadMethod(f"{name}: {key} should be {expected}.") from None
    return settings


def _diffusion(name: str, settings: Mapping[str, Any]) -> DiffusionModel:
    known = next((model for model in MODELS if model.name == name), None)
    if known is None and "pipeline" not in settings:
        raise BadMethod(f'{name} needs the name of a class of diffusers as well: pipeline = "...".')
    return replace(known or DiffusionModel(name, name, "", ""), **settings)
