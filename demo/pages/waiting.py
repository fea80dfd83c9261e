"""Wait for the tasks of a visitor, and show the place in the line."""

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from demo.guard.rules.visitors import visitor_of
from demo.renders.lane import QueuedTask, TaskFailed
from model import BadImage

SOON = 0.5  # seconds until a visitor who waits reads the place in the line
PULSE = 3.0  # seconds until it is read again; a visitor who left is noticed then
MESSAGE_ERRORS = (BadImage, TaskFailed)  # errors whose text is a message for visitors
# The lanes keep the lines. The queue of Gradio must not hold visitors back, on other pages least of all.
UNQUEUED: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_id": "render",
    "concurrency_limit": None,
}


def visitor(request: gr.Request | None) -> str:
    """Return the name of the visitor who sent a request, in whose line its tasks wait.

    Where no guard names visitors, return the name of the open page.
    """
    if request is None:
        return ""
    scope = getattr(request.request, "scope", None) or {}
    return visitor_of(scope) or str(request.session_hash or "")


async def until_done(queued: QueuedTask) -> AsyncIterator[None]:
    """Yield after SOON, and then every PULSE seconds, until the task is over."""
    within = SOON
    while not await queued.done(within):
        yield
        within = PULSE


def line_position(queued: QueuedTask) -> str:
    """Return as markup how many pictures are processed before this one; "" when none is."""
    before = queued.before
    if not before:
        return ""
    words = "1 picture is before yours." if before == 1 else f"{before} pictures are before yours."
    return f'<p class="notice good" role="status">{words}</p>'
