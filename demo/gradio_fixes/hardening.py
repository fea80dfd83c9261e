"""Close what Gradio leaves open when it is mounted, and list for the guard what can be called.

Upstream faults (Gradio 6.31; tests/demo/guard/test_gradio_faults.py fails when one is fixed):
- `gr.mount_gradio_app` never sets `Blocks.has_launched`, and without it `_check_allowed` allows every file.
- After a handler, everything under the working directory and the temporary directory may be copied to the
  cache: a handler that returns a value of a browser unchanged discloses such a file.
- The MCP server calls its own tools through the host that the first request named, and keeps that host.
- /config contains the memory address of a function of every state.
- Every new session keeps a copy of the pages' configuration (170 kB), for up to 10,000 sessions: see
  demo/gradio_fixes/small_sessions.py.
"""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.block_function import BlockFunction
from gradio.exceptions import Error
from gradio.routes import App
from gradio.utils import get_upload_folder
from starlette.routing import Mount

from demo.gradio_fixes.restarting_queue import RestartingQueue
from demo.gradio_fixes.small_sessions import SmallSessions
from demo.guard.bodies.calls import Handlers
from demo.guard.bodies.uploaded_files import UploadFolder

SESSIONS = 1000


def harden(pages: App, own_address: str, blocked: list[Path]) -> tuple[Handlers, UploadFolder]:
    """Close the mounted pages; return the handlers and the upload folder that the guard allows.

    pages: what `served_pages` returns. own_address: URL at which this machine reaches the server.
    blocked: files and folders that Gradio must never send.
    """
    quiet_libraries()
    blocks = pages.get_blocks()
    blocks._queue = RestartingQueue.in_place_of(blocks._queue)
    blocks.has_launched = True
    blocks.blocked_paths = [str(path) for path in blocked]
    pages.state_holder = SmallSessions.in_place_of(blocks, SESSIONS)
    if blocks.mcp_server_obj is not None:
        blocks.mcp_server_obj._local_url = own_address
    setattr(blocks, "postprocess_data", _without_files(blocks.postprocess_data))  # noqa: B010
    for component in blocks.config["components"]:
        component["props"].pop("delete_callback", None)
    return handlers_of(blocks), UploadFolder.at(Path(get_upload_folder()))


def handlers_of(blocks: gr.Blocks) -> Handlers:
    """Return the handlers that can be called, without events that only run in the browser."""
    usable = {index: fn for index, fn in blocks.fns.items() if fn.fn is not None}
    return Handlers(
        inputs={index: len(fn.inputs) for index, fn in usable.items()},
        named={str(fn.api_name): index for index, fn in usable.items() if fn.api_visibility == "public"},
        components=frozenset(blocks.blocks) | {blocks._id},
    )


def has_file(value: Any) -> bool:
    """Return True if a value contains the description of a file, which Gradio would copy, at any depth."""
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if "path" in part and "meta" in part:
                return True
            pending.extend(part.values())
        elif isinstance(part, list | tuple):
            pending.extend(part)
    return False


def _without_files(postprocess: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def checked(block_fn: BlockFunction | int, predictions: Any, state: Any) -> Any:
        # Our handlers return paths of results as text: such a description can only come from a browser.
        if has_file(predictions):
            raise Error("This cannot be shown.", print_exception=False)
        return await postprocess(block_fn, predictions, state)

    return checked


def quiet_libraries() -> None:
    """Keep long reports of libraries about bad requests out of the log."""
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    logging.getLogger("mcp").setLevel(logging.ERROR)
    root = logging.getLogger()
    if _is_useful not in root.filters:
        root.addFilter(_is_useful)


def _is_useful(record: logging.LogRecord) -> bool:
    # The MCP library writes 30 lines for each message that it does not understand, to the root logger.
    return record.name != "root" or record.module != "session"


def served_pages(app: FastAPI) -> App:
    """Return the application of Gradio that `gr.mount_gradio_app` mounted in this one.

    `Blocks.app` is another one, which answers no request.
    """
    mounted = (route.app for route in app.routes if isinstance(route, Mount))
    return next(pages for pages in mounted if isinstance(pages, App))
