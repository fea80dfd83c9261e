"""Give every request a number, write down those that failed, and answer a fault of ours in words.

The number stands in the header X-Request-ID, in the log, and in the words that people read, so that an
organizer finds what a participant tells of. One that a stranger sends along is not taken over.
"""

import json
import logging
import secrets
import time
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.monitoring.faults import is_ours, place
from study.records import Unavailable

LOGGER = logging.getLogger(__name__)
SCOPE_KEY = "harmonylab.request"
FAULT = "Something went wrong on the server. Please tell the organizer this number: {number}"
# Only these first parts of a path are written down: others may be a token, or what a stranger types.
KNOWN = frozenset(
    (
        *("api", "assets", "compare", "config", "gradio_api", "harmonize", "healthz", "media", "metrics"),
        *("organizer", "readyz", "results", "static", "study", "theme.css", "view"),
    )
)
_number: ContextVar[str] = ContextVar("harmonylab_request", default="-")


def request_number() -> str:
    """Return the number of the request that is being answered, "-" outside of one."""
    return _number.get()


def new_number() -> str:
    """Return a number short enough to be told on the telephone."""
    return secrets.token_hex(5)


class RequestIds:
    """Pure ASGI middleware; has to be the outermost one, so that it sees what all others raise."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = new_number()
        scope[SCOPE_KEY] = number
        token = _number.set(number)
        answer = _Answer(send, number)
        started = time.monotonic()
        try:
            await self.app(scope, receive, answer.send)
        except Exception as error:
            _write_down(error)
            if answer.started:
                raise  # the server breaks off the connection: half an answer must not look whole
            answer.fail(error)
        finally:
            await answer.finish()
            _note(scope, answer.status, time.monotonic() - started)
            _number.reset(token)


class _Answer:
    """Pass an answer on with its number; hold back what a framework says of a fault in bare text."""

    def __init__(self, send: Send, number: str) -> None:
        self._send = send
        self._number = number
        self._words: tuple[int, str, str] | None = None
        self.started = False
        self.status = 0

    def fail(self, error: Exception | None = None) -> None:
        """Answer in words in the end: those of an outage, or where the fault is ours its number."""
        if isinstance(error, Unavailable):
            self._words = 503, "unavailable", str(error)
        else:
            self._words = 500, "internal", FAULT.format(number=self._number)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.status == 500 and not _is_json(message):
                self.fail()
            else:
                self.started = True
                headers = [*message.get("headers", ()), (b"x-request-id", self._number.encode())]
                message = {**message, "headers": headers}
        if self._words is None:
            await self._send(message)

    async def finish(self) -> None:
        """Answer in words where a fault left no answer."""
        if self._words is None:
            return
        self.status, code, message = self._words
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


def _write_down(error: Exception) -> None:
    """Log a fault of ours with its traceback; what a framework says of a client's nonsense without."""
    if isinstance(error, Unavailable):
        LOGGER.warning("%s", error)
    elif is_ours(error):
        LOGGER.error("A request failed", exc_info=error)
    else:
        LOGGER.warning("A request was not understood: %s", place(error))


def _note(scope: Scope, status: int, seconds: float) -> None:
    """Write one line about a request that was refused or failed: no address, no query, no token."""
    if status < 400:
        return
    first = scope["path"].strip("/").partition("/")[0]
    route = f"/{first}" if first in KNOWN or not first else "/other"
    LOGGER.info("%s %s answered %d after %d ms", _method(scope), route, status, 1000 * seconds)


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH") else "OTHER"
