"""Keep a bounded queue in which visitors take turns."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class QueueFull(Exception):
    """Report that no more items can wait; `own`: because of the visitor's own items."""

    def __init__(self, own: bool) -> None:
        super().__init__()
        self.own = own


class FairQueue(Generic[T]):
    """Hold waiting items, at most `most` in all and `each` of one visitor; visitors take turns."""

    def __init__(self, most: int, each: int) -> None:
        self._most, self._each = most, each
        self._visitors: OrderedDict[str, deque[T]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._visitors.values()))

    def enter(self, visitor: str, item: T) -> None:
        """Add an item behind the visitor's others. Raises QueueFull."""
        own = self._visitors.get(visitor, deque())
        if len(own) >= self._each:
            raise QueueFull(own=True)
        if len(self) >= self._most:
            raise QueueFull(own=False)
        self._visitors.setdefault(visitor, own).append(item)

    def pop(self) -> T:
        """Remove and return the next item; its visitor's others go behind those of everybody else.

        Raises KeyError where the queue is empty.
        """
        visitor, own = self._visitors.popitem(last=False)
        item = own.popleft()
        if own:
            self._visitors[visitor] = own
        return item

    def remove(self, item: T) -> bool:
        """Remove an item from any place in the queue; return False where it does not wait."""
        for visitor, own in self._visitors.items():
            if item in own:
                own.remove(item)
                if not own:
                    del self._visitors[visitor]
                return True
        return False

    def before(self, item: T) -> int:
        """Return the number of items that come before this one. Raises KeyError where it does not wait."""
        turn = next((n for n, own in enumerate(self._visitors.values()) if item in own), None)
        if turn is None:
            raise KeyError(item)
        rounds = list(self._visitors.values())[turn].index(item)
        # Each visitor has one turn in a round; the last round counts the visitors before this one.
        return sum(min(len(own), rounds + (n < turn)) for n, own in enumerate(self._visitors.values()))
