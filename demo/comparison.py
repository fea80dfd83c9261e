"""Many methods on one picture, one after the other, each in its own thread: none holds up the rest."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import BoundedSemaphore, Event, Lock, Thread

from model import BadImage, BadWeights, Composite
from model.methods import Method
from model.methods.external import CommandFailed
from model.picture import Pixels

POLL = 0.1
MOST_TEXT = 240  # characters of a message that fit on a card
MOST_AT_ONCE = 6  # threads at work or left behind, over all visitors


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a method made, H×W×3 like the composite's, or why it made nothing; and how long it took."""

    method: Method
    picture: Pixels | None
    seconds: float
    error: str = ""


class Skips:
    """How a visitor ends the method that is at work: by the number of their comparison."""

    def __init__(self) -> None:
        self._events: dict[str, Event] = {}
        self._lock = Lock()

    def begin(self, run: str) -> Event:
        """The event of a comparison that starts."""
        with self._lock:
            return self._events.setdefault(run, Event())

    def skip(self, run: str) -> None:
        """End what is at work now; nothing happens when that comparison is over."""
        with self._lock:
            event = self._events.get(run)
        if event is not None:
            event.set()

    def end(self, run: str) -> None:
        """Forget a comparison."""
        with self._lock:
            self._events.pop(run, None)


@dataclass(frozen=True)
class Limits:
    """What one method may cost on a server that many people use."""

    seconds: float
    megapixels: float


class Bench:
    """Runs methods within limits. A method that does not end in time is left behind, and the next one starts.

    Programs are stopped; a thread cannot be. One left behind keeps its place until it ends, so that a visitor
    who starts slow methods again and again finds the bench full instead of stalling the server.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._places = BoundedSemaphore(MOST_AT_ONCE)

    def run_all(
        self, methods: Iterable[Method], composite: Composite, skip: Event
    ) -> Iterator[Outcome | None]:
        """Yield an outcome per method, in their order, and None about ten times a second while waiting."""
        for method in methods:
            skip.clear()
            refusal = self._refusal(method, composite)
            if refusal:
                yield Outcome(method, None, 0.0, refusal)
            else:
                yield from self._run(method, composite, skip)

    def _refusal(self, method: Method, composite: Composite) -> str:
        if method.reason:
            return method.reason
        megapixels = composite.matte.size / 1e6
        limit = min(self.limits.megapixels, method.max_megapixels or self.limits.megapixels)
        if megapixels > limit:
            return f"Pictures of more than {limit:g} megapixels are too much for this method here."
        if not self._places.acquire(blocking=False):
            return "The server is busy with slow methods. Please try again in a minute."
        return ""

    def _run(self, method: Method, composite: Composite, skip: Event) -> Iterator[Outcome | None]:
        found: list[Outcome] = []
        done, left = Event(), Event()

        def work() -> None:
            try:
                found.append(_outcome(method, composite, left))
            finally:
                self._places.release()
                done.set()

        began = time.perf_counter()
        Thread(target=work, name=f"compare {method.name}", daemon=True).start()
        try:
            while not done.wait(POLL):
                seconds = time.perf_counter() - began
                if skip.is_set() or seconds > self.limits.seconds:
                    why = "Skipped." if skip.is_set() else f"Stopped after {self.limits.seconds:g} seconds."
                    yield Outcome(method, None, seconds, why)
                    return
                yield None
        finally:
            left.set()
        yield found[0] if found else Outcome(method, None, time.perf_counter() - began, BROKE)


BROKE = "This method could not handle the picture."


def _outcome(method: Method, composite: Composite, left: Event) -> Outcome:
    began = time.perf_counter()
    try:
        picture = method.run_until(composite, left) if method.run_until else method.run(composite)
    except (BadImage, BadWeights, CommandFailed) as error:
        return Outcome(method, None, time.perf_counter() - began, _shortened(str(error)))
    # One method that fails must not take the others with it; what Python says is not for visitors.
    except (ValueError, RuntimeError, OSError, ArithmeticError, LookupError, MemoryError):
        return Outcome(method, None, time.perf_counter() - began, BROKE)
    seconds = time.perf_counter() - began
    if picture.shape != composite.image.shape or picture.dtype != composite.image.dtype:
        size = f"{picture.shape[1]}×{picture.shape[0]}"
        wrong = f"This method returned {size} pixels of {8 * picture.itemsize} bits, so it is left out."
        return Outcome(method, None, seconds, wrong)
    return Outcome(method, picture, seconds)


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 2].rstrip()} …"
