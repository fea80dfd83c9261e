"""Start a child process that runs tasks, ask it, and end it."""

import asyncio
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

from demo.renders.messages import LENGTH, STOP, Answer, Order, pack

ROOT = Path(__file__).resolve().parent.parent.parent
Setup = Callable[[Event], Any]
"""Makes what every task gets first, in the child; the event is set when the task at work should give up.

It is pickled: a function of a module, or a partial of one."""


class WorkerDied(Exception):
    """The child ended before it answered."""


class Worker:
    """One child process. Only one question may be open at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, setup: Setup) -> "Worker":
        """Start a child and wait until it is set up. Raises WorkerDied, and what `setup` raises."""
        # Not `multiprocessing`: its children import the server's main module, pages and all.
        paths = filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "demo.renders.child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,  # Ctrl + C is for the server, which ends its children itself
        )  # fmt: skip
        worker = cls(process)
        try:
            await worker._ask(setup)
        except BaseException:
            await worker.kill()
            raise
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, order: Order) -> Any:
        """Run a task and return its result. Raises WorkerDied, and the task's own BadImage or KeyError."""
        return await self._ask(order)

    def stop(self) -> None:
        """Ask the task at work to give up; only some can."""
        with suppress(ConnectionError, RuntimeError):
            self._input.write(pack(STOP))

    async def kill(self) -> None:
        """End the child now."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._input.close()
        await self._process.wait()

    async def _ask(self, message: object) -> Any:
        try:
            self._input.write(pack(message))
            await self._input.drain()
            head = await self._output.readexactly(LENGTH.size)
            answer: Answer = pickle.loads(await self._output.readexactly(*LENGTH.unpack(head)))
        except (ConnectionError, asyncio.IncompleteReadError):
            raise WorkerDied from None
        if answer.error is not None:
            raise answer.error
        return answer.value

    @property
    def _input(self) -> asyncio.StreamWriter:
        assert self._process.stdin
        return self._process.stdin

    @property
    def _output(self) -> asyncio.StreamReader:
        assert self._process.stdout
        return self._process.stdout
