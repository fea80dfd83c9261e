"""Define a lane: a child process that runs the tasks of all visitors one by one, and the queue of tasks."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from demo.monitoring.metrics import REFUSALS, RENDER_SECONDS, RENDERS, WAITING
from demo.renders.fair_queue import FairQueue, QueueFull
from demo.renders.messages import TaskRequest
from demo.renders.worker import Setup, Worker, WorkerDied
from model.images.arrays import BadImage

MOST_WAITING = 50
MOST_EACH = 10  # all participants behind one network address count as one visitor
FULL = "The server is busy: {count} pictures are waiting already. Please try again in a few minutes."
FULL_OF_YOURS = (
    "{count} pictures from your network are waiting already. Please try again when one of them is done."
)
TOO_LONG = "Stopped after {seconds:g} seconds. Please use a smaller picture."
DIED = (
    "The process that worked on this picture ended, perhaps because memory ran out. "
    "Please try again, or use a smaller picture."
)
CLOSED = "The server is stopping. Please try again in a minute."
BROKEN = "Pictures cannot be processed on this server at the moment. Please tell the person who runs it."

logger = logging.getLogger("harmonylab.renders")


class TaskFailed(Exception):
    """Report that a task has no result: full queue, time limit, ended process. The message is for people."""


@dataclass(frozen=True)
class LaneLimits:
    """Hold the limits of a lane.

    seconds: time limit of a task. grace: seconds that a task may still take after it was told to stop, before
    its process is ended; a new process needs seconds to start, too. waiting: tasks in the queue. each: tasks
    of one visitor in the queue. idle: seconds after which the process ends where no task came and nobody
    called `wake`, None for never.
    """

    seconds: float
    grace: float = 1.0
    waiting: int = MOST_WAITING
    each: int = MOST_EACH
    idle: float | None = None


@dataclass(frozen=True)
class LaneState:
    """Describe a lane at one moment, for health checks.

    pid: None while no process is needed, too. restarts: processes that replaced one that died or had to be
    ended; those after an idle time do not count. problem: a message where its process did not start, ""
    otherwise.
    """

    name: str
    pid: int | None
    busy: bool
    waiting: int
    restarts: int
    problem: str


class QueuedTask:
    """Represent a task that waits, runs or has ended. Leaving the `with` block gives it up."""

    def __init__(self, lane: "Lane", request: TaskRequest) -> None:
        self.request = request
        self._lane = lane
        self._result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def __enter__(self) -> "QueuedTask":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    @property
    def before(self) -> int:
        """Return the number of tasks before this one: 0 while it runs, and after its end."""
        return self._lane.before(self)

    async def done(self, within: float | None = None) -> bool:
        """Wait for the end of the task, for `within` seconds at most; return True if it has ended."""
        await asyncio.wait([self._result], timeout=within)
        return self._result.done()

    def result(self) -> Any:
        """Return what the task returned. Raises TaskFailed, BadImage and KeyError."""
        return self._result.result()

    def leave(self) -> None:
        """Give the task up."""
        self._lane.leave(self)
        self._result.cancel()

    def skip(self, message: str) -> None:
        """Give the task up; `result` raises TaskFailed with this message."""
        self.refuse(TaskFailed(message))
        self._lane.leave(self)

    @property
    def settled(self) -> "asyncio.Future[Any]":
        """Return a future that is done when there is a result, or when nobody waits for the task any more."""
        return self._result

    def answer(self, value: Any) -> None:
        """Set the result, unless there is one."""
        if not self._result.done():
            self._result.set_result(value)

    def refuse(self, error: Exception) -> None:
        """Set an error as the result, unless there is one."""
        if not self._result.done():
            self._result.set_exception(error)
            self._result.exception()  # otherwise asyncio logs an error that nobody collects


class Lane:
    """Run tasks one after the other in a child process; replace it when it dies or has to be ended."""

    def __init__(self, name: str, setup: Setup, limits: LaneLimits) -> None:
        self.name, self.limits = name, limits
        self._setup = setup
        self._queue: FairQueue[QueuedTask] = FairQueue(limits.waiting, limits.each)
        self._arrived = asyncio.Event()
        self._running: QueuedTask | None = None
        self._worker: Worker | None = None
        self._server: asyncio.Task[None] | None = None
        self._starts = 0
        self._problem = ""

    def start(self) -> None:
        """Start the process in the background, unless it runs."""
        if self._server is None:
            self._server = asyncio.get_running_loop().create_task(self._serve(), name=f"lane {self.name}")

    def wake(self) -> None:
        """Start the process in the background, if it has ended; let it run for another idle time."""
        self._arrived.set()
        self.start()

    async def close(self) -> None:
        """End the process; waiting tasks fail with a message."""
        server, self._server = self._server, None
        if server is not None:
            server.cancel()
            await asyncio.wait([server])
        await self._end_worker()
        while len(self._queue):
            self._queue.pop().refuse(TaskFailed(CLOSED))

    def enter(
        self, visitor: str, function: Callable[..., Any], *arguments: Any, memory: int | None = None
    ) -> QueuedTask:
        """Add a task to the queue. Raises TaskFailed where it is full.

        function: a function of a module that the child can import. memory: see TaskRequest.
        """
        task = QueuedTask(self, TaskRequest(function, arguments, memory))
        try:
            self._queue.enter(visitor, task)
        except QueueFull as full:
            REFUSALS.labels("visitor's line full" if full.own else "line full").inc()
            count = self.limits.each if full.own else self.limits.waiting
            raise TaskFailed((FULL_OF_YOURS if full.own else FULL).format(count=count)) from None
        self._count()
        self.wake()
        return task

    def before(self, task: QueuedTask) -> int:
        """Return the number of tasks before this one, including the running one."""
        if task.settled.done() or task is self._running:
            return 0
        return self._queue.before(task) + (self._running is not None)

    def leave(self, task: QueuedTask) -> None:
        """Remove a task from the queue, if it waits."""
        if self._queue.remove(task):
            RENDERS.labels(self.name, "left").inc()
            self._count()

    def state(self) -> LaneState:
        """Return the state of the lane, for health checks."""
        worker = self._worker
        return LaneState(
            name=self.name,
            pid=worker.pid if worker and worker.alive else None,
            busy=self._running is not None,
            waiting=len(self._queue),
            restarts=max(0, self._starts - 1),
            problem=self._problem,
        )

    def _count(self) -> None:
        WAITING.labels(self.name).set(len(self._queue))

    async def _serve(self) -> None:
        while True:
            await self._have_worker()
            if not len(self._queue):
                await self._wait()
                continue
            task = self._running = self._queue.pop()
            self._count()
            began = time.perf_counter()
            try:
                result = await self._run(task)
            finally:
                # When the lane is closed, the task still needs a result.
                task.refuse(TaskFailed(CLOSED))
                self._running = None
            RENDERS.labels(self.name, result).inc()
            RENDER_SECONDS.labels(self.name).observe(time.perf_counter() - began)

    async def _wait(self) -> None:
        """Wait for `wake`; end the process where that takes long."""
        self._arrived.clear()
        try:
            await asyncio.wait_for(self._arrived.wait(), self.limits.idle)
        except asyncio.TimeoutError:
            if self._worker is not None and self._worker.alive:
                self._starts -= 1  # the next process replaces none that died
            await self._end_worker()
            await self._arrived.wait()

    async def _have_worker(self) -> None:
        """Start a process where none runs. The message of a failure is kept for the next tasks."""
        if self._worker is not None and self._worker.alive:
            return
        await self._end_worker()
        self._starts += 1
        try:
            self._worker = await Worker.start(self._setup)
            self._problem = ""
        # Whatever the process raises at its start, the lane has to try again for the next task.
        except Exception as error:  # noqa: BLE001
            self._worker = None
            self._problem = BROKEN
            logger.error("The process of the lane %s did not start: %r", self.name, error)

    async def _run(self, task: QueuedTask) -> str:
        """Run a task until it ends or has to be ended; return the outcome as a label of the metric."""
        await self._have_worker()
        worker = self._worker
        if worker is None:
            task.refuse(TaskFailed(BROKEN))
            return "failed"
        reply = asyncio.ensure_future(worker.ask(task.request))
        try:
            await asyncio.wait(
                [reply, task.settled], timeout=self.limits.seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not reply.done():
                return await self._end(task, worker, reply)
            return await self._answer(task, reply)
        finally:
            if not reply.done():
                reply.cancel()

    async def _answer(self, task: QueuedTask, reply: "asyncio.Future[Any]") -> str:
        try:
            task.answer(reply.result())
        except WorkerDied:
            logger.warning("The process of the lane %s died at work", self.name)
            task.refuse(TaskFailed(DIED))
            await self._end_worker()
            return "died"
        except (BadImage, KeyError) as error:
            task.refuse(error)
            return "refused"
        # A request that cannot be pickled, or a result that cannot be read, must not end the lane.
        except Exception:
            logger.exception("The lane %s cannot read the result of its process", self.name)
            task.refuse(TaskFailed(BROKEN))
            await self._end_worker()
            return "failed"
        return "done"

    async def _end(self, task: QueuedTask, worker: Worker, reply: "asyncio.Future[Any]") -> str:
        """End a task that exceeded its time, or whose visitor has left."""
        left = task.settled.done()
        task.refuse(TaskFailed(TOO_LONG.format(seconds=self.limits.seconds)))
        worker.stop()
        await asyncio.wait([reply], timeout=self.limits.grace)
        if not reply.done():
            await worker.kill()
            await asyncio.wait([reply])
        if isinstance(reply.exception(), WorkerDied):
            await self._end_worker()
        return "left" if left else "too long"

    async def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.kill()
