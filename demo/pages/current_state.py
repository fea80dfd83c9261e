"""Read the newest value of a state of an open page, and let its handlers change it one after the other."""

import asyncio
from typing import Any
from weakref import WeakValueDictionary

import gradio as gr

_locks: "WeakValueDictionary[str, asyncio.Lock]" = WeakValueDictionary()


def page_of(request: gr.Request | None) -> str:
    """Return the name of the open page that sent a request; Gradio gives each a random one."""
    return str(request.session_hash or "") if request is not None else ""


def current(state: gr.State, request: gr.Request) -> Any:
    """Return the value of a state of the page as it is now.

    Gradio gives a handler the value from before it started. Another handler may have changed it meanwhile.
    """
    app: Any = getattr(request.request, "app", None)
    return app.state_holder[page_of(request)][state._id]


def one_at_a_time(request: gr.Request) -> asyncio.Lock:
    """Return the lock of a page: handlers that hold it while they change a state follow each other."""
    return _locks.setdefault(page_of(request), asyncio.Lock())
