"""Send what Gradio prints to the log, and show a browser the number of a fault.

Gradio 6.31 prints a traceback for every exception of a handler or of its own checks (queueing.py, routes.py
and route_utils.py call `traceback.print_exc()`), also for a bad request, and sends the browser an empty
"Error". It has no setting for either, so we replace the names in its modules; a test fails when an upgrade
no longer uses them.
"""

import logging
import sys
import traceback
from types import SimpleNamespace

from gradio import queueing, route_utils, routes, utils
from gradio.exceptions import Error

from demo.monitoring.faults import error_location, is_server_fault
from demo.monitoring.request_ids import FAULT, new_number, request_number
from study.records import Unavailable

LOGGER = logging.getLogger("demo.gradio")
NOT_UNDERSTOOD = "The server did not understand what this page sent. Please reload the page."
MODULES = (queueing, route_utils, routes)
Payload = dict[str, bool | str | float | None]


def redirect_gradio_output() -> None:
    """Replace the names in Gradio's modules; a second call changes nothing."""
    logged_traceback = SimpleNamespace(**{**vars(traceback), "print_exc": log_exception})
    for module in MODULES:
        module.traceback = logged_traceback  # type: ignore[attr-defined]
        module.print = log_print  # type: ignore[attr-defined]
    queueing.error_payload = browser_error  # type: ignore[attr-defined]
    utils.error_payload = browser_error


def log_exception(*_args: object, **_options: object) -> None:
    """Log the exception that is being handled, with its traceback for a fault of the server."""
    error = sys.exc_info()[1]
    if error is None:
        return
    if isinstance(error, Unavailable):
        LOGGER.warning("%s", error)
    elif is_server_fault(error):
        LOGGER.error("A handler failed", exc_info=error, extra={"request": fault_number(error)})
    else:
        LOGGER.info("A handler was not called: %s", error_location(error))


def log_print(*values: object, **_options: object) -> None:
    """Log what Gradio prints."""
    LOGGER.info("%s", " ".join(str(value) for value in values).strip())


def browser_error(error: BaseException | None, show_error: bool) -> Payload:
    """Return the error message for a browser: the text of an exception only where it is meant for people."""
    if error is None or isinstance(error, Error) or not isinstance(error, Exception):
        return _gradio_error_payload(error, show_error)
    if isinstance(error, Unavailable):
        text = str(error)
    elif is_server_fault(error):
        text = FAULT.format(number=fault_number(error))
    else:
        text = NOT_UNDERSTOOD
    return {"error": text, "visible": True, "title": "Error", "duration": None}


def fault_number(error: BaseException) -> str:
    """Return the number of a fault: that of the request, or a new one in Gradio's queue."""
    number = getattr(error, "_harmonylab_number", None)
    if number is None:
        number = request_number() if request_number() != "-" else new_number()
        error._harmonylab_number = number  # type: ignore[attr-defined]
    return str(number)


_gradio_error_payload = utils.error_payload
