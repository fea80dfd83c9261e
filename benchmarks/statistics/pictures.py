"""Measure the coverage of 95 % intervals where votes are unequal, and where pictures differ.

    python -m benchmarks.statistics.pictures [--studies 1000]

Each study has five methods with log-worths from -1.2 to 1.2, ties and an order effect. `taste` is the
standard deviation of log-worths between participants, `pictures differ by` the same between pictures. *At
random*: the participant with most votes prefers either side by chance; people like the others are the
population then. The true log-worths are those of the model fitted to infinitely many such participants and
pictures. The Markdown table holds the share of single intervals that cover: by participant as in earlier
releases, and as reports print them now; the share of studies in which all simultaneous intervals cover; and
half the width of a single interval.
"""

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.arguments import parser_of
from benchmarks.statistics.coverage import population_log_worths
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.covariance import clustered_covariance, difference_errors
from study.statistics.multiple_comparisons import compare, errors_of, quantile
from study.statistics.simulated_votes import Taste, draw_votes
from study.summary.concentration import capped_weights
from study.votes import Bools, Ints, Votes

K = 5
WORTHS = np.linspace(-1.2, 1.2, K)
UPPER = np.triu_indices(K, 1)
AT_RANDOM = (0.42, 0.42, 0.16)  # left, right, tie
ONE = np.array([400] + [10] * 29)
ZIPF = 1000 // np.arange(1, 31)


@dataclass(frozen=True, eq=False)
class Design:
    """Hold the number of votes of each participant, of pictures, and the standard deviations.

    capped: weight the votes with a cap. careless: the first participant chooses at random. first_picture:
    the share of votes on the first picture, 0 where it is one of all.
    """

    name: str
    votes_each: Ints
    pictures: int
    taste_sd: float
    picture_sd: float = 0.0
    capped: bool = False
    careless: bool = False
    first_picture: float = 0.0

    @property
    def taste(self) -> Taste:
        """Return the population that the votes are drawn from."""
        return Taste(WORTHS, -1.0, 0.1, self.taste_sd, self.picture_sd)


DESIGNS = (
    Design("30 people, 20 votes each", np.full(30, 20), 25, 0.5),
    Design("one person with 400 votes, 29 with 10", ONE, 25, 0.5),
    Design("the same", ONE, 25, 0.3),
    Design("the same", ONE, 25, 1.0),
    Design("the same", ONE, 25, 0.5, 0.32),
    Design("the same, the 400 votes at random", ONE, 25, 0.5, careless=True),
    Design("the same, with a cap", ONE, 25, 0.5, capped=True),
    Design("two people with 200 votes, 28 with 10", np.array([200] * 2 + [10] * 28), 25, 0.5),
    Design("four people with 200 votes, 20 with 10", np.array([200] * 4 + [10] * 20), 25, 0.5),
    Design("1000, 500, 333 … votes, 30 people", ZIPF, 25, 0.5),
    Design("the same, with a cap", ZIPF, 25, 0.5, capped=True),
    Design("40 people, 20 votes each, 25 pictures", np.full(40, 20), 25, 0.3, 0.32),
    *(Design(f"40 people, 20 votes each, {n} pictures", np.full(40, 20), n, 0.3, 0.5) for n in (3, 5, 7)),
    Design("40 people, 20 votes each, 10 pictures", np.full(40, 20), 10, 0.3, 0.5),
    Design("100 people, 20 votes each, 20 pictures", np.full(100, 20), 20, 0.3, 0.5),
    Design(
        "40 people, 20 votes each, 60 % on one of 21 pictures",
        np.full(40, 20),
        21,
        0.3,
        0.5,
        first_picture=0.6,
    ),
)


@dataclass(frozen=True, eq=False)
class Covered:
    """Mark the differences that intervals cover: of earlier releases, of now, and all at once."""

    before: Bools
    single: Bools
    together: bool
    half_width: float


def simulate(design: Design, seed: int) -> Covered | None:
    """Simulate one study; return None where its votes give no ranking."""
    rng = np.random.default_rng(seed)
    votes, item = draw_votes(
        design.taste,
        participants=len(design.votes_each),
        votes_each=design.votes_each,
        items=_items(design, rng),
        rng=rng,
    )
    if design.careless:
        random = rng.choice(3, len(votes.outcome), p=AT_RANDOM)
        votes = replace(votes, outcome=np.where(votes.participant == 0, random, votes.outcome))
    if design.capped:
        assert votes.participant is not None
        votes = replace(votes, count=capped_weights(votes.participant))
    return _covered(design, votes, item, seed)


def _items(design: Design, rng: np.random.Generator) -> int | Ints:
    """Return the number of pictures, or the picture of each vote where one has most of them."""
    if not design.first_picture:
        return design.pictures
    votes = int(design.votes_each.sum())
    others = rng.integers(1, design.pictures, votes)
    return np.where(rng.random(votes) < design.first_picture, 0, others)


def _covered(design: Design, votes: Votes, item: Ints, seed: int) -> Covered | None:
    result = fit(tabulate(votes, K), [""] * K, order_effect=True)
    errors, plain = errors_of(result, votes, K, item), clustered_covariance(result, votes, K)
    if errors is None or plain is None or result.log_worths is None:
        return None
    compared = compare(result.log_worths, errors, seed=seed)
    true = population_log_worths(replace(design.taste, taste_sd=np.hypot(design.taste_sd, design.picture_sd)))
    distance = np.abs(compared.differences - np.subtract.outer(true, true))[UPPER]
    before = quantile(0.975, len(design.votes_each) - 1) * difference_errors(plain, K)[UPPER]
    reach = errors.between[UPPER]
    return Covered(
        distance <= before,
        distance <= errors.factor * reach,
        bool((distance <= compared.critical * reach).all()),
        float(np.mean(errors.factor * reach)),
    )


def line(design: Design, studies: int) -> str:
    """Return a row of the table."""
    found = [one for seed in range(studies) if (one := simulate(design, seed)) is not None]
    shares = (
        np.mean([one.before for one in found]),
        np.mean([one.single for one in found]),
        np.mean([one.together for one in found]),
    )
    cells = " | ".join(f"{100 * share:.1f} %" for share in shares)
    width = np.median([one.half_width for one in found])
    return f"| {design.name} | {design.taste_sd} | {design.picture_sd} | {cells} | {width:.2f} |"


def main() -> None:
    """Print the table."""
    parser = parser_of(__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    studies = parser.parse_args().studies
    print("| design | taste | pictures differ by | by participant | now | all pairs at once | half width |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for design in DESIGNS:
        print(line(design, studies), flush=True)


if __name__ == "__main__":
    main()
