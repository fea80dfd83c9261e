"""Slow down guessing: so many failures in a while, for each visitor and for all of them together."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

EVERYBODY = "everybody"
MOST_VISITORS = 10_000


@dataclass(frozen=True)
class Attempts:
    """Count failures of the last `span` seconds; too many of them close the door for a while."""

    each: int = 5
    together: int = 100
    span: float = 60
    now: Callable[[], float] = time.monotonic
    _failures: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, visitor: str) -> int:
        """Return how many seconds the visitor has to wait; 0 where another attempt is allowed."""
        with self._lock:
            return max(self._wait(visitor, self.each), self._wait(EVERYBODY, self.together))

    def failed(self, visitor: str) -> None:
        """Count one failure."""
        with self._lock:
            if len(self._failures) > MOST_VISITORS:
                self._failures.clear()
            for name in (visitor, EVERYBODY):
                self._failures[name].append(self.now())

    def _wait(self, name: str, most: int) -> int:
        times = self._failures.get(name)
        if not times:
            return 0
        while times and times[0] <= self.now() - self.span:
            times.popleft()
        return 0 if len(times) < most else 1 + int(times[0] + self.span - self.now())
