"""State in sentences what was found about the people of a study, and about votes that occur twice."""

from collections.abc import Iterator, Sequence

from study.number_formats import percent, signed
from study.summary.raters.findings import DiscernmentSummary, KindsSummary, RaterSummary

MOST_LISTED = 20  # people
MOST_EXAMPLES = 5  # votes, or pairs of people
NOBODY = "Nobody is named, because no participant reaches a probability of 90 %."


def rater_warnings(found: RaterSummary) -> tuple[str, ...]:
    """Return the findings as sentences, most important first."""
    kinds = found.kinds
    describe = None if kinds is None else _careless if kinds.kind == "careless" else _groups
    degrees = () if found.discernment is None else _discernment(found.discernment)
    return (*(describe(kinds) if describe and kinds else ()), *degrees, *copies_in_words(found))


def _careless(kinds: KindsSummary) -> Iterator[str]:
    low, high = kinds.interval or (0, kinds.people)
    yield (
        f"About {kinds.estimated} of {kinds.people} participants seem to choose at random, or nearly so "
        f"({low} to {high} with 95 % confidence): their choices hardly depend on the methods. "
        f"{_named(kinds, 'Named') if kinds.named else NOBODY}"
    )
    if kinds.one_sided:
        yield f"Of those named, these nearly always chose the same side: {_listed(kinds.one_sided)}."
    if kinds.alternating:
        listed = _listed(kinds.alternating)
        yield f"Of those named, these chose the left and the right side in turn: {listed}."
    if kinds.everybody is not None and kinds.other is not None:
        best = max(kinds.everybody, key=lambda name: (kinds.everybody or {})[name])
        yield (
            f"The scores include everybody. With people who seem to choose at random counted less, the "
            f"log-worth of {best} is {signed(kinds.other[best], 2)} instead of "
            f"{signed(kinds.everybody[best], 2)}."
        )


def _discernment(found: DiscernmentSummary) -> Iterator[str]:
    yield (
        f"Participants tell the methods apart to different degrees: log-worths of the upper sixth are about "
        f"{found.ratio:.1f} times those of the lower sixth."
    )
    if found.random:
        yield (
            f"That about {found.random} of {found.people} participants choose at random would explain the "
            "votes almost as well. More votes of each person would decide this."
        )


def _groups(kinds: KindsSummary) -> Iterator[str]:
    yield (
        f"Participants form two groups with opposite preferences, about {kinds.estimated} and "
        f"{kinds.people - kinds.estimated} people{_favourites(kinds)}. The common scores describe neither, "
        f"and more votes do not change this. {_named(kinds, 'In the first group')}"
    )


def _named(kinds: KindsSummary, who: str) -> str:
    return (
        f"{who} with a probability of 90 % or more: {len(kinds.named)} participants with "
        f"{percent(kinds.votes)} of the votes ({_listed(kinds.named)})."
    )


def _favourites(kinds: KindsSummary) -> str:
    if kinds.first is None or kinds.other is None:
        return ""
    first, other = (max(worths, key=lambda name: worths[name]) for worths in (kinds.first, kinds.other))
    return "" if first == other else f": the first prefers {first}, the second {other}"


def copies_in_words(found: RaterSummary) -> Iterator[str]:
    """Yield a sentence for each kind of votes that occur twice."""
    if found.block is not None:
        first, again, votes = found.block
        yield (
            f"{votes} votes in a row occur twice with the same answers, as if a file had been added twice: "
            f"from {found.rows} {first} and from {found.rows} {again} on."
        )
    if found.repeated:
        shown = ", ".join(f"{one} and {two}" for one, two in found.repeated[:MOST_EXAMPLES])
        others = len(found.repeated) - MOST_EXAMPLES
        more = f" and {others} more" if others > 0 else ""
        yield (
            f"{len(found.repeated)} votes repeat another vote of the same person on the same pair of a "
            f"picture, with the same sides and answer: {found.rows}s {shown}{more}."
        )
    for a, b, votes, same in found.same_person[:MOST_EXAMPLES]:
        yield (
            f"Participants {a} and {b} may be one person: of {votes} equal pairs in the same order they "
            f"answered {same} alike."
        )
    if len(found.same_person) > MOST_EXAMPLES:
        yield f"So may the participants of {len(found.same_person) - MOST_EXAMPLES} more pairs of ids."


def _listed(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
