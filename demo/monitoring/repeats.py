"""Say a thing a few times in a while, and then only count it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_KEYS = 1000


@dataclass
class _Count:
    """What happened under one key since `began`."""

    began: float
    said: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class Repeats:
    """Allow `most` of each key in `span` seconds."""

    most: int
    span: float
    now: Callable[[], float] = time.monotonic
    _counts: dict[object, _Count] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def left_out(self, key: object) -> int | None:
        """Return None where this one is too many, else how many were left out before it."""
        with self._lock:
            now = self.now()
            count = self._counts.get(key)
            before = 0
            if count is None or now - count.began >= self.span:
                before = count.left_out if count else 0
                if len(self._counts) >= MOST_KEYS:
                    self._counts.clear()
                count = self._counts[key] = _Count(now)
            if count.said >= self.most:
                count.left_out += 1
                return None
            count.said += 1
            return before
