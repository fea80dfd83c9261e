"""State in sentences why the scores of a ranked fit may be inaccurate, for files and studies alike."""

from collections.abc import Iterator, Sequence

import numpy as np

from study.statistics.bradley_terry import Fit
from study.statistics.multiple_comparisons import FEW_PARTICIPANTS
from study.summary.concentration import concentration_warnings
from study.votes import LEFT, RIGHT, Floats

FEW_VOTES = 10  # of a pair: one vote more can change its share of wins by ten percent
FEW_WINS = 3  # or losses, of a method: below, its likelihood is too skewed for a standard error
FEW_PICTURES = 10
MOST_NAMES = 5
ONE_PARTICIPANT = (
    "All votes are by one participant: standard errors treat votes as independent, and the scores hold for "
    "this person only."
)
UNKNOWN_PARTICIPANTS = (
    "The table does not say who voted (column participant): standard errors treat votes as independent, and "
    "are too small if anyone voted more than once."
)


def vote_warnings(
    result: Fit,
    counts: Floats,
    names: Sequence[str],
    by_person: Floats | None,
    by_item: Floats | None = None,
) -> tuple[str, ...]:
    """Return warnings about the votes of a fit, most important first; nothing without a ranking.

    counts: K×K×3 by left method, right method and outcome, with ties as fitted. by_person, by_item: the
    number of votes of each participant who voted, and on each picture; None if they are unknown.
    """
    if result.status != "ok":
        return ()
    return (
        *([result.explain] if result.explain else []),
        *concentration_warnings(by_person, by_item),
        *_of_participants(None if by_person is None else len(by_person), len(names)),
        *_of_pictures(by_item),
        *_of_methods(counts, names),
        *_of_pairs(counts.sum(axis=2)),
    )


def _of_participants(participants: int | None, methods: int) -> Iterator[str]:
    enough = max(FEW_PARTICIPANTS, methods)
    if participants is None:
        yield UNKNOWN_PARTICIPANTS
    elif participants == 1:
        yield ONE_PARTICIPANT
    elif participants < enough:
        yield (
            f"Only {participants} participants: standard errors by participant may be too small by chance. "
            f"They are reliable from about {enough} participants on."
        )


def _of_pictures(by_item: Floats | None) -> Iterator[str]:
    if by_item is None:
        return
    if len(by_item) == 1:
        yield "All votes are on one picture: the scores hold for this picture only."
    elif len(by_item) < FEW_PICTURES:
        yield (
            f"Only {len(by_item)} pictures: intervals for pictures like these are wider than with "
            f"{FEW_PICTURES} or more, because so few pictures say little about others. More pictures are "
            "needed, not more votes."
        )


def _of_methods(counts: Floats, names: Sequence[str]) -> Iterator[str]:
    wins = counts[..., LEFT] + counts[..., RIGHT].T
    for numbers, what in ((wins.sum(axis=1), "wins"), (wins.sum(axis=0), "losses")):
        few = [name for name, number in zip(names, numbers, strict=True) if number < FEW_WINS]
        if few:
            yield (
                f"Fewer than {FEW_WINS} {what}: {_listed(few)}. Their scores and standard errors may be "
                "inaccurate."
            )


def _of_pairs(by_side: Floats) -> Iterator[str]:
    """Yield warnings about pairs of methods; by_side: K×K votes by left and right method."""
    votes = (by_side + by_side.T)[np.triu_indices(len(by_side), 1)]
    never = int((votes == 0).sum())
    if never:
        yield (
            f"{never} of {len(votes)} pairs were never compared: their differences follow from the model "
            "alone."
        )
    few = int(((votes > 0) & (votes < FEW_VOTES)).sum())
    if few:
        yield (
            f"{few} of {len(votes)} pairs of methods have fewer than {FEW_VOTES} votes: more votes may "
            "change the scores."
        )


def _listed(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
