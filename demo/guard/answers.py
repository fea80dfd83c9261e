"""Send an answer with our headers, and turn an exception of the application into words."""

import errno
import logging
from dataclasses import dataclass

from starlette.types import Message, Send

from demo.guard.headers import Pairs, replaced
from demo.guard.rules.refusals import Refusal, refuse

LOG = logging.getLogger("harmonylab.guard")
NONSENSE = (AttributeError, LookupError, TypeError, ValueError)
JSON = b"application/json"
FAILED = Refusal(500, "failed", "Something went wrong here. Please try again in a moment.")
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass
class Answer:
    """Pass on what the application sends; hold an error of its own back until we know what it was."""

    send: Send
    path: str
    headers: Pairs
    private: bool = False
    lenient: bool = False
    started: bool = False
    held: bool = False

    async def pass_on(self, message: Message) -> None:
        """Pass a message on, with our headers."""
        if message["type"] == "http.response.start":
            message = self._judged(message)
            if self.held:
                return
            self.started = True
            message = {**message, "headers": replaced(list(message["headers"]), self.headers, self.private)}
        if not self.held:
            await self.send(message)

    def _judged(self, message: Message) -> Message:
        """Hold an error back. Gradio answers a call that failed with status 500 and its reason."""
        if message["status"] == 500 and self.lenient and (b"content-type", JSON) in message["headers"]:
            return {**message, "status": 400}
        self.held = message["status"] == 500
        return message

    async def refuse(self, refusal: Refusal) -> None:
        """Refuse the request, unless a part of the answer was sent already."""
        if not self.started:
            self.started = True
            await refuse(refusal, self.path, self.headers, self.send)

    async def empty(self) -> None:
        """Answer with headers alone."""
        await self.pass_on({"type": "http.response.start", "status": 204, "headers": []})
        await self.pass_on({"type": "http.response.body", "body": b""})

    async def close(self) -> None:
        """Answer what the application left: it said that it failed, and not why."""
        if self.held:
            await self.refuse(FAILED)

    async def fail(self, error: Exception) -> None:
        """Answer what a request's nonsense or a full disk caused; pass on what is a fault of ours."""
        refusal = self.explained(error)
        if refusal is None:
            raise error
        LOG.info("%s (%s)", refusal.code, type(error).__name__)
        await self.refuse(refusal)

    def explained(self, error: Exception) -> Refusal | None:
        """Return the refusal for an exception that a request or a full disk caused, None for a fault."""
        # Starlette wraps the refusal of a stream that began already.
        status = getattr(error, "status_code", None) or getattr(error.__cause__, "status_code", 500)
        if isinstance(status, int) and 400 <= status < 500:
            return Refusal(status, "bad_request", "This cannot be answered. Please reload the page.")
        if isinstance(error, OSError) and error.errno in FULL:
            words = "The server cannot keep files now: its disk is full or read-only. Please try again later."
            return Refusal(507, "no_room", words, 60)
        if self.lenient and isinstance(error, NONSENSE):
            return Refusal(400, "bad_request", "This cannot be read. Please reload the page and try again.")
        return None
