"""Measure the coverage of 95 % intervals from rankings, and how much a trial tells with more pictures in it.

    python -m benchmarks.statistics.rankings [--studies 1000]

Each study has five methods with log-worths from -1.2 to 1.2, 30 participants with 20 trials each, and 25
pictures of which each trial shows 2 to 4 results. Tastes differ by a standard deviation of 0.5, pictures by
0.3. The true log-worths are those of the model fitted to 400,000 trials of as many people and pictures. The
Markdown table holds the share of single intervals that cover, the share of studies in which all simultaneous
intervals cover, half the width of a single interval, and the number of trials on pairs with the same width.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.arguments import parser_of
from study.statistics.answers.plackett_luce import errors_of_rankings, fit_rankings
from study.statistics.answers.stages import Rankings
from study.statistics.multiple_comparisons import compare
from study.votes import Floats

K = 5
WORTHS = np.linspace(-1.2, 1.2, K)
UPPER = np.triu_indices(K, 1)
NAMES = [""] * K
PEOPLE, TRIALS, PICTURES = 30, 20, 25
TASTE, PICTURE = 0.5, 0.3


@dataclass(frozen=True)
class Design:
    """Hold the number of results in a trial. complete: all are ranked, not only the best is chosen."""

    name: str
    shown: int
    complete: bool


DESIGNS = (
    Design("the better of two", 2, False),
    Design("the best of three", 3, False),
    Design("the best of four", 4, False),
    Design("a ranking of three", 3, True),
    Design("a ranking of four", 4, True),
)


def draw(design: Design, people: int, each: int, pictures: int, rng: np.random.Generator) -> Rankings:
    """Draw rankings of random methods by Luce's rule: the largest worth plus Gumbel noise first."""
    trials = people * each
    person, item = np.repeat(np.arange(people), each), rng.integers(0, pictures, trials)
    shown = rng.random((trials, K)).argsort(axis=1)[:, : design.shown]
    tastes, ease = rng.normal(0, TASTE, (people, K)), rng.normal(0, PICTURE, (pictures, K))
    worth = np.take_along_axis(WORTHS + tastes[person] + ease[item], shown, axis=1)
    rank = (-(worth + rng.gumbel(size=worth.shape))).argsort(axis=1).argsort(axis=1) + 1
    if not design.complete:
        rank = np.minimum(rank, 2)
    trial = np.repeat(np.arange(trials), design.shown)
    return Rankings(trial, shown.ravel(), rank.ravel(), participant=person, item=item)


def population(design: Design) -> Floats:
    """Return the log-worths that infinitely many people and pictures would give."""
    many = draw(design, 40_000, 10, 40_000, np.random.default_rng(99))
    found = fit_rankings(many, NAMES).log_worths
    assert found is not None
    return found


def studies_of(design: Design, true: Floats, studies: int) -> Iterator[tuple[float, bool, float]]:
    """Yield the share of covered differences, if all are covered at once, and half a width."""
    for seed in range(studies):
        rankings = draw(design, PEOPLE, TRIALS, PICTURES, np.random.default_rng(seed))
        result = fit_rankings(rankings, NAMES)
        errors = errors_of_rankings(result, rankings)
        if errors is not None and result.log_worths is not None:
            compared = compare(result.log_worths, errors, seed=seed)
            distance = np.abs(compared.differences - np.subtract.outer(true, true))[UPPER]
            reach = errors.between[UPPER]
            single = float(np.mean(distance <= errors.factor * reach))
            together = bool((distance <= compared.critical * reach).all())
            yield single, together, float(np.mean(errors.factor * reach))


def main() -> None:
    """Print the table."""
    parser = parser_of(__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    studies = parser.parse_args().studies
    print("| a trial is | single | all pairs at once | half width | as many trials on pairs |")
    print("|---|---:|---:|---:|---:|")
    first = None
    for design in DESIGNS:
        found = np.array(list(studies_of(design, population(design), studies)), float)
        single, together, width = found.mean(axis=0)
        first = first or width
        times = (first / width) ** 2
        print(
            f"| {design.name} | {100 * single:.1f} % | {100 * together:.1f} % | {width:.2f} | {times:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
