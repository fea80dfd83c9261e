"""What adaptive allotment gains, and whether its intervals hold.

    python -m benchmarks.statistics.adaptive [--studies 200]

Simulated studies of eight methods, 20 items and 60 participants of 20 votes whose tastes scatter by 0.5, once
in balanced blocks and once adaptively with at least MINIMUM comparisons of every pair. Printed, as a Markdown
table: the standard error of differences by participants, the mean over all pairs and over neighbours in the
true order; the share of differences in their own 95 % interval, and of studies with all in the simultaneous.
"""

import argparse
import math
from dataclasses import dataclass

import numpy as np

from benchmarks.statistics.coverage import truth
from study.collect.adaptive_design import AllocationState, adaptive_comparisons
from study.collect.balanced_design import Design, comparisons
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.multiple_comparisons import compare, errors_of
from study.statistics.simulated_votes import Taste, draw_outcomes
from study.votes import Bools, Floats, Votes

METHODS, ITEMS, PARTICIPANTS, VOTES_EACH, MINIMUM = 8, 20, 60, 20, 15
SPREADS = (0.5, 1.2, 3.0)  # log-worths reach from minus to plus this


@dataclass(frozen=True, eq=False)
class Outcome:
    """Standard errors of all differences, K×K, and which of them lie in their intervals, over i < j."""

    errors: Floats
    own: Bools
    joint: bool


def votes_of(taste: Taste, adaptive: bool, seed: int) -> Votes:
    """All votes of one study; participants come one after the other."""
    rng = np.random.default_rng(seed)
    design = Design(METHODS, ITEMS, VOTES_EACH, seed)
    state = AllocationState(np.zeros((METHODS, METHODS, ITEMS), np.int64), np.zeros((METHODS, METHODS, 3)))
    rows = []
    for block in range(PARTICIPANTS):
        main = adaptive_comparisons(design, block, state, MINIMUM) if adaptive else comparisons(design, block)
        left, right = (np.array([getattr(trial, side) for trial in main]) for side in ("left", "right"))
        item = np.array([trial.item for trial in main])
        liking = taste.log_worths + taste.taste_sd * rng.normal(0, 1, METHODS)
        outcome = draw_outcomes(liking[left] + taste.order_effect, liking[right], taste.log_nu, rng)
        np.add.at(state.planned, (left, right, item), 1)
        np.add.at(state.counts, (left, right, outcome), 1)
        rows.append((left, right, outcome, np.full(len(main), block)))
    left, right, outcome, participant = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Votes(left, right, outcome, participant=participant)


def simulate(taste: Taste, true: Floats, adaptive: bool, seed: int) -> Outcome | None:
    """One study; None if its votes give no ranking."""
    votes = votes_of(taste, adaptive, seed)
    result = fit(tabulate(votes, METHODS), [""] * METHODS, order_effect=True)
    errors = errors_of(result, votes, METHODS)
    if errors is None or result.log_worths is None:
        return None
    compared = compare(result.log_worths, errors, seed=seed)
    upper = np.triu_indices(METHODS, 1)
    miss = np.abs(compared.differences - np.subtract.outer(true, true))[upper]
    own = errors.between[upper]
    return Outcome(errors.between, miss <= errors.factor * own, bool((miss <= compared.critical * own).all()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=200)
    studies = parser.parse_args().studies
    print("| log-worths | pairs | ranked | error, all | error, neighbours | clustered | simultaneous |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for spread in SPREADS:
        taste = Taste(np.linspace(-spread, spread, METHODS), math.log(0.35), 0.1, 0.5)
        true = truth(taste)
        for name, adaptive in (("balanced", False), ("adaptive", True)):
            found = [simulate(taste, true, adaptive, seed) for seed in range(studies)]
            ranked = [one for one in found if one is not None]
            errors = np.mean([one.errors for one in ranked], axis=0)
            every, near = errors[np.triu_indices(METHODS, 1)].mean(), np.diag(errors, 1).mean()
            own, joint = np.mean([one.own for one in ranked]), np.mean([one.joint for one in ranked])
            print(f"| ±{spread} | {name} | {len(ranked)} of {studies} | {every:.3f} | {near:.3f} "
                  f"| {own:.1%} | {joint:.1%} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
