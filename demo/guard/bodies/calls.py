"""Check the body of a call of one of Gradio's handlers before Gradio reads it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demo.guard.bodies.json_body import bad
from demo.guard.bodies.uploaded_files import UploadFolder

SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
FIELDS = ("data", "event_data", "fn_index", "trigger_id", "session_hash", "simple_format")
# Gradio's own client may send a few values more than a handler has inputs, and Gradio ignores them.
EXTRA_VALUES = 8


@dataclass(frozen=True)
class Handlers:
    """Hold what a client can call.

    inputs: number of input values by function index. named: function index by public name. components: ids
    of the components.
    """

    inputs: Mapping[int, int]
    named: Mapping[str, int]
    components: frozenset[int]


def checked_call(body: Any, handlers: Handlers, folder: UploadFolder, name: str) -> dict[str, Any]:
    """Return the known fields of a checked call. Raises Refusal.

    `name` is the public name of the function, "" where the body names it by its index.
    """
    if not isinstance(body, dict):
        raise bad("Please send a JSON object.")
    folder.check(body)
    if body.get("session_hash") is not None:
        check_session(body["session_hash"])
    _check_form(body)
    _check_data(body.get("data"), handlers.inputs[_index(body, handlers, name)])
    trigger = body.get("trigger_id")
    if trigger is not None and (type(trigger) is not int or trigger not in handlers.components):
        raise bad("There is no such component. Please reload the page.")
    return {field: body[field] for field in FIELDS if body.get(field) is not None}


def _check_form(body: dict[str, Any]) -> None:
    if body.get("batched") or not isinstance(body.get("simple_format", False), bool):
        raise bad("Batches are not accepted.")
    if not isinstance(body.get("event_data"), dict | None):
        raise bad("event_data has to be an object.")


def check_session(text: object) -> None:
    """Check that a session has a plain name: an empty one would stop Gradio's queue. Raises Refusal."""
    if not isinstance(text, str) or not SESSION.fullmatch(text):
        raise bad("The name of the session cannot be used. Please reload the page.")


def _index(body: dict[str, Any], handlers: Handlers, name: str) -> int:
    index = body.get("fn_index")
    if name and index is None:
        index = handlers.named.get(name)
    if type(index) is not int or index not in handlers.inputs:
        raise bad("There is no such function. Please reload the page.")
    return index


def _check_data(data: object, wanted: int) -> None:
    if not isinstance(data, list) or not wanted <= len(data) <= wanted + EXTRA_VALUES:
        raise bad(f"data has to be a list of {wanted} values.")
