"""Send a response with the security headers, and replace exceptions of the application by messages."""

import errno
import logging
from dataclasses import dataclass

from starlette.types import Message, Send

from demo.guard.headers import Pairs, with_our_headers
from demo.guard.rules.refusals import Refusal, send_refusal

LOG = logging.getLogger("harmonylab.guard")
# Gradio raises these for a request that it cannot use.
BAD_REQUEST_ERRORS = (AttributeError, LookupError, TypeError, ValueError)
JSON = b"application/json"
FAILED = Refusal(500, "failed", "Something went wrong on the server. Please try again in a moment.")
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass
class GuardedResponse:
    """Pass on the response of the application with the security headers.

    A response with status 500 is held back; `close` sends our own in its place. `private`: browsers must
    not store the response. `lenient`: the route is one of Gradio's, where exceptions such as ValueError
    come from what the client sent.
    """

    send: Send
    path: str
    headers: Pairs
    private: bool = False
    lenient: bool = False
    started: bool = False
    held: bool = False

    async def pass_on(self, message: Message) -> None:
        """Send an ASGI message of the application, with our headers."""
        if message["type"] == "http.response.start":
            message = self._checked_start(message)
            if self.held:
                return
            self.started = True
            headers = with_our_headers(list(message["headers"]), self.headers, self.private)
            message = {**message, "headers": headers}
        if not self.held:
            await self.send(message)

    def _checked_start(self, message: Message) -> Message:
        """Hold an error back, except for a failed call: Gradio reports its reason with status 500."""
        if message["status"] == 500 and self.lenient and (b"content-type", JSON) in message["headers"]:
            return {**message, "status": 400}
        self.held = message["status"] == 500
        return message

    async def refuse(self, refusal: Refusal) -> None:
        """Send a refusal, unless a part of a response has been sent."""
        if not self.started:
            self.started = True
            await send_refusal(refusal, self.path, self.headers, self.send)

    async def send_empty(self) -> None:
        """Send a response without a body (status 204)."""
        await self.pass_on({"type": "http.response.start", "status": 204, "headers": []})
        await self.pass_on({"type": "http.response.body", "body": b""})

    async def close(self) -> None:
        """Send a response where the application's own was held back."""
        if self.held:
            await self.refuse(FAILED)

    async def fail(self, error: Exception) -> None:
        """Send the refusal for an exception that a request or a full disk caused; raise any other again."""
        refusal = self.refusal_for(error)
        if refusal is None:
            raise error
        LOG.info("%s (%s)", refusal.code, type(error).__name__)
        await self.refuse(refusal)

    def refusal_for(self, error: Exception) -> Refusal | None:
        """Return the refusal for an exception that a request or a full disk caused, None for a fault."""
        # Starlette wraps the refusal of a stream that has begun.
        status = getattr(error, "status_code", None) or getattr(error.__cause__, "status_code", 500)
        if isinstance(status, int) and 400 <= status < 500:
            return Refusal(status, "bad_request", "This request cannot be used. Please reload the page.")
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            text = "The server cannot keep files now: its disk is full or read-only. Please try again later."
            return Refusal(507, "no_room", text, 60)
        if self.lenient and isinstance(error, BAD_REQUEST_ERRORS):
            text = "This request cannot be read. Please reload the page and try again."
            return Refusal(400, "bad_request", text)
        return None
