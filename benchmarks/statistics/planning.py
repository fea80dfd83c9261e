"""Compare planned variance and power with those of simulated studies.

    python -m benchmarks.statistics.planning [STUDIES]

Each study simulates raters who differ in taste and is fitted with ties, an order effect and standard errors
clustered by participant; in the second table, pictures differ too, and the errors are those of a report, by
participant and by picture. It detects the difference if the test of this pair is significant after
Bonferroni's correction for all pairs.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import optimize

from benchmarks.arguments import parser_of
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.covariance import clustered_covariance
from study.statistics.multiple_comparisons import errors_of
from study.statistics.planning.pictures import Pictures, critical_at, power_limit, power_of, sample_with
from study.statistics.sample_size import (
    Aim,
    Crowd,
    critical_value,
    crowd_of_taste,
    required_sample,
    unit_variance,
)
from study.statistics.simulated_votes import Taste, draw_votes, log_nu_of, population_difference

CASES = (
    (Aim(3, 0.6), 30, 0.0),
    (Aim(5, 0.405), 20, 0.5),
    (Aim(8, 0.405), 56, 0.0),
    (Aim(8, 0.405), 56, 0.5),
    (Aim(8, 0.405, tie_rate=0.3), 28, 1.0),
    (Aim(8, 1.1, tie_rate=0.0), 28, 0.5),
    (Aim(12, 0.5, power=0.9), 40, 0.5),
)


# Aim, votes each, taste, pictures; people where these pictures do not suffice for the aim.
WITH_PICTURES = (
    (Aim(5, 0.405), 20, 0.5, Pictures(25), None),
    (Aim(5, 0.405), 20, 0.5, Pictures(60), None),
    (Aim(5, 0.405), 20, 0.5, Pictures(30, 0.0), None),
    (Aim(3, 0.6), 30, 0.0, Pictures(20), None),
    (Aim(4, 0.8), 24, 0.5, Pictures(12, 0.4), None),
    (Aim(8, 0.405), 56, 0.5, Pictures(60, 0.5), None),
    (Aim(5, 0.405), 20, 0.5, Pictures(10, 0.5), 200),
    (Aim(8, 0.8, tie_rate=0.0), 28, 0.5, Pictures(20, 0.5), None),
)


def studies(
    aim: Aim, crowd: Crowd, taste_sd: float, people: int, count: int
) -> Iterator[tuple[float, float]]:
    """Yield the clustered variance of the difference in each simulated study, and True if it is detected."""
    taste = population(aim, taste_sd, 0.0)
    critical, rng = critical_value(aim, people - 1), np.random.default_rng(11)
    for _ in range(count):
        votes, _ = draw_votes(taste, participants=people, votes_each=crowd.votes_each, rng=rng)
        result = fit(tabulate(votes, aim.methods), [""] * aim.methods, order_effect=True)
        covariance = clustered_covariance(result, votes, aim.methods)
        if covariance is None or result.log_worths is None:
            continue
        variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
        yield variance, abs(result.log_worths[0] - result.log_worths[1]) > critical * math.sqrt(variance)


def population(aim: Aim, taste_sd: float, picture_sd: float) -> Taste:
    """Return the population in which two methods differ as in the aim."""
    both = math.hypot(taste_sd, picture_sd)
    taste = Taste(np.zeros(aim.methods), log_nu_of(aim.tie_rate, both), taste_sd=both)
    half = optimize.brentq(lambda d: population_difference(d, taste) - aim.difference, 0, 8) / 2
    worths = np.array([half, -half, *np.zeros(aim.methods - 2)])
    return replace(taste, log_worths=worths, taste_sd=taste_sd, item_sd=picture_sd)


def detected(taste: Taste, aim: Aim, each: int, pictures: int, people: int, count: int) -> float:
    """Return the share of simulated studies that detect the difference, by participant and by picture."""
    rng, found = np.random.default_rng(11), 0
    trial = np.arange(people * each)  # each pair with each picture once before any a second time
    items = (trial + trial // math.lcm(aim.pairs, pictures)) % pictures
    for _ in range(count):
        votes, item = draw_votes(taste, participants=people, votes_each=each, items=items, rng=rng)
        result = fit(tabulate(votes, aim.methods), [""] * aim.methods, order_effect=True)
        errors = errors_of(result, votes, aim.methods, item)
        if errors is None or result.log_worths is None:
            continue
        critical = critical_at(aim, np.array([errors.degrees or np.inf]))[0]
        found += abs(result.log_worths[0] - result.log_worths[1]) > critical * errors.between[0, 1]
    return found / count


def print_pictures(count: int) -> None:
    """Print a row for each case with pictures."""
    heads = ("methods", "difference", "votes each", "taste", "pictures", "pictures differ by", "participants")
    print(_row(*heads, "power, planned", "power, simulated", "limit"), _row(*["---:"] * 10), sep="\n")
    for aim, each, sd, pictures, people in WITH_PICTURES:
        pictures = replace(pictures, taste=sd)
        crowd = crowd_of_taste(sd, each, aim.methods, aim.tie_rate, pictures.spread)
        sample = None if people else sample_with(aim, crowd, pictures)
        people = people or (sample.participants if sample else 0)
        planned = power_of(aim, crowd, pictures, people)
        taste = population(aim, sd, pictures.spread)
        simulated = detected(taste, aim, each, pictures.number, people, count)
        case = (aim.methods, aim.difference, each, sd, pictures.number, pictures.spread, people)
        limit = power_limit(aim, pictures)
        print(_row(*case, f"{planned:.3f}", f"{simulated:.3f}", f"{limit:.3f}"), flush=True)


def main() -> None:
    """Print a row for each case."""
    parser = parser_of(__doc__)
    parser.add_argument("studies", nargs="?", type=int, default=2000, metavar="STUDIES")
    count = parser.parse_args().studies
    heads = ("methods", "difference", "ties", "taste sd", "votes each", "participants")
    results = ("variance, simulated : planned", "power, planned", "power, simulated")
    print(_row(*heads, *results), _row(*["---:"] * 9), sep="\n")
    for aim, each, sd in CASES:
        crowd = crowd_of_taste(sd, each, aim.methods, aim.tie_rate)
        sample = required_sample(aim, crowd)
        simulated = np.array(list(studies(aim, crowd, sd, sample.participants, count)))
        planned = unit_variance(aim) * crowd.design_effect * aim.pairs / (sample.participants * each)
        variance, power = simulated.mean(axis=0)
        case = (aim.methods, aim.difference, f"{aim.tie_rate:.0%}", sd, each, sample.participants)
        print(_row(*case, f"{variance / planned:.3f}", f"{sample.power:.3f}", f"{power:.3f}"), flush=True)
    print_pictures(count)


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
