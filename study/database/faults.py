"""Say in words why the database, or the disk, does not work: for people, and as a code for the operator."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from study.records import Reason, Unavailable

WORDS: dict[Reason, str] = {
    "full": "The server's disk is full, so nothing was saved. Please try again later.",
    "read_only": "The server cannot save anything at the moment. Please try again later.",
    "gone": "The server cannot reach its database at the moment. Please try again in a minute.",
    "busy": "The server is busy. Please try again in a moment.",
    "damaged": "The server cannot use its database at the moment. Please try again later.",
}
# Parts of SQLite's own messages, which have not changed in twenty years; codes came with Python 3.11 only.
SQLITE: dict[str, Reason] = {
    "database or disk is full": "full",
    "readonly database": "read_only",
    "unable to open database file": "gone",
    "no such table": "gone",  # an empty file took the place of the database
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
    """Return the exception for a reason, with its words."""
    return Unavailable(WORDS[reason], reason)


def from_os_error(error: OSError) -> Unavailable:
    """Return what a failure to read or write a file means to people."""
    return unavailable(SYSTEM.get(error.errno or 0, "damaged"))


@contextmanager
def in_words() -> Iterator[None]:
    """Raise Unavailable for faults of the database; other errors of it are faults of ours and pass."""
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
    """Return the code of a fault of SQLite or PostgreSQL; None for what is neither."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        text = str(cause).lower()
        return next((reason for part, reason in SQLITE.items() if part in text), None)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return "gone"
    return _reason_of_postgresql(cause)


def _reason_of_postgresql(cause: object) -> Reason | None:
    code = getattr(cause, "sqlstate", None) or "08"
    # Class 08 and errors without a code, such as "connection refused", come from the connection itself.
    if code.startswith("08") and _is_operational(cause):
        return "gone"
    return POSTGRESQL.get(code)


def _is_operational(cause: object) -> bool:
    return any(kind.__name__ == "OperationalError" for kind in type(cause).__mro__)
