"""Say no in words: one exception, one answer, one count."""

import json
from dataclasses import dataclass

from starlette.types import Send

from demo.monitoring.metrics import REFUSALS

API = "/api/"
UPLOAD = "/gradio_api/upload"


@dataclass(eq=False)  # not frozen: Python writes the traceback into an exception
class Refusal(Exception):
    """Refuse a request: `words` say what to do, `code` is for programs, `wait` are seconds to wait."""

    status: int
    code: str
    words: str
    wait: int = 0

    def body(self, path: str) -> bytes:
        """Write the answer as the caller of this path expects errors: our API, or Gradio."""
        if path == UPLOAD:
            return self.words.encode()  # Gradio's page shows this answer as it is
        if path.startswith(API):
            return json.dumps({"error": {"code": self.code, "message": self.words}}).encode()
        return json.dumps({"detail": self.words}).encode()


async def refuse(refusal: Refusal, path: str, ours: list[tuple[bytes, bytes]], send: Send) -> None:
    """Send the answer and count it."""
    REFUSALS.labels(refusal.code).inc()
    body = refusal.body(path)
    headers = [
        (b"content-type", b"text/plain; charset=utf-8" if path == UPLOAD else b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        # What is left of the request's body is not read.
        (b"connection", b"close"),
    ]
    if refusal.wait:
        headers.append((b"retry-after", str(refusal.wait).encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers + ours})
    await send({"type": "http.response.body", "body": body})
