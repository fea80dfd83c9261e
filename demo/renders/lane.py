"""A lane: one child process that works for all visitors, one task at a time, and the line in front of it."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from demo.monitoring.metrics import REFUSALS, RENDER_SECONDS, RENDERS, WAITING
from demo.renders.line import LineFull, WaitingLine
from demo.renders.messages import Order
from demo.renders.worker import Setup, Worker, WorkerDied
from model.images.arrays import BadImage

MOST_WAITING = 50
MOST_EACH = 10  # a class behind one address is one visitor
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


class NotDone(Exception):
    """A task that gave no result: the line is full, its time was over, its process died. Words for people."""


@dataclass(frozen=True)
class LaneLimits:
    """seconds: what a task may take. patience: what it may still take after its visitor has left.

    A process that is ended has to start again, which takes seconds too.
    """

    seconds: float
    patience: float = 1.0
    waiting: int = MOST_WAITING
    each: int = MOST_EACH


@dataclass(frozen=True)
class LaneState:
    """What a lane does now, for health checks. problem: why its process did not start, "" where it did."""

    name: str
    pid: int | None
    busy: bool
    waiting: int
    restarts: int
    problem: str


class Ticket:
    """A task in the line or at work. Leaving the `with` block gives the place up, or ends the work."""

    def __init__(self, lane: "Lane", order: Order) -> None:
        self.order = order
        self._lane = lane
        self._result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def __enter__(self) -> "Ticket":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    @property
    def before(self) -> int:
        """How many tasks come before this one: 0 when it is at work, or over."""
        return self._lane.before(self)

    async def done(self, within: float | None = None) -> bool:
        """Wait for the end of the task, for so many seconds at most; return whether it is over."""
        await asyncio.wait([self._result], timeout=within)
        return self._result.done()

    def result(self) -> Any:
        """Return what the task returned. Raises NotDone, BadImage and KeyError."""
        return self._result.result()

    def leave(self) -> None:
        """Give the task up."""
        self._lane.leave(self)
        self._result.cancel()

    def skip(self, words: str) -> None:
        """Give the task up on behalf of those who wait for its result, and tell them."""
        self.refuse(NotDone(words))
        self._lane.leave(self)

    @property
    def settled(self) -> "asyncio.Future[Any]":
        """Done as soon as nobody waits for the task any more, or there is an answer."""
        return self._result

    def answer(self, value: Any) -> None:
        if not self._result.done():
            self._result.set_result(value)

    def refuse(self, error: Exception) -> None:
        if not self._result.done():
            self._result.set_exception(error)
            self._result.exception()  # nobody may be left to ask for it


class Lane:
    """Runs tasks one after the other in a child process that is replaced when it dies or has to be ended."""

    def __init__(self, name: str, setup: Setup, limits: LaneLimits) -> None:
        self.name, self.limits = name, limits
        self._setup = setup
        self._line: WaitingLine[Ticket] = WaitingLine(limits.waiting, limits.each)
        self._arrived = asyncio.Event()
        self._at_work: Ticket | None = None
        self._worker: Worker | None = None
        self._server: asyncio.Task[None] | None = None
        self._starts = 0
        self._problem = ""

    def start(self) -> None:
        """Start the process in the background; nothing happens where it runs already."""
        if self._server is None:
            self._server = asyncio.get_running_loop().create_task(self._serve(), name=f"lane {self.name}")

    async def close(self) -> None:
        """End the process, and answer those who wait."""
        server, self._server = self._server, None
        if server is not None:
            server.cancel()
            await asyncio.wait([server])
        await self._end_worker()
        while len(self._line):
            self._line.pop().refuse(NotDone(CLOSED))

    def enter(
        self, visitor: str, function: Callable[..., Any], *arguments: Any, memory: int | None = None
    ) -> Ticket:
        """Put a task at the end of the line. Raises NotDone where it is full.

        function: of a module that the child can import. memory: see Order.
        """
        ticket = Ticket(self, Order(function, arguments, memory))
        try:
            self._line.enter(visitor, ticket)
        except LineFull as full:
            REFUSALS.labels("visitor's line full" if full.mine else "line full").inc()
            count = self.limits.each if full.mine else self.limits.waiting
            raise NotDone((FULL_OF_YOURS if full.mine else FULL).format(count=count)) from None
        self._count()
        self._arrived.set()
        self.start()
        return ticket

    def before(self, ticket: Ticket) -> int:
        """Return how many tasks come before this one, the one at work among them."""
        if ticket.settled.done() or ticket is self._at_work:
            return 0
        return self._line.before(ticket) + (self._at_work is not None)

    def leave(self, ticket: Ticket) -> None:
        """Take a task out of the line, where it waits there."""
        if self._line.remove(ticket):
            RENDERS.labels(self.name, "left").inc()
            self._count()

    def state(self) -> LaneState:
        """Return what the lane does now."""
        worker = self._worker
        return LaneState(
            name=self.name,
            pid=worker.pid if worker and worker.alive else None,
            busy=self._at_work is not None,
            waiting=len(self._line),
            restarts=max(0, self._starts - 1),
            problem=self._problem,
        )

    def _count(self) -> None:
        WAITING.labels(self.name).set(len(self._line))

    async def _serve(self) -> None:
        while True:
            await self._have_worker()
            while not len(self._line):
                self._arrived.clear()
                await self._arrived.wait()
            ticket = self._at_work = self._line.pop()
            self._count()
            began = time.perf_counter()
            try:
                result = await self._run(ticket)
            finally:
                # Also when the lane is closed: somebody still waits.
                ticket.refuse(NotDone(CLOSED))
                self._at_work = None
            RENDERS.labels(self.name, result).inc()
            RENDER_SECONDS.labels(self.name).observe(time.perf_counter() - began)

    async def _have_worker(self) -> None:
        """Start a process where none is there. A failure is kept for those who come with a task."""
        if self._worker is not None and self._worker.alive:
            return
        self._starts += 1
        try:
            self._worker = await Worker.start(self._setup)
            self._problem = ""
        # Whatever is wrong with the process, the lane stays, and tries again for the next picture.
        except Exception as error:  # noqa: BLE001
            self._worker = None
            self._problem = BROKEN
            logger.error("The process of the lane %s did not start: %r", self.name, error)

    async def _run(self, ticket: Ticket) -> str:
        """Run a task to its end or end it; return what became of it."""
        await self._have_worker()
        worker = self._worker
        if worker is None:
            ticket.refuse(NotDone(BROKEN))
            return "failed"
        asked = asyncio.ensure_future(worker.ask(ticket.order))
        try:
            await asyncio.wait(
                [asked, ticket.settled], timeout=self.limits.seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not asked.done():
                return await self._end(ticket, worker, asked)
            return await self._answer(ticket, asked)
        finally:
            if not asked.done():
                asked.cancel()

    async def _answer(self, ticket: Ticket, asked: "asyncio.Future[Any]") -> str:
        try:
            ticket.answer(asked.result())
        except WorkerDied:
            logger.warning("The process of the lane %s died at work", self.name)
            ticket.refuse(NotDone(DIED))
            await self._end_worker()
            return "died"
        except (BadImage, KeyError) as error:
            ticket.refuse(error)
            return "refused"
        # An order that cannot be sent, or an answer that cannot be read, must not end the lane.
        except Exception:
            logger.exception("The lane %s does not understand its process", self.name)
            ticket.refuse(NotDone(BROKEN))
            await self._end_worker()
            return "failed"
        return "done"

    async def _end(self, ticket: Ticket, worker: Worker, asked: "asyncio.Future[Any]") -> str:
        """End a task that took too long, or whose visitor has left."""
        left = ticket.settled.done()
        ticket.refuse(NotDone(TOO_LONG.format(seconds=self.limits.seconds)))
        worker.stop()
        await asyncio.wait([asked], timeout=self.limits.patience)
        if not asked.done():
            await worker.kill()
            await asyncio.wait([asked])
        if isinstance(asked.exception(), WorkerDied):
            await self._end_worker()
        return "left" if left else "too long"

    async def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.kill()
