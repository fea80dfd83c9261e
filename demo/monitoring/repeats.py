"""Limit how often the same record is written, and count what is left out."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_KEYS = 1000


@dataclass
class _Count:
    """Hold the number of written and of left-out records of one key since `began`."""

    began: float
    written: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class RepeatLimit:
    """Allow `most` records of each key in `span` seconds."""

    most: int
    span: float
    now: Callable[[], float] = time.monotonic
    _counts: dict[object, _Count] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def left_out(self, key: object) -> int | None:
        """Return None if a record exceeds the limit, otherwise the number left out in the span before it."""
        with self._lock:
            now = self.now()
            count = self._counts.get(key)
            before = 0
            if count is None or now - count.began >= self.span:
                before = count.left_out if count else 0
                if len(self._counts) >= MAX_KEYS:
                    self._counts.clear()
                count = self._counts[key] = _Count(now)
            if count.written >= self.most:
                count.left_out += 1
                return None
            count.written += 1
            return before
