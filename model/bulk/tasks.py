"""Describe pieces of work and their answers, which travel between processes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

T = TypeVar("T")
R = TypeVar("R")

Files: TypeAlias = Mapping[str, Path]
Work: TypeAlias = Callable[[T, Files, Path | None], R]
"""Do one task: its item, the files that it reads, and the file that it writes completely or not at all.

It is a function of a module, or a `partial` of one, as processes exchange its name. Raises OSError,
ValueError or MemoryError for a task that cannot be done.
"""


class BadEngine(ValueError):
    """Refuse an engine that cannot be used here. The message is written for users."""


@dataclass(frozen=True)
class Task(Generic[T]):
    """Hold one piece of work.

    item: anything that can be pickled. files: what it reads, by the names that the work uses. out: the file
    that it writes, if any. memory: bytes that it takes while it runs, an estimate.
    """

    item: T
    files: Files = field(default_factory=dict)
    out: Path | None = None
    memory: int = 0


@dataclass(frozen=True)
class Answer:
    """Hold what came of an attempt. number: of the task. fault: in words, "" where there is a result.

    died: the process ended before it answered.
    """

    number: int
    result: Any = None
    fault: str = ""
    died: bool = False


class Crew(Protocol):
    """Do several tasks at once."""

    def fits(self, task: Task[Any]) -> bool:
        """Return True if the task can be started beside those that run."""

    def start(self, number: int, task: Task[Any]) -> None:
        """Start a task that fits."""

    def wait(self) -> list[Answer]:
        """Wait until at least one of the started tasks has an answer; return those that have one."""

    def close(self) -> None:
        """End what still runs, and free everything."""


def attempt(work: Work[Any, Any], task: Task[Any]) -> tuple[Any, str]:
    """Do a task here; return its result and "", or None and why it cannot be done."""
    try:
        return work(task.item, task.files, task.out), ""
    except (OSError, ValueError, MemoryError) as error:
        return None, reason(error)


def reason(error: Exception) -> str:
    """Return an error in one line of plain words."""
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {Path(error.filename or '').name}"
    return " ".join(str(error).split()) or "there is not enough memory"
