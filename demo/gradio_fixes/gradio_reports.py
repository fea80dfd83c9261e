"""Put what Gradio prints into the log, and the number of a fault into what a browser is told.

Gradio 6.31 prints a traceback for whatever a handler or its own checks raise (queueing.py, routes.py and
route_utils.py call `traceback.print_exc()`), also for a client's nonsense, and tells the browser an empty
"Error". It has no setting for either, so the names in its modules are replaced; a test fails when an upgrade
no longer uses them.
"""

import logging
import sys
import traceback
from types import SimpleNamespace

from gradio import queueing, route_utils, routes, utils
from gradio.exceptions import Error

from demo.monitoring.faults import is_ours, place
from demo.monitoring.request_ids import FAULT, new_number, request_number
from study.records import Unavailable

LOGGER = logging.getLogger("demo.gradio")
NOT_UNDERSTOOD = "The server did not understand what this page sent. Please reload the page."
MODULES = (queueing, route_utils, routes)
Payload = dict[str, bool | str | float | None]


def tame_gradio() -> None:
    """Replace the names; doing so twice changes nothing."""
    quiet = SimpleNamespace(**{**vars(traceback), "print_exc": write_down})
    for module in MODULES:
        module.traceback = quiet  # type: ignore[attr-defined]
        module.print = write_words  # type: ignore[attr-defined]
    queueing.error_payload = told  # type: ignore[attr-defined]
    utils.error_payload = told


def write_down(*_args: object, **_options: object) -> None:
    """Log the exception that is being handled: with its traceback where the fault is ours."""
    error = sys.exc_info()[1]
    if error is None:
        return
    if isinstance(error, Unavailable):
        LOGGER.warning("%s", error)
    elif is_ours(error):
        LOGGER.error("A handler failed", exc_info=error, extra={"request": number_of(error)})
    else:
        LOGGER.info("A handler was not called: %s", place(error))


def write_words(*words: object, **_options: object) -> None:
    """Log what Gradio prints."""
    LOGGER.info("%s", " ".join(str(word) for word in words).strip())


def told(error: BaseException | None, show_error: bool) -> Payload:
    """Return what a browser is told of an exception: never its own text, unless it was meant for people."""
    if error is None or isinstance(error, Error) or not isinstance(error, Exception):
        return _as_gradio(error, show_error)
    if isinstance(error, Unavailable):
        text = str(error)
    elif is_ours(error):
        text = FAULT.format(number=number_of(error))
    else:
        text = NOT_UNDERSTOOD
    return {"error": text, "visible": True, "title": "Error", "duration": None}


def number_of(error: BaseException) -> str:
    """Return the number of a fault: that of the request, or one of its own in Gradio's queue."""
    kept = getattr(error, "_harmonylab_number", None)
    if kept is None:
        kept = request_number() if request_number() != "-" else new_number()
        error._harmonylab_number = kept  # type: ignore[attr-defined]
    return str(kept)


_as_gradio = utils.error_payload
