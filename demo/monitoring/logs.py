"""Write the log: one record on each line, as key=value, without personal data, with limits on repetition.

A value with spaces is quoted as JSON, so that a whole traceback is on one line.
"""

import json
import logging
import re
import sys
import threading
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from demo.monitoring.faults import error_location
from demo.monitoring.repeats import RepeatLimit
from demo.monitoring.request_ids import request_number

BYTES_A_FILE = 10_000_000
OLD_FILES = 5
PLAIN = re.compile(r"[^\s\"=\\]+")
# Exceptions of libraries quote values of SQL statements, rejected rows, and text that a client typed.
PERSONAL_DATA: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[parameters: .*?\](?=\s|$)", re.DOTALL), "[parameters left out]"),
    (re.compile(r"DETAIL:[^\n]*"), "DETAIL left out"),
    (re.compile(r"(?<=[\w/])\?[^\s\"'>)]+"), "?…"),
    (re.compile(r"://[^\s/@]+@"), "://…@"),
    (re.compile(r"(?<![\w.])(?!127\.|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"), "address"),
    (re.compile(r"(?<![\w:])(?=[0-9A-Fa-f:]*::)[0-9A-Fa-f:]{6,45}(?![\w:])"), "address"),
    (re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}(?![\w:])"), "address"),
    (re.compile(r"(?<![\w/.-])(?=[\w-]*\d[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}(?![\w/.-])"), "token"),
)
OUR_LOGGERS = ("demo", "model", "study")


def without_personal_data(text: str) -> str:
    """Return the text without network addresses, tokens, query strings and values of SQL statements."""
    for pattern, instead in PERSONAL_DATA:
        text = pattern.sub(instead, text)
    return text


class KeyValueFormatter(logging.Formatter):
    """Format a record as one line of key=value; the time is UTC in ISO 8601."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": getattr(record, "request", "-"),
            "message": without_personal_data(record.getMessage()),
        }
        if record.exc_info and record.exc_info[0] is not None:
            fields["traceback"] = without_personal_data(self.formatException(record.exc_info))
        return " ".join(f"{name}={_quoted(value)}" for name, value in fields.items())


class AddRequestNumber(logging.Filter):
    """Add the number of the request to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the number; keep the record."""
        if not hasattr(record, "request"):
            record.request = request_number()
        return True


class LimitTracebacks(logging.Filter):
    """Write one traceback in an hour for each failing line of code, and up to 20 lines in a minute without.

    An exception that several libraries report gives one record.
    """

    def __init__(self) -> None:
        super().__init__()
        self._tracebacks = RepeatLimit(1, 3600)
        self._lines = RepeatLimit(20, 60)

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for a record to leave out; take the traceback from one that repeats."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        if getattr(error, "_harmonylab_logged", False):
            return False
        error._harmonylab_logged = True  # type: ignore[attr-defined]
        location = error_location(error)
        before = self._lines.left_out(location)
        if before is None:
            return False
        if self._tracebacks.left_out(location) is None:
            record.exc_info = record.exc_text = None
            left_out = f", {before} times left out" if before else ""
            record.msg, record.args = f"{record.getMessage()}: {location} again{left_out}", ()
        return True


class LimitRepeatedLines(logging.Filter):
    """Write equal lines without a traceback up to 30 times in a minute, then count them."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = RepeatLimit(30, 60)

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for a record to leave out; add the count to the next one that is written."""
        if record.exc_info or record.levelno < logging.INFO:
            return True
        before = self._lines.left_out((record.name, record.msg, _text_arguments(record.args)))
        if before:
            record.msg, record.args = f"{record.getMessage()} (and {before} more before)", ()
        return before is not None


def set_up_logs(level: int, file: Path | None) -> None:
    """Send the records of every library to the terminal, or to a file that rotates.

    level: the lowest level of our own records, as in `logging`; libraries log from warnings on.
    """
    logging.raiseExceptions = False  # otherwise each record prints a traceback when the disk is full
    handler: logging.Handler = logging.StreamHandler(sys.stdout)
    if file is not None:
        handler = RotatingFileHandler(file, maxBytes=BYTES_A_FILE, backupCount=OLD_FILES, encoding="utf-8")
    handler.setFormatter(KeyValueFormatter())
    for each in (AddRequestNumber(), LimitTracebacks(), LimitRepeatedLines()):
        handler.addFilter(each)
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    for name in OUR_LOGGERS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    threading.excepthook = _on_thread_fault
    sys.excepthook = _on_fault


def _text_arguments(args: object) -> object:
    """Return the text arguments of a record: with times and counts, no two records would be equal."""
    return tuple(arg for arg in args if isinstance(arg, str)) if isinstance(args, tuple) else ()


def _quoted(value: str) -> str:
    return value if PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _on_thread_fault(fault: threading.ExceptHookArgs) -> None:
    if fault.exc_value is not None:
        logging.getLogger("demo.threads").error("A thread ended", exc_info=fault.exc_value)


def _on_fault(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    logging.getLogger("demo").critical("The server ended", exc_info=error)
