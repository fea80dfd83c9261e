"""Show the OpenAPI description of the study API on a page without scripts and without other hosts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

Schema = Mapping[str, Any]
PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
EXAMPLE = """\
S=http://127.0.0.1:7860/api/study/first-look
J='content-type: application/json'
curl -s -X POST $S/enrol -H "$J" -d "{\\"claim\\": \\"$(uuidgen)\\"}"
# {"state":"trial","trial":{"trial":"Xk…","left":"/media/…","right":"/media/…",…},"token":"9f…"}
curl -s -X POST $S/vote -H "$J" -H "authorization: Bearer 9f…" \\
     -d "{\\"trial\\": \\"Xk…\\", \\"choice\\": \\"L\\", \\"uuid\\": \\"$(uuidgen)\\"}"
"""


@dataclass(frozen=True)
class Field:
    """Hold one row of a table: a field of a JSON object."""

    name: str
    kind: str
    needed: bool


@dataclass(frozen=True)
class Table:
    """Hold the fields of a JSON object, with a description."""

    title: str
    words: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Action:
    """Describe one request of the API."""

    verb: str
    path: str
    summary: str
    needs_token: bool
    tables: tuple[Table, ...]


def docs_route(api: FastAPI) -> APIRouter:
    """Build the route /api/docs for an application that is mounted at /api."""
    router = APIRouter()

    @router.get("/api/docs", response_class=HTMLResponse)
    def docs() -> str:
        return docs_page(api.openapi())

    return router


def docs_page(schema: Schema) -> str:
    """Return the page as HTML, every text escaped."""
    actions = [
        _action(schema, verb, path, operation)
        for path, verbs in schema["paths"].items()
        for verb, operation in verbs.items()
    ]
    return PAGES.get_template("docs.html").render(info=schema["info"], actions=actions, example=EXAMPLE)


def _action(schema: Schema, verb: str, path: str, operation: Schema) -> Action:
    tables = []
    if "requestBody" in operation:
        tables.append(_table(schema, "Body", _shape(operation["requestBody"])))
    tables += _responses(schema, operation)
    needs_token = bool(operation.get("security"))
    return Action(verb.upper(), f"/api{path}", operation["summary"], needs_token, tuple(tables))


def _responses(schema: Schema, operation: Schema) -> Iterator[Table]:
    for status, response in operation["responses"].items():
        if status == "200":
            yield _table(schema, "Response", _shape(response))


def _shape(body: Schema) -> Schema:
    shape: Schema = body["content"]["application/json"]["schema"]
    return shape


def _table(schema: Schema, title: str, shape: Schema) -> Table:
    named = _resolved(schema, shape)
    needed = named.get("required", ())
    fields = tuple(
        Field(name, _kind(schema, field), name in needed)
        for name, field in named.get("properties", {}).items()
    )
    return Table(title, named.get("description", ""), fields)


def _resolved(schema: Schema, shape: Schema) -> Schema:
    if "$ref" not in shape:
        return shape
    found: Schema = schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    return found


def _kind(schema: Schema, shape: Schema) -> str:
    """Return the type of a field as text: alternatives, constants, or the fields of an object."""
    if "anyOf" in shape:
        kinds = [_kind(schema, part) for part in shape["anyOf"] if part.get("type") != "null"]
        return " or ".join(kinds)
    if "enum" in shape:
        return " or ".join(map(str, shape["enum"]))
    named = _resolved(schema, shape)
    if named is not shape:
        return "{" + ", ".join(named.get("properties", {})) + "}"
    return str(shape.get("type", "any"))
