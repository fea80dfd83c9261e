"""Refuse a request with a message: one exception, one response, one count."""

import json
from dataclasses import dataclass

from starlette.types import Send

from demo.monitoring.metrics import REFUSALS

API = ("/api/", "/organizer/api/")
WORKBENCH = "/api/workbench"
UPLOAD = "/gradio_api/upload"


@dataclass(eq=False)  # not frozen: Python writes the traceback into an exception
class Refusal(Exception):
    """Refuse a request with an HTTP status.

    `code` is for programs, `message` tells a person what to do, `wait` is the time in seconds after which
    another try makes sense (0: not stated).
    """

    status: int
    code: str
    message: str
    wait: int = 0

    def body(self, path: str) -> bytes:
        """Return the body in the form that the caller of this path expects: of our APIs, or of Gradio."""
        if path == UPLOAD:
            return self.message.encode()  # Gradio's page shows this body as it is
        if path.startswith(WORKBENCH):
            return json.dumps({"message": self.message}).encode()
        if path.startswith(API):
            return json.dumps({"error": {"code": self.code, "message": self.message}}).encode()
        return json.dumps({"detail": self.message}).encode()


async def send_refusal(refusal: Refusal, path: str, ours: list[tuple[bytes, bytes]], send: Send) -> None:
    """Send the response of a refusal, with our headers, and count it."""
    REFUSALS.labels(refusal.code).inc()
    body = refusal.body(path)
    headers = [
        (b"content-type", b"text/plain; charset=utf-8" if path == UPLOAD else b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        # The rest of the request's body is not read.
        (b"connection", b"close"),
    ]
    if refusal.wait:
        headers.append((b"retry-after", str(refusal.wait).encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers + ours})
    await send({"type": "http.response.body", "body": body})
