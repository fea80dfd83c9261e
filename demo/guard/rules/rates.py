"""Limit rates with token buckets, for a bounded number of visitors."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from demo.guard.rules.policy import Rate

MAX_VISITORS = 10_000


@dataclass
class Buckets:
    """Hold a token bucket for each visitor.

    A bucket starts full, with `rate.burst` tokens, and refills by `rate.per_second`. Beyond `kept` visitors,
    the one whose last request is the oldest is forgotten and starts with a full bucket again.
    """

    rate: Rate
    clock: Callable[[], float] = time.monotonic
    kept: int = MAX_VISITORS
    left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, visitor: str, amount: float = 1) -> float:
        """Take tokens and return 0, or take none and return the seconds after which there are enough."""
        if not self.rate.burst:
            return 0
        level = self._level(visitor)
        enough = level >= amount
        self.left.pop(visitor, None)
        self.left[visitor] = (level - amount if enough else level, self.clock())
        if len(self.left) > self.kept:
            self.left.popitem(last=False)
        return 0 if enough else self._seconds_until(amount, level)

    def wait(self, visitor: str, amount: float = 1) -> float:
        """Return the seconds after which there are enough tokens, 0 for now; take none."""
        if not self.rate.burst:
            return 0
        level = self._level(visitor)
        return 0 if level >= amount else self._seconds_until(amount, level)

    def _level(self, visitor: str) -> float:
        now = self.clock()
        level, since = self.left.get(visitor, (self.rate.burst, now))
        return min(self.rate.burst, level + (now - since) * self.rate.per_second)

    def _seconds_until(self, amount: float, level: float) -> float:
        return (amount - level) / self.rate.per_second if self.rate.per_second else 3600
