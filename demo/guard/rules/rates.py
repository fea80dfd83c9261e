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
        now = self.clock()
        level, since = self.left.pop(visitor, (self.rate.burst, now))
        level = min(self.rate.burst, level + (now - since) * self.rate.per_second)
        enough = level >= amount
        self.left[visitor] = (level - amount if enough else level, now)
        if len(self.left) > self.kept:
            self.left.popitem(last=False)
        if enough:
            return 0
        return (amount - level) / self.rate.per_second if self.rate.per_second else 3600
