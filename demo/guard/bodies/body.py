"""Read a request's body up to a limit, and pass it to the application again."""

from starlette.types import Message, Receive

from demo.guard.rules.refusals import Refusal


class ClientDisconnected(Exception):
    """Report that the client disconnected before its request was complete."""


def declared_length(headers: dict[bytes, bytes]) -> int | None:
    """Return the Content-Length in bytes, None where the header is missing or not a number."""
    text = headers.get(b"content-length", b"")
    return int(text) if text.isdigit() and len(text) < 16 else None


async def read_body(headers: dict[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """Return the whole body, of at most `limit` bytes. Raises Refusal and ClientDisconnected."""
    if (declared_length(headers) or 0) > limit:
        raise too_large(limit)
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            raise too_large(limit)
    return body


def replay_body(body: bytes, receive: Receive) -> Receive:
    """Return an ASGI `receive` that gives the body in one piece, then the messages of the server."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def too_large(limit: int) -> Refusal:
    """Return the refusal of a body that has more than `limit` bytes."""
    size = f"{limit >> 20} MB" if limit >= 1 << 20 else f"{limit >> 10} kB"
    return Refusal(413, "too_large", f"This is too large: {size} are allowed. Please send less.")
