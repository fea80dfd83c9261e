"""Do one task after the other in this process."""

from contextlib import ExitStack
from typing import Any

from model.bulk.one_thread import one_thread
from model.bulk.tasks import Answer, Task, Work, attempt


class Here:
    """Do a task while its answer is waited for."""

    def __init__(self, work: Work[Any, Any]) -> None:
        self._work = work
        self._started: list[tuple[int, Task[Any]]] = []
        self._stack = ExitStack()
        self._stack.enter_context(one_thread())

    def fits(self, task: Task[Any]) -> bool:  # noqa: ARG002
        """Return True if no other task was started."""
        return not self._started

    def start(self, number: int, task: Task[Any]) -> None:
        """Remember the task."""
        self._started.append((number, task))

    def wait(self) -> list[Answer]:
        """Do the task."""
        number, task = self._started.pop()
        return [Answer(number, *attempt(self._work, task))]

    def close(self) -> None:
        """Give the libraries their threads back."""
        self._stack.close()
