"""Start a child process that runs tasks, send it tasks, and end it."""

import asyncio
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock
from typing import IO, Any

from demo.renders.messages import LENGTH, LOAD, STOP, TaskRequest, TaskResult, pack

FEW_POOLS = {"MALLOC_ARENA_MAX": "2"}  # of glibc, which keeps freed memory in a pool for each thread
ROOT = Path(__file__).resolve().parent.parent.parent
Setup = Callable[[Event], Any]
"""Return the first argument of every task, in the child; the event is set when the running task has to stop.

A setup is pickled, so it is a function of a module or a partial of one."""

_prepared: list["subprocess.Popen[bytes]"] = []


class WorkerDied(Exception):
    """Report that the child process ended before it sent a result."""


def prepare() -> None:
    """Start the process of the first worker: it loads its libraries while the server loads its own."""
    _prepared.append(_start_process(LOAD))


def _start_process(*options: str) -> "subprocess.Popen[bytes]":
    # Not `multiprocessing`: its children import the server's main module, and Gradio with it.
    paths = filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
    return subprocess.Popen(
        [sys.executable, "-m", "demo.renders.child", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**FEW_POOLS, **os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        start_new_session=True,  # Ctrl + C reaches the server alone, which ends its children
    )


class Worker:
    """Represent a child process, which runs one task at a time; a thread waits for its results."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="worker")
        self._writing = Lock()

    @classmethod
    async def start(cls, setup: Setup) -> "Worker":
        """Start a child process and wait for its setup. Raises WorkerDied, and the errors of `setup`."""
        worker = cls(_prepared.pop() if _prepared else _start_process())
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
        return self._process.poll() is None

    async def ask(self, request: TaskRequest) -> Any:
        """Run a task and return its result. Raises WorkerDied, BadImage and KeyError."""
        return await self._ask(request)

    def stop(self) -> None:
        """Ask the running task to stop; some tasks cannot."""
        with suppress(OSError, ValueError):
            self._write(pack(STOP))

    async def kill(self) -> None:
        """End the child process at once."""
        self._process.kill()
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._process.wait()
        self._thread.shutdown()  # its read has ended with the process
        for pipe in (self._input, self._output):
            with suppress(OSError):  # closing flushes what the process has not read
                pipe.close()

    async def _ask(self, message: object) -> Any:
        data = pack(message)
        loop = asyncio.get_running_loop()
        result: TaskResult = pickle.loads(await loop.run_in_executor(self._thread, self._exchange, data))
        if result.error is not None:
            raise result.error
        return result.value

    def _exchange(self, data: bytes) -> bytes:
        """Send a message, and return the bytes of the answer."""
        try:
            self._write(data)
        except OSError:
            raise WorkerDied from None
        return self._read(*LENGTH.unpack(self._read(LENGTH.size)))

    def _write(self, data: bytes) -> None:
        with self._writing:
            self._input.write(data)
            self._input.flush()

    def _read(self, size: int) -> bytes:
        data = self._output.read(size)
        if len(data) < size:
            raise WorkerDied
        return data

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin
        return self._process.stdin

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout
        return self._process.stdout
