"""Check the body of each kind of request, and return the body that the application may read."""

import json
from dataclasses import dataclass
from typing import Any

from demo.guard.bodies.calls import Handlers, check_session, checked_call
from demo.guard.bodies.json_body import bad, read_json
from demo.guard.bodies.uploaded_files import UploadFolder
from demo.guard.rules.routes import Kind, Route

KILOBYTE = 1 << 10
MAX_BYTES = {
    Kind.API: 16 * KILOBYTE,
    # Its routes limit a document to less; a look-up table of another program is large.
    Kind.WORKBENCH: 8 * 1024 * KILOBYTE,
    Kind.ORGANIZER: 64 * KILOBYTE,
    Kind.CANCEL: 4 * KILOBYTE,
    Kind.CALL: 1024 * KILOBYTE,
    # An MCP assistant sends pictures as base64 text in JSON.
    Kind.MCP: 32 * 1024 * KILOBYTE,
}


@dataclass(frozen=True)
class BodyCheck:
    """Check bodies against the handlers that exist and the files in the upload folder."""

    handlers: Handlers
    folder: UploadFolder

    def checked(self, route: Route, raw: bytes) -> bytes:
        """Return the body to pass on. Raises Refusal.

        JSON is written again from the checked values, so that Gradio cannot read other values than we did.
        """
        if route.kind in (Kind.ORGANIZER, Kind.WORKBENCH) or (route.kind is Kind.API and not raw):
            return raw
        body = read_json(raw)
        if route.kind is Kind.CALL:
            body = self._call(route.name, body)
        elif route.kind is Kind.CANCEL:
            _check_cancel(body)
        elif route.kind is Kind.MCP:
            self._check_tool_call(body)
        return json.dumps(body).encode()

    def _call(self, name: str, body: Any) -> dict[str, Any]:
        if name.startswith("v2:"):
            return self._call_by_names(name[3:], body)
        return checked_call(body, self.handlers, self.folder, name)

    def _call_by_names(self, name: str, body: Any) -> dict[str, Any]:
        """Check a public call of the second form, in which the values have names."""
        if not isinstance(body, dict) or name not in self.handlers.named:
            raise bad("There is no such function. See /gradio_api/info.")
        self.folder.check(body)
        return body

    def _check_tool_call(self, body: Any) -> None:
        self.folder.check(body)
        for message in body if isinstance(body, list) else [body]:
            params = message.get("params") if isinstance(message, dict) else None
            given = params.get("arguments") if isinstance(params, dict) else None
            values = given.values() if isinstance(given, dict) else ()
            if any(isinstance(value, str) and value.startswith(("http:", "https:")) for value in values):
                # Otherwise every client could make this server send requests to other servers.
                raise bad("Pictures are not fetched from URLs: send them as data:image/png;base64,…")


def _check_cancel(body: Any) -> None:
    if not isinstance(body, dict):
        raise bad("Please send a JSON object.")
    for name in ("session_hash", "event_id"):
        if name in body:
            check_session(body[name])
    index = body.get("fn_index", 0)
    if not isinstance(index, int) or isinstance(index, bool):
        raise bad("fn_index has to be a number.")
