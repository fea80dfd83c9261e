"""Keep the scores of methods up to date while votes arrive."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from study.statistics.bradley_terry import Fit, fit, with_order_axis
from study.votes import Floats


@dataclass(frozen=True, eq=False)
class Leaderboard:
    """Hold the counts of all votes, which suffice for a fit, and the fit.

    A vote changes one count, and Newton's method starts at the scores before it. So the time for a vote does
    not depend on the number of votes, and the scores are those of a fit of all votes.
    """

    counts: Floats
    names: tuple[str, ...]
    order_effect: bool
    fit: Fit

    @classmethod
    def of(cls, counts: Floats, names: Sequence[str], *, order_effect: bool = False) -> "Leaderboard":
        """Return the scores of counts K×K×3 or 2×K×K×3 (see `tabulate`). names: K titles."""
        counts = with_order_axis(counts)
        return cls(counts, tuple(names), order_effect, fit(counts, names, order_effect=order_effect))

    def add(self, left: int, right: int, outcome: int, *, votes: float = 1.0) -> "Leaderboard":
        """Return the scores with another vote. votes: how many equal ones; below 0 to take them back.

        left, right: indices of the methods. outcome: LEFT, RIGHT or TIE. Raises ValueError where more votes
        are taken back than there are.
        """
        counts = self.counts.copy()
        counts[1, left, right, outcome] += votes
        if counts[1, left, right, outcome] < 0:
            raise ValueError("these votes were not counted before")
        return self.at(counts)

    def at(self, counts: Floats) -> "Leaderboard":
        """Return the scores of other counts (see `of`), found soonest where they are nearly the same."""
        counts = with_order_axis(counts)
        found = fit(counts, self.names, order_effect=self.order_effect, start=self.fit)
        return replace(self, counts=counts, fit=found)
