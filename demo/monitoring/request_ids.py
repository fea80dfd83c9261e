"""Give every request a number, log the failed ones, and send a message for a fault of the server.

The number is in the header X-Request-ID, in the log, and in the message that people read, so that an
organizer finds the log record of a fault that a participant reports. A number that a client sends is
ignored.
"""

import json
import logging
import secrets
import time
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.monitoring.faults import error_location, is_server_fault
from study.records import Unavailable

LOGGER = logging.getLogger(__name__)
SCOPE_KEY = "harmonylab.request"
FAULT = "Something went wrong on the server. Please tell the organizer this number: {number}"
# Only these first parts of a path are logged: others may be a token, or text that a client typed.
KNOWN = frozenset(
    (
        *("api", "assets", "compare", "config", "gradio_api", "harmonize", "healthz", "media", "metrics"),
        *("organizer", "readyz", "results", "static", "study", "theme.css", "view"),
    )
)
NUMBER: ContextVar[str] = ContextVar("harmonylab_request", default="-")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


def request_number() -> str:
    """Return the number of the request that is being processed, "-" outside of a request."""
    return NUMBER.get()


def new_number() -> str:
    """Return a random number of ten hexadecimal digits, short enough to be read out on the telephone."""
    return secrets.token_hex(5)


class RequestIds:
    """Number requests as ASGI middleware; it has to be the outermost one to catch all exceptions."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = new_number()
        scope[SCOPE_KEY] = number
        token = NUMBER.set(number)
        response = _NumberedResponse(send, number)
        started = time.monotonic()
        try:
            await self.app(scope, receive, response.send)
        # The outermost boundary: every exception is logged, and becomes a message.
        except Exception as error:
            _log_error(error)
            if response.started:
                raise  # the server closes the connection: a partial response must not look complete
            response.fail(error)
        finally:
            await response.finish()
            _log_failed_request(scope, response.status, time.monotonic() - started)
            NUMBER.reset(token)


class _NumberedResponse:
    """Pass on a response with its number; replace a framework's plain text for a fault by a message."""

    def __init__(self, send: Send, number: str) -> None:
        self._send = send
        self._number = number
        self._failure: tuple[int, str, str] | None = None
        self.started = False
        self.status = 0

    def fail(self, error: Exception | None = None) -> None:
        """Choose the message that `finish` sends: that of an outage, or one with the number of the fault."""
        if isinstance(error, Unavailable):
            self._failure = 503, "unavailable", str(error)
        else:
            self._failure = 500, "internal", FAULT.format(number=self._number)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.status == 500 and not _is_json(message):
                self.fail()
            else:
                self.started = True
                headers = [*message.get("headers", ()), (b"x-request-id", self._number.encode())]
                message = {**message, "headers": headers}
        if self._failure is None:
            await self._send(message)

    async def finish(self) -> None:
        """Send the message where a fault left no response."""
        if self._failure is None:
            return
        self.status, code, message = self._failure
        body = json.dumps({"error": {"code": code, "message": message}}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-request-id", self._number.encode()),
        ]
        await self._send({"type": "http.response.start", "status": self.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _is_json(message: Message) -> bool:
    headers = {name.lower(): value for name, value in message.get("headers", ())}
    return bool(headers.get(b"content-type", b"").startswith(b"application/json"))


def _log_error(error: Exception) -> None:
    """Log a fault of the server with its traceback, and an exception that a bad request caused without."""
    if isinstance(error, Unavailable):
        LOGGER.warning("%s", error)
    elif is_server_fault(error):
        LOGGER.error("A request failed", exc_info=error)
    else:
        LOGGER.warning("A request was not understood: %s", error_location(error))


def _log_failed_request(scope: Scope, status: int, seconds: float) -> None:
    """Log one line for a request that was refused or failed: no address, no query, no token."""
    if status < 400:
        return
    first = scope["path"].strip("/").partition("/")[0]
    route = f"/{first}" if first in KNOWN or not first else "/other"
    method = scope["method"] if scope["method"] in METHODS else "OTHER"
    LOGGER.info("%s %s answered %d after %d ms", method, route, status, 1000 * seconds)
