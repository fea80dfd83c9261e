"""What a person who waits is told, and whose turn it is."""

from typing import Any

import gradio as gr

from demo.guard.visitors import visitor_of
from demo.renders.lane import NotDone, Ticket
from model import BadImage

PULSE = 3.0  # seconds between two looks at the line; a visitor who left is noticed then
WORDS = (BadImage, NotDone)  # errors whose text is for people
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


def place_of(ticket: Ticket) -> str:
    """Say how many pictures come first; "" when none does."""
    before = ticket.before
    if not before:
        return ""
    words = "1 picture is before yours." if before == 1 else f"{before} pictures are before yours."
    return f'<p class="notice good" role="status">{words}</p>'
