"""Do tasks in several processes of this machine, as many at once as the memory allows."""

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import FrameType
from typing import Any

import cv2

from model.bulk.one_thread import ONE_THREAD, environment
from model.bulk.tasks import Answer, Task, Work, attempt

IDLE_BYTES = 600_000_000  # of a process with the network loaded, and what it keeps of earlier pictures
FIRST_TO_END = "800"  # of -1000 to 1000: where memory ends, the kernel ends a worker, not the driver
SECONDS_TO_END = 5.0
# New memory costs as much time as decoding: arrays of up to 32 megapixels use that of earlier pictures again.
REUSE_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "134217728", "MALLOC_TRIM_THRESHOLD_": "268435456"}  # of glibc
SETTINGS = {**ONE_THREAD, **REUSE_MEMORY}


class Processes:
    """Keep worker processes, at most `most`. work: sent to each of them once. memory: bytes for all of them.

    settings: variables of the environment of the workers.
    A worker that dies loses its task only: the next one is done by a new worker.
    """

    def __init__(
        self, work: Work[Any, Any], most: int, memory: float, settings: Mapping[str, str] = SETTINGS
    ) -> None:
        self._work, self._most, self._memory, self._settings = work, most, memory, settings
        self._threads = max(1, cores() // most)
        self._idle: list[_Worker] = []
        self._busy: dict[_Worker, tuple[int, Task[Any]]] = {}

    def fits(self, task: Task[Any]) -> bool:
        """Return True if a worker and the memory for the task are free; alone, every task is tried."""
        if not self._busy:
            return True
        workers = len(self._busy) + max(1, len(self._idle))
        taken = sum(other.memory for _, other in self._busy.values())
        needed = IDLE_BYTES * workers + taken + task.memory
        return len(self._busy) < self._most and needed <= self._memory

    def start(self, number: int, task: Task[Any]) -> None:
        """Send the task to a worker that is idle, or to a new one."""
        worker = self._idle.pop() if self._idle else None
        if worker is None or not worker.send(number, task):
            worker = _Worker(self._work, self._threads, self._settings)
            worker.send(number, task)
        self._busy[worker] = number, task

    def wait(self) -> list[Answer]:
        """Wait for answers and for ends of workers."""
        ready = wait([worker.pipe for worker in self._busy])
        answers = []
        for worker in [worker for worker in self._busy if worker.pipe in ready]:
            number, _ = self._busy.pop(worker)
            answer = worker.receive()
            if answer is None:
                worker.end()
                answers.append(Answer(number, died=True))
            else:
                self._idle.append(worker)
                answers.append(answer)
        return answers

    def close(self) -> None:
        """End all workers; one that writes a file removes what it has begun."""
        workers = [*self._idle, *self._busy]
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.end()
        self._idle, self._busy = [], {}


class _Worker:
    """Hold a process and the pipe to it."""

    def __init__(self, work: Work[Any, Any], threads: int, settings: Mapping[str, str]) -> None:
        context = get_context("spawn")  # a forked copy of a process with threads may stand still
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work, threads), daemon=True)
        with environment(settings):
            self.process.start()
        theirs.close()

    def send(self, number: int, task: Task[Any]) -> bool:
        """Send a task; return False if the process has ended."""
        try:
            self.pipe.send((number, task))
        except OSError:
            self.end()
            return False
        return True

    def receive(self) -> Answer | None:
        """Return the answer; None if the process has ended without one."""
        try:
            answer: Answer = self.pipe.recv()
        except (EOFError, OSError):
            return None
        return answer

    def end(self) -> None:
        """Wait for the end of the process, which is forced after some seconds."""
        self.process.join(SECONDS_TO_END)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()
        self.pipe.close()


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _serve(pipe: Connection, work: Work[Any, Any], threads: int) -> None:
    """Do the tasks that the driver sends until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all processes; the driver decides
    signal.signal(signal.SIGTERM, _exit)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_END, encoding="ascii")
    cv2.setNumThreads(threads)
    with suppress(EOFError, BrokenPipeError):
        while True:
            number, task = pipe.recv()
            pipe.send(Answer(number, *attempt(work, task)))


def _exit(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
