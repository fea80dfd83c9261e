"""Read a request's body as far as it is allowed, and give it to the application again."""

from starlette.types import Message, Receive

from demo.guard.rules.refusals import Refusal


class Gone(Exception):
    """Report that the client left before its request was complete."""


def declared_length(headers: dict[bytes, bytes]) -> int | None:
    """Return the Content-Length, None where it is not given."""
    text = headers.get(b"content-length", b"")
    return int(text) if text.isdigit() and len(text) < 16 else None


async def read_body(headers: dict[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """Read the whole body. Raises Refusal when it is larger than the limit, Gone when it does not come."""
    if (declared_length(headers) or 0) > limit:
        raise too_large(limit)
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            raise too_large(limit)
    return body


def given_again(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that has the body in one piece, and then what the server says."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def too_large(limit: int) -> Refusal:
    """Make the refusal of a body that is too large."""
    size = f"{limit >> 20} MB" if limit >= 1 << 20 else f"{limit >> 10} kB"
    return Refusal(413, "too_large", f"This is too large: {size} are allowed. Please send less.")
