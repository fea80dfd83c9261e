"""State in sentences where votes should not be taken together: over time, or over pictures."""

from collections.abc import Iterator

from study.statistics.bradley_terry import Fit
from study.statistics.raters.stability import depends_on_pictures, drift
from study.votes import Ints, Votes

SIGNIFICANT = 0.001


def stability_warnings(votes: Votes, item: Ints | None, methods: int, result: Fit) -> Iterator[str]:
    """Yield a sentence on each way in which the scores depend on when or on what people voted.

    votes: rows in the order of answering. result: their fit; nothing without a ranking.
    """
    if result.status != "ok":
        return
    p = drift(votes, methods, result.order_effect is not None)
    if p is not None and p < SIGNIFICANT:
        yield (
            "Preferences changed over time: people of the first half and of the second half have different "
            "scores. Look for what changed: the pictures, the recruitment or the instructions."
        )
    p = None if item is None else depends_on_pictures(votes, item, methods, result)
    if p is not None and p < SIGNIFICANT:
        yield (
            "Pairs were shown on different pictures, and methods do better on some pictures than on others: "
            "a score can come from the pictures of its comparisons. Compare the methods picture by picture."
        )
