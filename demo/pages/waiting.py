"""What a person who waits is told, and whose turn it is."""

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from demo.guard.rules.visitors import visitor_of
from demo.renders.lane import QueuedTask, TaskFailed
from model import BadImage

SOON = 0.5  # seconds until somebody who waits reads the place in the line
PULSE = 3.0  # seconds until it is read again; a visitor who left is noticed then
WORDS = (BadImage, TaskFailed)  # errors whose text is for people
# The lanes keep the lines: Gradio's own queue must not hold anybody back, other pages least of all.
UNQUEUED: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_id": "render",
    "concurrency_limit": None,
}


def visitor(request: gr.Request | None) -> str:
    """Return whose turn it is to count: the visitor's name, or the open page where no guard gives names."""
    if request is None:
        return ""
    scope = getattr(request.request, "scope", None) or {}
    return visitor_of(scope) or str(request.session_hash or "")


async def until_done(ticket: QueuedTask) -> AsyncIterator[None]:
    """Yield after SOON, and then every PULSE seconds, until the task is over."""
    within = SOON
    while not await ticket.done(within):
        yield
        within = PULSE


def place_of(ticket: QueuedTask) -> str:
    """Say how many pictures come first; "" when none does."""
    before = ticket.before
    if not before:
        return ""
    words = "1 picture is before yours." if before == 1 else f"{before} pictures are before yours."
    return f'<p class="notice good" role="status">{words}</p>'
