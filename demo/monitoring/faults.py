"""Tell a fault of ours from nonsense that a client sent."""

import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = tuple(str(ROOT / folder) for folder in ("demo", "model", "study"))
FRAMEWORK = "gradio"


def is_ours(error: BaseException) -> bool:
    """Return True unless the innermost of our own and the framework's lines is one of the framework.

    Gradio checks what a browser sends with exceptions: an unknown component, a missing argument, a file of
    the wrong kind. They end in Gradio's own lines, before or after ours were called.
    """
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(OURS):
            return True
        if f"/{FRAMEWORK}" in frame.filename.replace("\\", "/"):
            return False
    return True


def place(error: BaseException) -> str:
    """Name the kind of an error and the innermost line of it: two of one name have one cause."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {where}"
