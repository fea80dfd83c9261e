"""Measure how evenly votes are spread over participants and pictures, and state where they are not."""

from collections.abc import Iterator

import numpy as np

from study.number_formats import percent
from study.statistics.unequal.concentration import effective_number, is_concentrated
from study.votes import Floats, Ints

MOST_TIMES = 4.0  # a participant with more than this many times the median number of votes is weighted down


def capped(group: Ints) -> tuple[str, Floats] | None:
    """Return the name and the weights of the analysis with a cap; None where nobody exceeds it."""
    weights = capped_weights(group)
    return None if weights is None else (f"nobody counts more than {MOST_TIMES:g} times the median", weights)


def capped_weights(group: Ints) -> Floats | None:
    """Return weights of votes with which no group counts more than MOST_TIMES times the median.

    None where no group does anyway.
    """
    votes = np.bincount(group)
    limit = MOST_TIMES * float(np.median(votes[votes > 0])) if len(group) else 0.0
    if not len(group) or votes.max() <= limit:
        return None
    return np.asarray(np.minimum(1.0, limit / votes[group]))


def concentration_warnings(by_person: Floats | None, by_item: Floats | None) -> Iterator[str]:
    """Yield a sentence where few participants, or few pictures, carry the result. Each: votes by group."""
    for votes, one, many, verb in (
        (by_person, "participant", "participants", "gave"),
        (by_item, "picture", "pictures", "got"),
    ):
        if votes is not None and is_concentrated(votes):
            share, number = float(votes.max() / votes.sum()), effective_number(votes)
            yield (
                f"Few {many} carry the result: one {one} {verb} {percent(share)} of the votes, and the "
                f"{len(votes)} {many} count like {number:.1f} with equally many votes. "
                f"More {many} are needed, not more votes."
            )
