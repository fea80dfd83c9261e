"""Count requests of each visitor with a bucket that refills, and remember a bounded number of visitors."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from demo.guard.rules.policy import Rate

KEPT = 10_000


@dataclass
class Buckets:
    """Hold what is left for every visitor. A visitor who is forgotten starts with a full bucket."""

    rate: Rate
    clock: Callable[[], float] = time.monotonic
    kept: int = KEPT
    left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, visitor: str, amount: float = 1) -> float:
        """Take an amount and return 0, or return the seconds after which there is enough."""
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
