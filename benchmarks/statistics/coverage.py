"""Measure the coverage of 95 % intervals in simulated studies whose participants differ in taste.

    python -m benchmarks.statistics.coverage [--studies 400]

Each study has methods with log-worths from -1.2 to 1.2, 20 votes per participant, balanced pairs, ties and an
order effect. `taste` is the standard deviation of log-worths between participants. The true log-worths are
those of the model fitted to infinitely many such participants. Intervals are those of a report
(`study.statistics.multiple_comparisons`). The Markdown table holds the coverage of single intervals, with
standard errors of the model and clustered by participant; the share of studies in which all single intervals
cover, and in which all simultaneous ones do; and half the width of the latter in standard errors.
"""

import math
from dataclasses import dataclass

import numpy as np

from benchmarks.arguments import parser_of
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.covariance import difference_errors
from study.statistics.davidson import outcome_probabilities
from study.statistics.multiple_comparisons import compare, errors_of
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import Bools, Floats

VOTES_EACH = 20
DESIGNS = ((4, 12), (8, 20), (8, 50), (8, 100))  # methods, participants
TASTES = (0.0, 0.5, 1.0)


@dataclass(frozen=True, eq=False)
class Coverage:
    """Mark the differences of one study that intervals cover, for each pair i < j.

    model: intervals with standard errors of the model. single: intervals clustered by participant.
    simultaneous: intervals for all pairs at once. critical: half the width of the latter in standard errors.
    """

    model: Bools
    single: Bools
    simultaneous: Bools
    critical: float


def population_log_worths(taste: Taste) -> Floats:
    """Return K log-worths fitted to the outcome probabilities of all pairs, averaged over participants."""
    k = len(taste.log_worths)
    points, weights = np.polynomial.hermite_e.hermegauss(61)
    deviations = math.sqrt(2) * taste.taste_sd * points
    half = (
        np.subtract.outer(taste.log_worths, taste.log_worths)[..., None] + deviations + taste.order_effect
    ) / 2
    probabilities = outcome_probabilities(half, -half, taste.log_nu)
    counts = 1e6 * np.einsum("ijqo,q->ijo", probabilities, weights / weights.sum())
    counts[range(k), range(k)] = 0
    worths = fit(counts, [""] * k, order_effect=True).log_worths
    assert worths is not None
    return worths


def simulate(taste: Taste, true: Floats, participants: int, seed: int) -> Coverage | None:
    """Simulate one study; return None if its votes give no ranking. true: K log-worths."""
    k, rng = len(true), np.random.default_rng(seed)
    votes, _ = draw_votes(taste, participants=participants, votes_each=VOTES_EACH, rng=rng)
    result = fit(tabulate(votes, k), [""] * k, order_effect=True)
    errors = errors_of(result, votes, k)
    if errors is None or result.log_worths is None or result.covariance is None:
        return None
    compared = compare(result.log_worths, errors, seed=seed)
    distance = np.abs(compared.differences - np.subtract.outer(true, true))[np.triu_indices(k, 1)]
    model, clustered = (
        spread[np.triu_indices(k, 1)] for spread in (difference_errors(result.covariance, k), errors.between)
    )
    return Coverage(
        distance <= 1.96 * model,
        distance <= errors.factor * clustered,
        distance <= compared.critical * clustered,
        compared.critical,
    )


def line(methods: int, participants: int, sd: float, studies: int) -> str:
    """Return a row of the table. sd: standard deviation of log-worths between participants."""
    taste = Taste(np.linspace(-1.2, 1.2, methods), math.log(0.35), 0.1, sd)
    true = population_log_worths(taste)
    simulated = [simulate(taste, true, participants, seed) for seed in range(studies)]
    ranked = [one for one in simulated if one is not None]
    each = (np.mean([getattr(one, kind) for one in ranked]) for kind in ("model", "single"))
    all_pairs = (np.mean([getattr(one, kind).all() for one in ranked]) for kind in ("single", "simultaneous"))
    width = np.mean([one.critical for one in ranked])
    shares = " | ".join(f"{100 * share:.1f} %" for share in (*each, *all_pairs))
    return f"| {methods} | {participants} | {sd} | {len(ranked)} of {studies} | {shares} | {width:.2f} |"


def main() -> None:
    """Print the table."""
    parser = parser_of(__doc__)
    parser.add_argument("--studies", type=int, default=400)
    studies = parser.parse_args().studies
    print("| methods | participants | taste | studies | model | clustered | all | simultaneous | reach |")
    print("|---|---|---|---|---|---|---|---|---|")
    for methods, participants in DESIGNS:
        for sd in TASTES:
            print(line(methods, participants, sd, studies), flush=True)


if __name__ == "__main__":
    main()
