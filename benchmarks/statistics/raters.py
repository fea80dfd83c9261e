"""Measure how often careless people, opposed groups and copies are found, rightly and wrongly.

    python -m benchmarks.statistics.raters [--studies 200]

Each study has five methods with log-worths from -0.96 to 0.96 (times a person's own discernment in the rows
that say so, equal methods in others), one tie in seven votes, an order effect and 25 pictures. Random
clickers choose left and right equally often, and a tie in a fifth of the votes. The Markdown table holds
the share of studies in which random clickers, different discernment, or groups are found; the mean number
of people who are named, and the share of these who are indeed random clickers or of the smaller group; the
share of the findings whose interval covers the number of clickers; and the share of studies in which copies
are found.
A second table, with --changes, holds the share of studies in which preferences are said to have changed over
time, and in which scores are said to depend on the pictures of pairs, where neither is true.
"""

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.arguments import parser_of
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.simulated_votes import Taste, draw_outcomes, draw_votes
from study.summary.raters.findings import find_raters
from study.summary.raters.stability import stability_warnings
from study.votes import Ints, Votes

METHODS, PICTURES = 5, 25
ORDER_EFFECT = 0.1


@dataclass(frozen=True)
class Design:
    """Hold a kind of study: how many of the people are random clickers or opposed, and how people differ."""

    name: str
    people: int = 80
    clickers: int = 0
    opposed: int = 0
    votes: int = 20
    taste: float = 0.3
    worth: float = 0.96
    discernment: float = 0.0


DESIGNS = (
    Design("80 careful people, one taste", taste=0.0),
    Design("80 careful people"),
    Design("80 careful people", taste=0.5),
    Design("80 careful people", taste=1.0),
    Design("80 careful people", taste=0.5, votes=60),
    Design("80 careful people", taste=1.0, votes=60),
    Design("80 careful people, equal methods", worth=0.0, taste=0.5),
    Design("80 careful people, equal methods", worth=0.0, taste=1.0),
    Design("12 careful people", people=12),
    Design("12 careful people", people=12, taste=1.0),
    Design("30 careful people", people=30, taste=0.5),
    Design("30 careful people", people=30, taste=1.0),
    Design("80 people who discern more or less (sd 0.4)", discernment=0.4),
    Design("30 people who discern more or less (sd 0.4)", people=30, discernment=0.4),
    Design("80 people who discern more or less (sd 0.8)", discernment=0.8),
    Design("40 careful, 40 random clickers", clickers=40),
    Design("40 careful, 40 random clickers", clickers=40, votes=30),
    Design("70 careful, 10 random clickers", clickers=10, votes=40),
    Design("15 careful, 15 random clickers", people=30, clickers=15, votes=30),
    Design("40 people and 40 with the opposite taste", opposed=40),
    Design("60 people and 20 with the opposite taste", opposed=20),
    Design("70 people and 10 with the opposite taste", opposed=10, votes=40),
)


def simulate(design: Design, seed: int) -> tuple[Votes, Ints]:
    """Return the votes of a study and their pictures; the last people are the clickers or the opposed."""
    rng = np.random.default_rng(seed)
    worths = np.linspace(-design.worth, design.worth, METHODS)
    taste = Taste(worths, order_effect=ORDER_EFFECT, taste_sd=design.taste)
    votes, item = draw_votes(
        taste, participants=design.people, votes_each=design.votes, items=PICTURES, rng=rng
    )
    assert votes.participant is not None
    people = votes.participant
    sign = np.where(np.arange(design.people) < design.people - design.opposed, 1.0, -1.0)
    factor = sign * np.exp(design.discernment * rng.standard_normal(design.people))
    if design.opposed or design.discernment:
        own = factor[:, None] * worths + design.taste * rng.standard_normal((design.people, METHODS))
        left, right = own[people, votes.left], own[people, votes.right]
        votes = replace(votes, outcome=draw_outcomes(left + ORDER_EFFECT, right, taste.log_nu, rng))
    careless = people >= design.people - design.clickers
    clicks = rng.choice(3, size=careless.shape, p=[0.4, 0.4, 0.2])
    return replace(votes, outcome=np.where(careless, clicks, votes.outcome)), item


def measure(design: Design, studies: int) -> str:
    """Return a row of the table."""
    careless = degrees = groups = copies = 0
    named, right, covered = [], [], []
    last = design.people - max(design.clickers, design.opposed)
    for seed in range(studies):
        votes, item = simulate(design, seed)
        found = find_raters(votes, item, METHODS, ranked=True)
        copies += found.copies.found
        degrees += found.discernment is not None
        if found.kinds is not None:
            careless += found.kinds.kind == "careless"
            groups += found.kinds.kind == "groups"
            if found.kinds.interval is not None:
                low, high = found.kinds.interval
                covered.append(low <= design.clickers / design.people <= high)
            named.append(len(found.named))
            share = float(np.mean([who >= last for who in found.named])) if found.named else 0.0
            right.append(max(share, 1 - share) if found.kinds.kind == "groups" else share)
    cells = (
        design.name,
        str(design.votes),
        f"{design.taste:g}",
        f"{careless / studies:.1%}",
        f"{degrees / studies:.1%}",
        f"{groups / studies:.1%}",
        f"{np.mean(named):.1f}" if named else "",
        f"{np.mean(right):.0%}" if right and last < design.people else "",
        f"{np.mean(covered):.0%}" if covered and design.clickers else "",
        f"{copies / studies:.1%}",
    )
    return f"| {' | '.join(cells)} |"


def measure_changes(taste: float, picture_sd: float, studies: int) -> str:
    """Return a row of the second table."""
    changed = pictures = 0
    liking = Taste(
        np.linspace(-0.96, 0.96, METHODS), order_effect=ORDER_EFFECT, taste_sd=taste, item_sd=picture_sd
    )
    for seed in range(studies):
        rng = np.random.default_rng(seed)
        votes, item = draw_votes(liking, participants=80, votes_each=20, items=PICTURES, rng=rng)
        result = fit(tabulate(votes, METHODS), [""] * METHODS, order_effect=True)
        said = " ".join(stability_warnings(votes, item, METHODS, result))
        changed += "changed over time" in said
        pictures += "on different pictures" in said
    return f"| {taste:g} | {picture_sd:g} | {changed / studies:.1%} | {pictures / studies:.1%} |"


def main() -> None:
    """Print the table."""
    parser = parser_of(__doc__)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--changes", action="store_true")
    arguments = parser.parse_args()
    studies = arguments.studies
    if arguments.changes:
        print(
            "| taste | pictures differ by | changed over time | depend on pictures |\n|---:|---:|---:|---:|"
        )
        for taste, picture_sd in ((0.0, 0.0), (0.5, 0.3), (1.0, 0.5)):
            print(measure_changes(taste, picture_sd, studies), flush=True)
        return
    print(
        "| people | votes each | taste | careless | different discernment | groups | named | rightly "
        "| interval covers | copies |"
    )
    print(f"|---|{'---:|' * 9}")
    for design in DESIGNS:
        print(measure(design, studies), flush=True)


if __name__ == "__main__":
    main()
