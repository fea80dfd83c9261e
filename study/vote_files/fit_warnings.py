"""What to know before trusting a number of a fit."""

from collections.abc import Sequence

import numpy as np

from study.statistics.bradley_terry import Fit
from study.votes import LEFT, RIGHT, Floats

FEW_PARTICIPANTS = 10
FEW_VOTES = 3  # won, or lost, of a method
MOST_NAMES = 5
ALONE = "All votes are of one participant: errors take votes as independent, and hold for this person only."
UNKNOWN = (
    "The table does not say who voted (column participant): errors take votes as independent, which is too "
    "narrow if anyone voted more than once."
)


def warnings_of(
    result: Fit, counts: Floats, names: Sequence[str], participants: int | None
) -> tuple[str, ...]:
    """counts: 2×K×K×3 as fitted. participants: None if unknown."""
    if result.status != "ok":
        return (result.explain,)
    found = [result.explain] if result.explain else []
    found += _on_participants(participants, len(names))
    wins = counts.sum(axis=0)[..., LEFT] + counts.sum(axis=0)[..., RIGHT].T
    for side, what in ((wins.sum(axis=1), "wins"), (wins.sum(axis=0), "losses")):
        few = [name for name, number in zip(names, side, strict=True) if number < FEW_VOTES]
        if few:
            found.append(
                f"Fewer than {FEW_VOTES} {what}: {listed(few)}. Their scores may be far off, errors included."
            )
    found += _on_pairs(counts.sum(axis=(0, 3)))
    return tuple(found)


def _on_participants(participants: int | None, methods: int) -> list[str]:
    if participants is None:
        return [UNKNOWN]
    if participants == 1:
        return [ALONE]
    if participants < max(FEW_PARTICIPANTS, methods):
        return [
            f"Only {participants} participants: errors by participant may come out too small by chance. "
            f"Trust them from about {max(FEW_PARTICIPANTS, methods)} on."
        ]
    return []


def _on_pairs(seen: Floats) -> list[str]:
    """seen: K×K votes by left and right."""
    pairs = len(seen) * (len(seen) - 1) // 2
    unseen = pairs - int(np.triu(seen + seen.T > 0, 1).sum())
    if not unseen:
        return []
    return [f"{unseen} of {pairs} pairs were never compared: what is said of them rests on the model alone."]


def listed(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
