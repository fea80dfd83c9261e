"""Turn faults of the database or the disk into a message for people and a code for the operator."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from study.records import Reason, Unavailable

MESSAGES: dict[Reason, str] = {
    "full": "The server's disk is full, so nothing was saved. Please try again later.",
    "read_only": "The server cannot save anything at the moment. Please try again later.",
    "gone": "The server cannot reach its database at the moment. Please try again in a minute.",
    "busy": "The server is busy. Please try again in a moment.",
    "damaged": "The server cannot use its database at the moment. Please try again later.",
}
# Parts of SQLite's messages, which are stable; error codes are available from Python 3.11 on only.
SQLITE: dict[str, Reason] = {
    "database or disk is full": "full",
    "readonly database": "read_only",
    "unable to open database file": "gone",
    "no such table": "gone",  # the database was replaced by an empty file
    "is locked": "busy",
    "disk i/o error": "damaged",
    "malformed": "damaged",
    "not a database": "damaged",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
POSTGRESQL: dict[str, Reason] = {
    "53100": "full",
    "25006": "read_only",
    "3D000": "gone",
    "42P01": "gone",
    "57P01": "gone",
    "57P02": "gone",
    "57P03": "gone",
    "53300": "busy",
    "55P03": "busy",
    "57014": "busy",
    "40001": "busy",
    "40P01": "busy",
    "58030": "damaged",
    "XX001": "damaged",
    "XX002": "damaged",
}
SYSTEM: dict[int, Reason] = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
}


def unavailable(reason: Reason) -> Unavailable:
    """Return the exception for a reason, with its message."""
    return Unavailable(MESSAGES[reason], reason)


def from_os_error(error: OSError) -> Unavailable:
    """Return the exception for a failure to read or write a file."""
    return unavailable(SYSTEM.get(error.errno or 0, "damaged"))


@contextmanager
def as_unavailable() -> Iterator[None]:
    """Raise Unavailable for faults of the database; other errors, such as wrong SQL, are not changed."""
    try:
        yield
    except PoolTimeout:
        raise unavailable("busy") from None
    except (DBAPIError, sqlite3.Error) as error:
        reason = reason_of(error)
        if reason is None:
            raise
        raise unavailable(reason) from error


def reason_of(error: Exception) -> Reason | None:
    """Return the reason of a fault of SQLite or PostgreSQL; None for other errors."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        text = str(cause).lower()
        return next((reason for part, reason in SQLITE.items() if part in text), None)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return "gone"
    return _reason_of_postgresql(cause)


def _reason_of_postgresql(cause: object) -> Reason | None:
    code = getattr(cause, "sqlstate", None) or "08"
    # Class 08 and errors without a code, such as "connection refused", are faults of the connection.
    if code.startswith("08") and _is_operational(cause):
        return "gone"
    return POSTGRESQL.get(code)


def _is_operational(cause: object) -> bool:
    return any(kind.__name__ == "OperationalError" for kind in type(cause).__mro__)
