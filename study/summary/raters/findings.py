"""Find careless people, opposed groups of people, and votes that occur twice, and hold them for files."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from study.statistics.bradley_terry import Ties, fit, tabulate
from study.statistics.covariance import group_codes
from study.statistics.raters.copies import Copies, find_copies
from study.statistics.raters.kinds_of_people import Discernment, Kinds, kinds_of_people
from study.statistics.raters.side_habits import NO_HABITS, SideHabits, side_habits
from study.votes import Floats, Ints, Responses, StudyData, Votes

MOST_ROWS = 3_000_000  # votes, beyond which nothing is searched
WEIGHTED = "people who seem to choose at random count less"


@dataclass(frozen=True, eq=False)
class Raters:
    """Hold what was found about the people of a study.

    people: number who voted. named: participant indices of the first class that are certain enough; their
    share of the votes: votes. weights: of each row, the probability that its person is not of the first
    class. all_worths, first_worths, other_worths: K log-worths (sum 0) with all votes, and with the votes
    weighted by the probability of the first class, and of the other one; None where they give no scores.
    discernment: that people tell methods apart to different degrees, in place of kinds. habits: of everybody.
    """

    copies: Copies
    kinds: Kinds | None = None
    people: int = 0
    named: tuple[int, ...] = ()
    votes: float = 0.0
    weights: Floats | None = None
    all_worths: Floats | None = None
    first_worths: Floats | None = None
    other_worths: Floats | None = None
    discernment: Discernment | None = None
    habits: SideHabits = NO_HABITS

    @property
    def down(self) -> tuple[str, Floats] | None:
        """Return the name and the weights of the analysis in which random clickers count less."""
        if self.kinds is None or self.kinds.kind != "careless" or self.weights is None:
            return None
        return WEIGHTED, self.weights


@dataclass(frozen=True, eq=False)
class Labels:
    """Hold what a reader calls methods, people and rows. people: () for numbers; lines: of a file."""

    methods: Sequence[str]
    people: Sequence[str] = ()
    lines: Ints | None = field(default=None)

    def person(self, who: int) -> str:
        """Return the name of a participant index, or its number from 1."""
        return (self.people[who] if who < len(self.people) else "?") if self.people else str(who + 1)

    def row(self, which: int) -> int:
        """Return the line of a row in its file, or its number from 1."""
        return which + 1 if self.lines is None else int(self.lines[which])

    @property
    def rows(self) -> str:
        """Return the word for what `row` numbers."""
        return "vote" if self.lines is None else "line"


@dataclass(frozen=True)
class KindsSummary:
    """Hold two classes of people in plain values, for files.

    kind: "careless", of which the first class seems to choose at random, or "groups". people: who voted.
    estimated: of the first class; interval: its 95 % interval, None for groups. named: those of it with a
    probability of 90 % or more; votes: their share of the votes. everybody, first, other: log-worths by
    method with all votes, and with those of each class, None without scores. one_sided, alternating: of the
    named random clickers, those who nearly always chose the same side, or the sides in turn.
    """

    kind: str
    people: int
    estimated: int
    named: tuple[str, ...]
    votes: float
    z: float
    everybody: dict[str, float] | None
    first: dict[str, float] | None
    other: dict[str, float] | None
    interval: tuple[int, int] | None = None
    one_sided: tuple[str, ...] = ()
    alternating: tuple[str, ...] = ()


@dataclass(frozen=True)
class DiscernmentSummary:
    """State in plain values that people tell methods apart to different degrees, for files.

    ratio: how many times as large the log-worths of the upper sixth of the people are as those of the lower
    sixth. people: who voted. random: number of random clickers that would describe the votes almost as well,
    0 if none would. z: of the test that all discern alike.
    """

    ratio: float
    people: int
    random: int
    z: float


@dataclass(frozen=True)
class RaterSummary:
    """Hold what was found about people and copies in plain values, for files.

    rows: the word for what row numbers count. repeated: two row numbers of each repeated vote. block: first
    row, first row of the copy, and votes. same_person: two names, votes on the same pairs, equal answers.
    """

    kinds: KindsSummary | None
    rows: str
    repeated: tuple[tuple[int, int], ...]
    block: tuple[int, int, int] | None
    same_person: tuple[tuple[str, str, int, int], ...]
    discernment: DiscernmentSummary | None = None

    @property
    def doubtful(self) -> bool:
        """Return True where the scores should not be read without the warnings."""
        random = self.discernment is not None and self.discernment.random > 0
        return bool(self.kinds or random or self.repeated or self.block or self.same_person)


NOTHING = Raters(Copies(None, None, ()))


def find_raters(
    votes: Votes,
    item: Ints | None,
    methods: int,
    *,
    ranked: bool,
    ties: Ties = "davidson",
    order_effect: bool = True,
) -> Raters:
    """Search the people behind votes that are in the order of answering.

    ranked: the votes have scores; without, only votes that occur twice are searched. Rows that stand for
    fractions of votes are not searched.
    """
    rows = _single(votes)
    if rows is None:
        return NOTHING
    single = _of_rows(votes, rows)
    copies = find_copies(single, None if item is None else item[rows], methods)
    copies = _in_table(copies, rows)
    kinds = kinds_of_people(single, methods) if ranked else None
    if kinds is None or votes.participant is None:
        return Raters(copies)
    count = 1.0 if votes.count is None else votes.count
    people = group_codes(votes.participant[count * np.ones(len(votes.left)) > 0])[0]
    if isinstance(kinds, Discernment):
        return Raters(copies, people=people, discernment=kinds)
    first = kinds.first[votes.participant]
    named = kinds.named
    own = np.isin(votes.participant, named)
    total = np.ones(len(own)) * count

    def worths(weights: Floats) -> Floats | None:
        """Return the scores of the weighted votes, None without any."""
        counts = tabulate(replace(votes, count=weights), methods)
        result = fit(counts, [""] * methods, ties=ties, order_effect=order_effect)
        return result.log_worths if result.status == "ok" else None

    return Raters(
        copies,
        kinds,
        people=people,
        named=tuple(named.tolist()),
        votes=float(total[own].sum() / total.sum()),
        weights=1 - first,
        all_worths=worths(total),
        first_worths=worths(first * count),
        other_worths=worths((1 - first) * count),
        habits=side_habits(single),
    )


def _of_rows(votes: Votes, rows: Ints) -> Votes:
    """Return one vote for each of these rows."""
    return Votes(
        left=votes.left[rows],
        right=votes.right[rows],
        outcome=votes.outcome[rows],
        ordered=None if votes.ordered is None else votes.ordered[rows],
        participant=None if votes.participant is None else votes.participant[rows],
    )


def raters_of(data: StudyData, votes: Responses, *, ranked: bool) -> Raters:
    """Search the people of a study. votes: those that make the scores; ranked: they give scores."""
    shown = replace(votes.as_votes(), ordered=np.full(len(votes), data.sides_known))
    item = None if data.items == ("",) else votes.items
    return find_raters(shown, item, len(data.methods), ranked=ranked, order_effect=data.sides_known)


def _single(votes: Votes) -> Ints | None:
    """Return the row of each single vote; None where rows stand for parts of votes, or too many of them."""
    if votes.count is None:
        return np.arange(len(votes.left)) if len(votes.left) <= MOST_ROWS else None
    whole = np.rint(votes.count)
    if (whole != votes.count).any() or whole.sum() > MOST_ROWS:
        return None
    return np.repeat(np.arange(len(whole)), whole.astype(np.int64))


def _in_table(copies: Copies, rows: Ints) -> Copies:
    """Return findings with the rows of the table in place of single votes."""
    repeated, block = copies.repeated, copies.block
    if repeated is not None:
        repeated = replace(repeated, rows=rows[repeated.rows], earlier=rows[repeated.earlier])
    if block is not None:
        block = replace(block, first=int(rows[block.first]), again=int(rows[block.again]))
    return replace(copies, repeated=repeated, block=block)


def summary_of(found: Raters, labels: Labels) -> RaterSummary:
    """Return the findings with names in place of indices."""
    repeated, block = found.copies.repeated, found.copies.block
    rows = (
        ()
        if repeated is None
        else tuple(
            (labels.row(one), labels.row(two))
            for one, two in zip(repeated.earlier.tolist(), repeated.rows.tolist(), strict=True)
        )
    )
    return RaterSummary(
        _kinds(found, labels),
        labels.rows,
        rows,
        None if block is None else (labels.row(block.first), labels.row(block.again), block.votes),
        tuple(
            (labels.person(one.a), labels.person(one.b), one.votes, one.same) for one in found.copies.people
        ),
        _discernment(found),
    )


def _discernment(found: Raters) -> DiscernmentSummary | None:
    if found.discernment is None:
        return None
    one = found.discernment
    return DiscernmentSummary(
        float(np.exp(2 * one.spread)), found.people, round(one.random_share * found.people), one.z
    )


def _kinds(found: Raters, labels: Labels) -> KindsSummary | None:
    if found.kinds is None:
        return None
    everybody, first, other = (
        None if worths is None else dict(zip(labels.methods, worths.tolist(), strict=True))
        for worths in (found.all_worths, found.first_worths, found.other_worths)
    )
    low_high = found.kinds.interval
    return KindsSummary(
        found.kinds.kind,
        found.people,
        round(found.kinds.share * found.people),
        tuple(labels.person(who) for who in found.named),
        found.votes,
        found.kinds.z,
        everybody,
        first,
        other,
        None if low_high is None else (round(low_high[0] * found.people), round(low_high[1] * found.people)),
        _suspects(found, found.habits.one_sided, labels),
        _suspects(found, found.habits.alternating, labels),
    )


def _suspects(found: Raters, habit: Ints, labels: Labels) -> tuple[str, ...]:
    """Return the names of the random clickers who have a habit."""
    careless = found.kinds is not None and found.kinds.kind == "careless"
    return tuple(labels.person(who) for who in found.named if careless and who in habit)
