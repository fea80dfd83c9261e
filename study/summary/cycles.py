"""State which cycles of preferences are significant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from study.statistics.bradley_terry import Fit
from study.statistics.scales.supported_cycles import supported_cycles
from study.votes import Ints, Votes

MOST_CYCLES = 20


@dataclass(frozen=True)
class Cycle:
    """Hold three methods, each preferred to the next and the last to the first.

    p: the largest p value of the three preferences, not adjusted for the number of pairs.
    """

    methods: tuple[str, ...]
    p: float


@dataclass(frozen=True)
class CycleResult:
    """Count the cycles with three significant preferences; the first MOST_CYCLES by name, clearest first.

    level: a preference is significant with a p value below, all pairs at once. significant: the number of
    pairs with such a preference, of `pairs` with votes.
    """

    number: int
    cycles: tuple[Cycle, ...]
    level: float
    significant: int
    pairs: int


def cycles_of(
    votes: Votes, result: Fit, names: Sequence[str], item: Ints | None, level: float
) -> CycleResult | None:
    """Return the supported cycles of a ranked fit.

    item: of each vote, if known. level: at which the difference of a single pair of scores is significant.
    """
    found = supported_cycles(votes, result, len(names), item, level)
    if found is None:
        return None
    listed = tuple(Cycle(tuple(names[i] for i in one.methods), one.p) for one in found.cycles[:MOST_CYCLES])
    return CycleResult(len(found.cycles), listed, found.level, found.significant, found.pairs)


def cycle_warnings(found: CycleResult | None) -> Iterator[str]:
    """Yield a sentence where significant preferences form a cycle."""
    if found is None or not found.number:
        return
    a, b, c = found.cycles[0].methods
    more = f" ({found.number} such cycles)" if found.number > 1 else ""
    yield (
        f"Significant preferences form a cycle: {a} over {b}, {b} over {c}, {c} over {a}{more}. One score "
        "for each method cannot describe them: read the table of pairs."
    )
