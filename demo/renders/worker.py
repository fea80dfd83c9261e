"""Start a child process that runs tasks, send it tasks, and end it."""

import asyncio
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

from demo.renders.messages import LENGTH, STOP, TaskRequest, TaskResult, pack

ROOT = Path(__file__).resolve().parent.parent.parent
Setup = Callable[[Event], Any]
"""Return the first argument of every task, in the child; the event is set when the running task has to stop.

A setup is pickled, so it is a function of a module or a partial of one."""


class WorkerDied(Exception):
    """Report that the child process ended before it sent a result."""


class Worker:
    """Represent a child process, which runs one task at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, setup: Setup) -> "Worker":
        """Start a child process and wait for its setup. Raises WorkerDied, and the errors of `setup`."""
        # Not `multiprocessing`: its children import the server's main module, and Gradio with it.
        paths = filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "demo.renders.child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,  # Ctrl + C reaches the server alone, which ends its children
        )  # fmt: skip
        worker = cls(process)
        try:
            await worker._ask(setup)
        except BaseException:  # a cancelled start must not leave a process either
            await worker.kill()
            raise
        return worker

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Return True while the process runs."""
        return self._process.returncode is None

    async def ask(self, request: TaskRequest) -> Any:
        """Run a task and return its result. Raises WorkerDied, BadImage and KeyError."""
        return await self._ask(request)

    def stop(self) -> None:
        """Ask the running task to stop; some tasks cannot."""
        with suppress(ConnectionError, RuntimeError):
            self._input.write(pack(STOP))

    async def kill(self) -> None:
        """End the child process at once."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._input.close()
        await self._process.wait()

    async def _ask(self, message: object) -> Any:
        try:
            self._input.write(pack(message))
            await self._input.drain()
            head = await self._output.readexactly(LENGTH.size)
            result: TaskResult = pickle.loads(await self._output.readexactly(*LENGTH.unpack(head)))
        except (ConnectionError, asyncio.IncompleteReadError):
            raise WorkerDied from None
        if result.error is not None:
            raise result.error
        return result.value

    @property
    def _input(self) -> asyncio.StreamWriter:
        assert self._process.stdin
        return self._process.stdin

    @property
    def _output(self) -> asyncio.StreamReader:
        assert self._process.stdout
        return self._process.stdout
