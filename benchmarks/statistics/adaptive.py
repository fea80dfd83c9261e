"""Compare the adaptive design with balanced blocks: standard errors and coverage of intervals.

    python -m benchmarks.statistics.adaptive [--studies 200]

Each simulated study has eight methods, 20 items and 60 participants with 20 votes each; log-worths have a
standard deviation of 0.5 between participants. The adaptive design has at least MINIMUM comparisons of every
pair. The Markdown table holds the clustered standard error of differences, averaged over all pairs and over
neighbours in the true order, the coverage of single 95 % intervals, and the share of studies in which all
simultaneous intervals cover the true differences.
"""

import math
from dataclasses import dataclass

import numpy as np

from benchmarks.arguments import parser_of
from benchmarks.statistics.coverage import population_log_worths
from study.collect.design.adaptive_design import AllocationState, adaptive_comparisons
from study.collect.design.balanced_design import Design, comparisons
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.multiple_comparisons import compare, errors_of
from study.statistics.simulated_votes import Taste, draw_outcomes
from study.votes import Bools, Floats, Votes

METHODS, ITEMS, PARTICIPANTS, VOTES_EACH, MINIMUM = 8, 20, 60, 20, 15
SPREADS = (0.5, 1.2, 3.0)  # log-worths reach from minus to plus this


@dataclass(frozen=True, eq=False)
class Coverage:
    """Hold one study: K×K standard errors of differences, and the true differences that intervals cover.

    single: for each pair i < j, covered by its own interval. simultaneous: all covered at once.
    """

    errors: Floats
    single: Bools
    simultaneous: bool


def votes_of(taste: Taste, adaptive: bool, seed: int) -> Votes:
    """Simulate the votes of one study, one participant after another."""
    rng = np.random.default_rng(seed)
    design = Design(METHODS, ITEMS, VOTES_EACH, seed)
    state = AllocationState(np.zeros((METHODS, METHODS, ITEMS), np.int64), np.zeros((METHODS, METHODS, 3)))
    rows = []
    for block in range(PARTICIPANTS):
        main = adaptive_comparisons(design, block, state, MINIMUM) if adaptive else comparisons(design, block)
        left, right = (np.array([getattr(trial, side) for trial in main]) for side in ("left", "right"))
        item = np.array([trial.item for trial in main])
        worths = taste.log_worths + taste.taste_sd * rng.normal(0, 1, METHODS)
        outcome = draw_outcomes(worths[left] + taste.order_effect, worths[right], taste.log_nu, rng)
        np.add.at(state.planned, (left, right, item), 1)
        np.add.at(state.counts, (left, right, outcome), 1)
        rows.append((left, right, outcome, np.full(len(main), block)))
    left, right, outcome, participant = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Votes(left, right, outcome, participant=participant)


def simulate(taste: Taste, true: Floats, adaptive: bool, seed: int) -> Coverage | None:
    """Simulate one study; return None if its votes give no ranking. true: K log-worths."""
    votes = votes_of(taste, adaptive, seed)
    result = fit(tabulate(votes, METHODS), [""] * METHODS, order_effect=True)
    errors = errors_of(result, votes, METHODS)
    if errors is None or result.log_worths is None:
        return None
    compared = compare(result.log_worths, errors, seed=seed)
    upper = np.triu_indices(METHODS, 1)
    distance = np.abs(compared.differences - np.subtract.outer(true, true))[upper]
    spread = errors.between[upper]
    simultaneous = bool((distance <= compared.critical * spread).all())
    return Coverage(errors.between, distance <= errors.factor * spread, simultaneous)


def main() -> None:
    """Print the table."""
    parser = parser_of(__doc__)
    parser.add_argument("--studies", type=int, default=200)
    studies = parser.parse_args().studies
    print("| log-worths | pairs | ranked | error, all | error, neighbours | clustered | simultaneous |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for spread in SPREADS:
        taste = Taste(np.linspace(-spread, spread, METHODS), math.log(0.35), 0.1, 0.5)
        true = population_log_worths(taste)
        for name, adaptive in (("balanced", False), ("adaptive", True)):
            simulated = [simulate(taste, true, adaptive, seed) for seed in range(studies)]
            ranked = [one for one in simulated if one is not None]
            errors = np.mean([one.errors for one in ranked], axis=0)
            every, near = errors[np.triu_indices(METHODS, 1)].mean(), np.diag(errors, 1).mean()
            single, simultaneous = (
                np.mean([getattr(one, kind) for one in ranked]) for kind in ("single", "simultaneous")
            )
            print(f"| ±{spread} | {name} | {len(ranked)} of {studies} | {every:.3f} | {near:.3f} "
                  f"| {single:.1%} | {simultaneous:.1%} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
