"""Describe careless people, opposed groups and copies for the section of a report about them."""

from collections.abc import Iterable

from study.number_formats import percent, signed
from study.summary.raters.findings import DiscernmentSummary, KindsSummary, RaterSummary
from study.summary.raters.sentences import copies_in_words

RANDOM = "votes of those who seem to choose at random"
CLASSES = {"careless": (RANDOM, "votes of all others"), "groups": ("first group", "second group")}


def rater_text(found: RaterSummary) -> tuple[str, ...]:
    """Return the paragraphs of the section, () where nothing was found."""
    return (
        *(() if found.kinds is None else _kinds(found.kinds)),
        *(() if found.discernment is None else _discernment(found.discernment)),
        *copies_in_words(found),
    )


def rater_table(
    found: RaterSummary, scores: Iterable[tuple[str, float | None]]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]] | None:
    """Return heads and rows: scores of all votes, and by class of people; None without classes.

    scores: titles and log-worths of the methods.
    """
    kinds = found.kinds
    if kinds is None:
        return None
    heads = ("Method", "All votes", *(name[0].upper() + name[1:] for name in CLASSES[kinds.kind]))
    classes = kinds.first, kinds.other
    return heads, tuple(
        (title, _signed(worth), *(_of(worths, title) for worths in classes)) for title, worth in scores
    )


def _kinds(kinds: KindsSummary) -> tuple[str, ...]:
    named = ", ".join(kinds.named) or "nobody"
    what = (
        "People who seem to choose at random were searched by a mixture of two kinds of people on the "
        "decided votes: some whose choices do not depend on the methods, and others whose tastes differ. The "
        "mixture also describes the votes better than people whose discernment differs a little."
        if kinds.kind == "careless"
        else "Groups were searched by a mixture of two rankings on the decided votes, in which tastes differ "
        "within each group too."
    )
    return (
        f"{what} The mixture describes the votes better than one kind of people (z {kinds.z:.1f}). About "
        f"{kinds.estimated} of {kinds.people} people{_within(kinds)} are of the first kind; "
        f"{len(kinds.named)} of them with a probability of 90 % or more, who gave {percent(kinds.votes)} of "
        f"the votes: {named}.",
        "Scores in the next table weight each vote by the probability that its person is of that kind. The "
        "scores of this report include everybody with equal weight.",
    )


def _within(kinds: KindsSummary) -> str:
    if kinds.interval is None:
        return ""
    low, high = kinds.interval
    return f" (95 % interval {low} to {high}, by the profile likelihood of their share)"


def _discernment(found: DiscernmentSummary) -> tuple[str, ...]:
    return (
        "A factor of each person multiplies all log-worths. Such factors, or people who choose at random, "
        f"describe the votes better than people who all discern alike (z {found.z:.1f}). The factors of the "
        f"upper sixth are about {found.ratio:.1f} times those of the lower sixth.",
    )


def _of(worths: dict[str, float] | None, title: str) -> str:
    return "no scores" if worths is None else _signed(worths.get(title))


def _signed(value: float | None) -> str:
    return "–" if value is None else signed(value, 2)
