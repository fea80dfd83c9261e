"""Distinguish a fault of the server from an exception that a bad request caused."""

import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUR_FOLDERS = tuple(str(ROOT / folder) for folder in ("demo", "model", "study"))
FRAMEWORK = "gradio"


def is_server_fault(error: BaseException) -> bool:
    """Return False if Gradio raised the exception while it checked what a browser sent.

    Gradio reports an unknown component, a missing argument or a file of the wrong kind by exceptions. Their
    traceback has a line of Gradio further in than every line of our own code. All other exceptions are
    faults of the server.
    """
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(OUR_FOLDERS):
            return True
        if f"/{FRAMEWORK}" in frame.filename.replace("\\", "/"):
            return False
    return True


def error_location(error: BaseException) -> str:
    """Return the class of an exception and its innermost line; equal texts stand for the same cause."""
    frames = traceback.extract_tb(error.__traceback__)
    line = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {line}"
