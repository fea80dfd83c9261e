"""Measure how often studies that are analysed early find a difference that is not there.

    python -m benchmarks.statistics.looking [--studies 1000]

Each study has 20 votes per participant, ties and an order effect. `taste` is the standard deviation of
log-worths between participants, `pictures differ by` the same between pictures. A study errs if at one of its
looks any simultaneous interval misses the true difference: with equal methods, if any difference is
significant. The Markdown table holds the share of such studies with one look at the end; with two and nine
planned looks and with a look after every participant, each with the limit of a single look (as earlier
releases) and as reports print them now; with both kinds of looks; and the half width of the confidence
sequence, relative to that of a single look, when half of the participants and when all have voted.
"""

from dataclasses import dataclass, field

import numpy as np

from benchmarks.arguments import parser_of
from benchmarks.statistics.coverage import population_log_worths
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.looks.decisions import compare_at
from study.statistics.looks.schedule import Look, Schedule
from study.statistics.multiple_comparisons import Comparisons, Errors, compare, errors_of
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import Floats, Ints, Votes

VOTES_EACH = 20
PLANS = {2: (0.5, 1.0), 9: tuple((k + 1) / 9 for k in range(9))}
HEADS = ("one", "2 before", "2 now", "9 before", "9 now", "each before", "each now", "2 and each")


@dataclass(frozen=True, eq=False)
class Design:
    """Hold the participants, pictures and preferences of a study."""

    name: str
    participants: int
    worths: Floats
    taste_sd: float = 0.5
    pictures: int = 1
    picture_sd: float = 0.0

    @property
    def taste(self) -> Taste:
        """Return the population that the votes are drawn from."""
        return Taste(self.worths, -1.0, 0.1, self.taste_sd, self.picture_sd)

    @property
    def true(self) -> Floats:
        """Return the log-worths fitted to infinitely many such participants and pictures."""
        spread = float(np.hypot(self.taste_sd, self.picture_sd))
        return population_log_worths(Taste(self.worths, -1.0, 0.1, spread))


EQUAL, APART = np.zeros(4), np.linspace(-1, 1, 4)
DESIGNS = (
    Design("20 people", 20, EQUAL),
    Design("40 people", 40, EQUAL),
    Design("40 people, methods from −1 to 1", 40, APART),
    Design("40 people, 25 pictures", 40, EQUAL, 0.3, 25, 0.32),
    Design("40 people, 10 pictures", 40, EQUAL, 0.3, 10, 0.5),
    Design("100 people", 100, EQUAL),
)


@dataclass(frozen=True, eq=False)
class Seen:
    """Hold the scores of one look."""

    log_worths: Floats
    errors: Errors
    participants: int


@dataclass
class Study:
    """Collect what one study finds: which ways of looking erred, and widths by share of the participants."""

    erred: set[str] = field(default_factory=set)
    widths: dict[float, float] = field(default_factory=dict)


def simulate(design: Design, true: Floats, seed: int) -> Study:
    """Simulate one study, and look at it after every participant."""
    rng, total = np.random.default_rng(seed), design.participants
    votes, item = draw_votes(
        design.taste, participants=total, votes_each=VOTES_EACH, items=design.pictures, rng=rng
    )
    found = Study()
    for people in range(2, total + 1):
        seen = _look(votes, item, people, len(true))
        if seen is None:
            continue
        # The limit of one difference at one look is the smallest of all.
        if _misses(seen, true, seen.errors.factor):
            _judge(found, design, seen, true)
        if people in (total // 2, total):
            found.widths[people / total] = _relative_width(design, seen)
    return found


def _look(votes: Votes, item: Ints, people: int, methods: int) -> Seen | None:
    """Return the scores of the first participants; None where there are none."""
    assert votes.participant is not None
    end = int(np.searchsorted(votes.participant, people))
    first = Votes(
        votes.left[:end], votes.right[:end], votes.outcome[:end], participant=votes.participant[:end]
    )
    result = fit(tabulate(first, methods), [""] * methods, order_effect=True)
    errors = errors_of(result, first, methods, item[:end])
    return None if errors is None or result.log_worths is None else Seen(result.log_worths, errors, people)


def _misses(seen: Seen, true: Floats, critical: float) -> bool:
    pairs = np.triu_indices(len(true), 1)
    off = np.abs(np.subtract.outer(seen.log_worths, seen.log_worths) - np.subtract.outer(true, true))
    return bool((off[pairs] > critical * seen.errors.between[pairs]).any())


def _judge(found: Study, design: Design, seen: Seen, true: Floats) -> None:
    """Add the ways of looking that err at this look."""
    last = seen.participants == design.participants
    plans = {
        looks: schedule
        for looks, shares in PLANS.items()
        if seen.participants in (schedule := Schedule(len(true), design.participants, shares=shares)).numbers
    }
    asked = last or plans or "each before" not in found.erred
    if asked and _misses(seen, true, compare(seen.log_worths, seen.errors).critical):
        found.erred |= {"each before", *(f"{looks} before" for looks in plans), *(["one"] if last else [])}
    if _misses(seen, true, _compared(seen, _unplanned(design, seen)).critical):
        found.erred |= {"each now", "2 and each"}
    for looks, schedule in plans.items():
        look = Look(schedule, "planned", seen.participants, schedule.reached(seen.participants))
        if _misses(seen, true, _compared(seen, look).critical):
            found.erred |= {f"{looks} now", *(["2 and each"] if looks == 2 else [])}


def _unplanned(design: Design, seen: Seen) -> Look:
    return Look(Schedule(len(seen.log_worths), design.participants), "unplanned", seen.participants)


def _compared(seen: Seen, look: Look) -> Comparisons:
    """Return the comparisons of a report at this look."""
    return compare_at(seen.log_worths, seen.errors, look, participants=seen.participants)[1]


def _relative_width(design: Design, seen: Seen) -> float:
    once = compare(seen.log_worths, seen.errors).critical
    return _compared(seen, _unplanned(design, seen)).critical / once


def line(design: Design, studies: int) -> str:
    """Return a row of the table."""
    found = [simulate(design, design.true, seed) for seed in range(studies)]
    shares = (np.mean([head in one.erred for one in found]) for head in HEADS)
    widths = (np.median([one.widths[at] for one in found if at in one.widths]) for at in (0.5, 1.0))
    cells = [f"{100 * share:.1f} %" for share in shares] + [f"{width:.2f}" for width in widths]
    return f"| {design.name} | {design.taste_sd} | {design.picture_sd} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = parser_of(__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    studies = parser.parse_args().studies
    heads = ("design", "taste", "pictures differ by", *HEADS, "width at half", "width at the end")
    print(f"| {' | '.join(heads)} |\n|---|{'---:|' * (len(heads) - 1)}")
    for design in DESIGNS:
        print(line(design, studies), flush=True)


if __name__ == "__main__":
    main()
