"""Keep a waiting line that is bounded and takes turns between visitors."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class LineFull(Exception):
    """No more can wait. `mine` tells whether the visitor's own tasks are the reason."""

    def __init__(self, mine: bool) -> None:
        super().__init__()
        self.mine = mine


class WaitingLine(Generic[T]):
    """Items that wait, at most `most` in all and `each` for a visitor; visitors take turns."""

    def __init__(self, most: int, each: int) -> None:
        self._most, self._each = most, each
        self._visitors: OrderedDict[str, deque[T]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._visitors.values()))

    def enter(self, visitor: str, item: T) -> None:
        """Add an item at the end of what this visitor waits for. Raises LineFull."""
        own = self._visitors.get(visitor, deque())
        if len(own) >= self._each:
            raise LineFull(mine=True)
        if len(self) >= self._most:
            raise LineFull(mine=False)
        self._visitors.setdefault(visitor, own).append(item)

    def pop(self) -> T:
        """Take the next item out; its visitor's others go behind everybody else's. Raises KeyError."""
        visitor, own = self._visitors.popitem(last=False)
        item = own.popleft()
        if own:
            self._visitors[visitor] = own
        return item

    def remove(self, item: T) -> bool:
        """Take an item out, wherever it is; False when it does not wait."""
        for visitor, own in self._visitors.items():
            if item in own:
                own.remove(item)
                if not own:
                    del self._visitors[visitor]
                return True
        return False

    def before(self, item: T) -> int:
        """Return how many items come before this one. Raises KeyError where it does not wait."""
        turn = next((n for n, own in enumerate(self._visitors.values()) if item in own), None)
        if turn is None:
            raise KeyError(item)
        rounds = list(self._visitors.values())[turn].index(item)
        # Everybody is served once a round; in the last round only those who come before this visitor.
        return sum(min(len(own), rounds + (n < turn)) for n, own in enumerate(self._visitors.values()))
