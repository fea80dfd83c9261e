"""Write the log: one record a line, in key=value, without personal data and without floods.

A value is quoted as JSON where it has spaces, so that the lines of a traceback stay on one line.
"""

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

from demo.monitoring.faults import place
from demo.monitoring.repeats import Repeats
from demo.monitoring.request_ids import request_number

BYTES_A_FILE = 10_000_000
OLD_FILES = 5
PLAIN = re.compile(r"[^\s\"=\\]+")
# What exceptions of others quote: values of a statement, a row that was refused, what a client typed.
PRIVATE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[parameters: .*?\](?=\s|$)", re.DOTALL), "[parameters left out]"),
    (re.compile(r"DETAIL:[^\n]*"), "DETAIL left out"),
    (re.compile(r"(?<=[\w/])\?[^\s\"'>)]+"), "?…"),
    (re.compile(r"://[^\s/@]+@"), "://…@"),
    (re.compile(r"(?<![\w.])(?!127\.|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"), "address"),
    (re.compile(r"(?<![\w:])(?=[0-9A-Fa-f:]*::)[0-9A-Fa-f:]{6,45}(?![\w:])"), "address"),
    (re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}(?![\w:])"), "address"),
    (re.compile(r"(?<![\w/.-])(?=[\w-]*\d[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}(?![\w/.-])"), "token"),
)
OURS = ("demo", "model", "study")


def without_private(text: str) -> str:
    """Replace addresses, tokens, query strings and values of statements."""
    for pattern, instead in PRIVATE:
        text = pattern.sub(instead, text)
    return text


class OneLine(logging.Formatter):
    """Format a record as one line of key=value; the time is UTC in ISO 8601."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": getattr(record, "request", "-"),
            "message": without_private(record.getMessage()),
        }
        if record.exc_info and record.exc_info[0] is not None:
            fields["traceback"] = without_private(self.formatException(record.exc_info))
        return " ".join(f"{name}={_quoted(value)}" for name, value in fields.items())


class AddRequest(logging.Filter):
    """Put the number of the request on each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "request"):
            record.request = request_number()
        return True


class FewTracebacks(logging.Filter):
    """Write a traceback once an hour for each place that fails; in between, a few lines without.

    The same exception, reported on its way up by several libraries, is one record.
    """

    def __init__(self) -> None:
        super().__init__()
        self._tracebacks = Repeats(1, 3600)
        self._lines = Repeats(20, 60)

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        if getattr(error, "_harmonylab_logged", False):
            return False
        error._harmonylab_logged = True  # type: ignore[attr-defined]
        where = place(error)
        before = self._lines.left_out(where)
        if before is None:
            return False
        if self._tracebacks.left_out(where) is None:
            record.exc_info = record.exc_text = None
            left_out = f", {before} times left out" if before else ""
            record.msg, record.args = f"{record.getMessage()}: {where} again{left_out}", ()
        return True


class FewLines(logging.Filter):
    """Write equal lines without a traceback a few times a minute, then count them."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = Repeats(30, 60)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info or record.levelno < logging.INFO:
            return True
        before = self._lines.left_out((record.name, record.msg, _of_few(record.args)))
        if before:
            record.msg, record.args = f"{record.getMessage()} (and {before} more before)", ()
        return before is not None


def set_up_logs(level: int, file: Path | None) -> None:
    """Send the records of every library through our handler: to the terminal, or to a file that rotates."""
    logging.raiseExceptions = False  # a full disk must not make every record a traceback
    handler: logging.Handler = logging.StreamHandler(sys.stdout)
    if file is not None:
        handler = RotatingFileHandler(file, maxBytes=BYTES_A_FILE, backupCount=OLD_FILES, encoding="utf-8")
    handler.setFormatter(OneLine())
    for each in (AddRequest(), FewTracebacks(), FewLines()):
        handler.addFilter(each)
    # Libraries tell a lot that helps nobody here; what they warn of is kept.
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    threading.excepthook = _on_thread_fault
    sys.excepthook = _on_fault


def _of_few(args: object) -> object:
    """Return the words among a record's arguments: times and counts would make every record a new one."""
    return tuple(arg for arg in args if isinstance(arg, str)) if isinstance(args, tuple) else ()


def _quoted(value: str) -> str:
    return value if PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _on_thread_fault(fault: threading.ExceptHookArgs) -> None:
    if fault.exc_value is not None:
        logging.getLogger("demo.threads").error("A thread ended", exc_info=fault.exc_value)


_on_fault: Callable[..., None] = lambda _kind, error, _trace: logging.getLogger("demo").critical(  # noqa: E731
    "The server ended", exc_info=error
)
