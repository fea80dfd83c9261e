"""How often 95 % intervals hold the truth, over simulated studies of participants who differ in taste.

    python -m benchmarks.statistics.coverage [--studies 400]

Each study: methods with log-worths from -1.2 to 1.2, 20 votes a participant, balanced pairs, ties, a
preference for the left side. Each participant's log-worths scatter by `taste` (standard deviation). The truth
is what the model gives for infinitely many such participants. Intervals are those of every report
(`study.statistics.multiple_comparisons`). Print a Markdown table: the share of all differences that lie in
their own interval, by the model's errors and by participants; the share of studies in which all differences
at once lie in their own intervals, and in the simultaneous ones; and how far, in standard errors, the latter
reach.
"""

import argparse
import math
from dataclasses import dataclass

import numpy as np

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
class Outcome:
    """Of one study: which differences lay in their intervals (by the model, own, simultaneous).

    critical: reach of the simultaneous ones in standard errors.
    """

    model: Bools
    own: Bools
    joint: Bools
    critical: float


def truth(taste: Taste) -> Floats:
    """K log-worths fitted to the chances of all pairs, averaged over tastes."""
    k = len(taste.log_worths)
    points, weights = np.polynomial.hermite_e.hermegauss(61)
    scatter = math.sqrt(2) * taste.taste_sd * points
    half = (
        np.subtract.outer(taste.log_worths, taste.log_worths)[..., None] + scatter + taste.order_effect
    ) / 2
    probabilities = outcome_probabilities(half, -half, taste.log_nu)
    counts = 1e6 * np.einsum("ijqo,q->ijo", probabilities, weights / weights.sum())
    counts[range(k), range(k)] = 0
    worths = fit(counts, [""] * k, order_effect=True).log_worths
    assert worths is not None
    return worths


def simulate(taste: Taste, true: Floats, participants: int, seed: int) -> Outcome | None:
    """One study; None if its votes give no ranking."""
    k, rng = len(true), np.random.default_rng(seed)
    votes, _ = draw_votes(taste, participants=participants, votes_each=VOTES_EACH, rng=rng)
    result = fit(tabulate(votes, k), [""] * k, order_effect=True)
    errors = errors_of(result, votes, k)
    if errors is None or result.log_worths is None or result.covariance is None:
        return None
    compared = compare(result.log_worths, errors, seed=seed)
    miss = np.abs(compared.differences - np.subtract.outer(true, true))[np.triu_indices(k, 1)]
    model, own = (
        spread[np.triu_indices(k, 1)] for spread in (difference_errors(result.covariance, k), errors.between)
    )
    return Outcome(
        miss <= 1.96 * model, miss <= errors.factor * own, miss <= compared.critical * own, compared.critical
    )


def line(methods: int, participants: int, sd: float, studies: int) -> str:
    """A row of the table."""
    taste = Taste(np.linspace(-1.2, 1.2, methods), math.log(0.35), 0.1, sd)
    true = truth(taste)
    found = [simulate(taste, true, participants, seed) for seed in range(studies)]
    ranked = [one for one in found if one is not None]
    model, own = (np.mean([getattr(one, name) for one in ranked]) for name in ("model", "own"))
    at_once, joint = (np.mean([getattr(one, name).all() for one in ranked]) for name in ("own", "joint"))
    reach = np.mean([one.critical for one in ranked])
    shares = " | ".join(f"{100 * share:.1f} %" for share in (model, own, at_once, joint))
    return f"| {methods} | {participants} | {sd} | {len(ranked)} of {studies} | {shares} | {reach:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=400)
    studies = parser.parse_args().studies
    print("| methods | participants | taste | studies | model | clustered | all | simultaneous | reach |")
    print("|---|---|---|---|---|---|---|---|---|")
    for methods, participants in DESIGNS:
        for sd in TASTES:
            print(line(methods, participants, sd, studies), flush=True)


if __name__ == "__main__":
    main()
