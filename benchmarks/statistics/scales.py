"""Measure the spread between pictures, the scores of single pictures, and false preferences of pairs.

    python -m benchmarks.statistics.scales [--studies 1000]

Studies of five methods with ties and an order effect; `taste` and `pictures differ by` are the standard
deviations of log-worths between participants and between pictures. The first table has log-worths from -1.2
to 1.2: the root of the mean squared estimate of the spread, the coverage and the mean ends of its interval,
and the error (root mean square) of the log-worths on single pictures: taken from all pictures, shrunk, and
without shrinkage worth mentioning (a spread of 3); last the share of the shrunk scores within 1.96 of their
standard errors. The second table has equal methods but for a circle: the share of studies in which a
preference of any pair is significant, and with a cycle of such preferences.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.arguments import parser_of
from study.statistics.bradley_terry import Fit, fit, tabulate
from study.statistics.heterogeneity import FLATTENING
from study.statistics.multiple_comparisons import errors_of
from study.statistics.scales.picture_scores import picture_scores
from study.statistics.scales.spread import picture_spread
from study.statistics.scales.supported_cycles import supported_cycles
from study.statistics.simulated_votes import draw_outcomes
from study.votes import Floats, Ints, Votes, make_responses

K, LOG_NU, ORDER = 5, -1.0, 0.1
NO_SHRINKAGE = 3.0
CIRCLE = np.zeros((K, K))
CIRCLE[[0, 1, 2], [1, 2, 0]], CIRCLE[[1, 2, 0], [0, 1, 2]] = 1, -1
ZIPF = 1000 // np.arange(1, 31)


@dataclass(frozen=True, eq=False)
class Design:
    """Hold the number of votes of each participant, of pictures, and the standard deviations.

    circle: added log odds of the first method over the second, it over the third, the third over the first.
    """

    name: str
    votes_each: Ints
    pictures: int
    taste_sd: float
    picture_sd: float
    circle: float = 0.0


@dataclass(frozen=True, eq=False)
class Study:
    """Hold votes with their pictures, their fit, and the true log-worths on the pictures (P×K, sum zero).

    The true ones are those that a fit to infinitely many people gives, which are closer together than theirs.
    """

    votes: Votes
    item: Ints
    result: Fit
    truth: Floats


SPREAD = (
    Design("40 people, 20 votes each", np.full(40, 20), 25, 0.3, 0.32),
    Design("40 people, 20 votes each", np.full(40, 20), 10, 0.3, 0.5),
    Design("100 people, 20 votes each", np.full(100, 20), 20, 0.3, 0.5),
    Design("100 people, 40 votes each", np.full(100, 40), 50, 0.5, 0.3),
    Design("40 people, 20 votes each", np.full(40, 20), 25, 0.5, 0.0),
)
EQUAL = (
    Design("30 people, 20 votes each", np.full(30, 20), 30, 0.5, 0.0),
    Design("one person with 400 votes, 29 with 10", np.array([400] + [10] * 29), 30, 0.5, 0.0),
    Design("1000, 500, 333 … votes, 30 people", ZIPF, 30, 0.5, 0.0),
    Design("40 people, 20 votes each", np.full(40, 20), 10, 0.3, 0.5),
    Design("10 people, 20 votes each", np.full(10, 20), 10, 0.5, 0.3),
    Design("8 people, 10 votes each", np.full(8, 10), 40, 0.5, 0.0),
    Design("40 people, 20 votes each", np.full(40, 20), 25, 0.3, 0.3, 1.1),
    Design("100 people, 20 votes each", np.full(100, 20), 25, 0.3, 0.3, 1.1),
)


def simulate(design: Design, worths: Floats, seed: int) -> Study | None:
    """Simulate one study; return None where its votes give no ranking."""
    rng, pairs = np.random.default_rng(seed), np.array(np.triu_indices(K, 1))
    who = np.repeat(np.arange(len(design.votes_each)), design.votes_each)
    turn = pairs[:, rng.permutation(pairs.shape[1])][:, np.arange(len(who)) % pairs.shape[1]]
    left, right = np.where(rng.random(len(who)) < 0.5, turn, turn[::-1])
    item = rng.integers(0, design.pictures, len(who))
    on_picture = worths + rng.normal(0, 1, (design.pictures, K)) * design.picture_sd
    own = on_picture[item] + (rng.normal(0, 1, (len(design.votes_each), K)) * design.taste_sd)[who]
    rows = np.arange(len(who))
    ahead = own[rows, left] + ORDER + design.circle * CIRCLE[left, right]
    outcome = draw_outcomes(ahead, own[rows, right], LOG_NU, rng)
    votes = Votes(left, right, outcome, participant=who)
    result = fit(tabulate(votes, K), [""] * K, order_effect=True)
    of_all = on_picture / np.sqrt(1 + FLATTENING * design.taste_sd**2)
    truth = of_all - of_all.mean(axis=1, keepdims=True)
    return Study(votes, item, result, truth) if result.status == "ok" else None


def studies_of(design: Design, worths: Floats, number: int) -> list[Study]:
    """Return the studies that have a ranking."""
    return [one for seed in range(number) if (one := simulate(design, worths, seed)) is not None]


def spread_line(design: Design, number: int) -> str:
    """Return a row of the table of spreads and scores."""
    spreads, missed, within = [], [], []
    for one in studies_of(design, np.linspace(-1.2, 1.2, K), number):
        votes = one.votes
        assert votes.participant is not None
        single = make_responses(votes.participant, votes.left, votes.right, votes.outcome, item=one.item)
        found = picture_spread(single, one.item, one.result)
        if found is None:
            continue
        spreads.append((found.sd, found.low, found.high))
        errors = errors_of(one.result, votes, K, one.item)
        assert errors is not None
        known = (votes, one.item, one.result, errors.covariance)
        likely = {found.sd: found.likely}
        made = [picture_scores(*known, sd, likely.get(sd, ())) for sd in (0.0, found.sd, NO_SHRINKAGE)]
        truth = one.truth[: int(one.item.max()) + 1]
        missed.append([np.mean((scores.log_worths - truth) ** 2) for scores in made if scores])
        if made[1] is not None:
            within.append(np.mean(np.abs(made[1].log_worths - truth) <= 1.96 * made[1].errors))
    sd, low, high = np.array(spreads).T
    covered = np.mean((low <= design.picture_sd) & (design.picture_sd <= high))
    cells = " | ".join(f"{value:.2f}" for value in np.sqrt(np.mean(missed, axis=0)))
    return (
        f"| {design.name} | {design.pictures} | {design.taste_sd} | {design.picture_sd} | "
        f"{np.sqrt(np.mean(sd**2)):.2f} | {100 * covered:.1f} % | {low.mean():.2f} to {high.mean():.2f} | "
        f"{cells} | {100 * np.mean(within):.0f} % |"
    )


def equal_line(design: Design, number: int) -> str:
    """Return a row of the table of false preferences."""
    found = [
        supported_cycles(one.votes, one.result, K, one.item)
        for one in studies_of(design, np.zeros(K), number)
    ]
    known = [one for one in found if one is not None]
    false = "–" if design.circle else f"{100 * np.mean([one.significant > 0 for one in known]):.1f} %"
    cycles = np.mean([len(one.cycles) > 0 for one in known])
    return (
        f"| {design.name} | {design.pictures} | {design.taste_sd} | {design.picture_sd} | "
        f"{design.circle} | {false} | {100 * cycles:.1f} % |"
    )


def spread_table(number: int) -> None:
    """Print the table of spreads and scores."""
    print(
        "| design | pictures | taste | pictures differ by | estimate | interval covers | interval | "
        "from all | shrunk | alone | within 1.96 |"
    )
    print("|---|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|")
    for design in SPREAD:
        print(spread_line(design, number), flush=True)
    print()


def main() -> None:
    """Print both tables."""
    parser = parser_of(__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--equal", action="store_true", help="only the second table")
    options = parser.parse_args()
    number = options.studies
    if not options.equal:
        spread_table(number)
    print("| design | pictures | taste | pictures differ by | circle | any false preference | a cycle |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for design in EQUAL:
        print(equal_line(design, number), flush=True)


if __name__ == "__main__":
    main()
