"""Turn faults of a `study.toml` into sentences with the line, the key and a remedy."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, ValidationError

NAME = r"[\w.\"' -]+?"  # a table or key in TOML
Place: TypeAlias = Sequence[str | int]  # names of tables and keys, and numbers of entries of lists, from 0


def sentences(name: str, text: str, model: type[BaseModel], error: ValidationError) -> str:
    """Return one line for each fault. name, text: of the file; model: of the whole file."""
    lines = text.splitlines()
    return "\n".join(_sentence(name, lines, model, fault) for fault in error.errors())


def faults_of(model: type[BaseModel], error: ValidationError) -> list[tuple[str, str]]:
    """Return the key of each fault, such as "trials.votes", and what is wrong as a sentence."""
    found = (_place_and_fault(model, fault) for fault in error.errors())
    return [(".".join(_names(place)), f"{problem[:1].upper()}{problem[1:]}.") for place, problem in found]


def _sentence(name: str, lines: list[str], model: type[BaseModel], fault: Any) -> str:
    """Return a fault as a sentence: file, line, key, what is wrong, and the key that may be meant."""
    place, problem = _place_and_fault(model, fault)
    line = _line_of(lines, place)
    where = f"{name}, line {line}" if line else name
    return f"{where}: {'.'.join(_names(place))}: {problem}{'' if problem.endswith('?') else '.'}"


def _names(place: Place) -> list[str]:
    return [part for part in place if isinstance(part, str)]


def _place_and_fault(model: type[BaseModel], fault: Any) -> tuple[list[str | int], str]:
    """Return the table and key of a fault, and what is wrong with them."""
    place = [part for part in fault["loc"] if part not in ("[key]", "str", "int", "float")]
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "value_error" and ": " in message:  # faults of ours begin with the key
        key, problem = message.split(": ", 1)
        return [*(place[:-1] if place[-1:] == [key] else place), *key.split(".")], problem
    return place, _wrong(model, fault["type"], place, fault["input"], message)


def _wrong(model: type[BaseModel], kind: str, place: Place, found: Any, message: str) -> str:
    """Return what is wrong, by another text than pydantic's where that does not help."""
    names = _names(place)
    match kind:
        case "extra_forbidden":
            return f"there is no such {'key' if len(names) > 1 else 'table'}{_suggestion(model, names)}"
        case "missing":
            return "is missing"
        case "list_type" if len(names) == 1:
            return f"should be tables, each with the head [[{names[0]}]]"
        case "model_type":
            return f"should be a table, [{'.'.join(names)}]"
        case "string_pattern_mismatch" if names[-1] in ("key", "slug"):
            signs = "hyphens" if names[-1] == "slug" else "_"
            return f"should be small letters, digits and {signs}, but is {found!r}"
        case "string_pattern_mismatch" if names[0] == "texts":
            return f"should be a language in two or three small letters, such as de, but is {found!r}"
        case "string_pattern_mismatch":
            return f"has letters that cannot be used, but is {found!r}"
    return f"{message[0].lower()}{message[1:]}, but is {found!r}"


def _suggestion(model: type[BaseModel], names: list[str]) -> str:
    """Return a similar name as a question, else all names."""
    part = model
    for name in names[:-1]:
        if name in part.model_fields:  # otherwise the language of a table of texts
            part = next(_models_in(part.model_fields[name].annotation), part)
    near = difflib.get_close_matches(names[-1], part.model_fields, n=1)
    return f"; did you mean {near[0]}?" if near else f": known are {', '.join(part.model_fields)}"


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the tables in the type of a key, such as those of a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _line_of(lines: list[str], place: Place) -> int | None:
    """Return the number of the line with a key, else of its table; None where neither is in the file."""
    table: list[str | int] = []
    counts: dict[str, int] = {}
    found, depth = None, 0
    for number, line in enumerate(lines, start=1):
        head = re.match(rf"\s*(\[+)\s*({NAME})\s*\]", line)
        key = re.match(rf"\s*({NAME})\s*=", line)
        if head:
            table = _table(head[2], counts, repeated=head[1] == "[[")
        written = table if head else [*table, *_parts(key[1])] if key else []
        same = _common(written, place)
        if same > depth and same == min(len(written), len(place)):
            found, depth = number, same
    return found


def _table(name: str, counts: dict[str, int], *, repeated: bool) -> list[str | int]:
    """Return the place of a table; those with the head [[name]], and tables in them, have a number."""
    first, *others = _parts(name)
    if repeated and not others:
        counts[first] = counts.get(first, -1) + 1
    return [first, *([counts[first]] if first in counts else []), *others]


def _common(written: Place, place: Place) -> int:
    """Return the number of leading names and numbers that are equal."""
    same = 0
    for one, other in zip(written, place, strict=False):
        if one != other:
            break
        same += 1
    return same


def _parts(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]
