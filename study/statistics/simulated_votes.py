"""Simulate votes of raters with known preferences, to check sample sizes, intervals and diagnostics."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from study.statistics.davidson import outcome_probabilities
from study.votes import LEFT, RIGHT, TIE, Floats, Ints, Votes


@dataclass(frozen=True, eq=False)
class Taste:
    """Hold the preferences of a population of raters under Davidson's model.

    log_worths: K. log_nu: tie parameter. order_effect: log-worth of the left side. taste_sd: standard
    deviation of each method's log-worth between raters; item_sd: the same between items.
    """

    log_worths: Floats
    log_nu: float = -1.0
    order_effect: float = 0.0
    taste_sd: float = 0.0
    item_sd: float = 0.0


def log_nu_of(tie_rate: float, taste_sd: float = 0.0) -> float:
    """Return the log nu with which methods that are equal in the population tie at a rate (0 to below 1).

    Minus infinity for a rate of 0. If tastes differ, few raters find the methods equal, so log nu is larger.
    taste_sd: as in `Taste`; the population is integrated by Gauss-Hermite quadrature.
    """
    if not tie_rate:
        return -np.inf
    points, weights = np.polynomial.hermite_e.hermegauss(61)
    half = taste_sd * points / np.sqrt(2)

    def excess(log_nu: float) -> float:
        """Return the rate of ties in the population less the wanted one."""
        ties = outcome_probabilities(half, -half, log_nu)[:, TIE]
        return float(weights @ ties / weights.sum()) - tie_rate

    lowest = float(np.log(2 * tie_rate / (1 - tie_rate)))  # the solution if tastes do not differ
    return float(optimize.brentq(excess, lowest - 1e-9, lowest + taste_sd**2 + 10, xtol=1e-12))


def draw_votes(
    taste: Taste,
    *,
    participants: int,
    votes_each: int | Ints,
    items: int | Ints = 1,
    rng: np.random.Generator,
) -> tuple[Votes, Ints]:
    """Draw votes and the item of each vote. Pairs are equally frequent, sides are random.

    votes_each: the number of votes of every participant, or of each one. items: their number, or the item of
    each vote.

    Each rater answers complete rounds of all pairs, then the pairs next in turn, as in a balanced study.
    """
    k = len(taste.log_worths)
    low, high = np.triu_indices(k, 1)
    participant = np.repeat(np.arange(participants), votes_each)
    turn = rng.permutation(len(low))[np.arange(len(participant)) % len(low)]
    number = items if isinstance(items, int) else int(items.max(initial=-1)) + 1
    item = rng.integers(0, number, len(turn)) if isinstance(items, int) else items
    swap = rng.random(len(turn)) < 0.5
    left, right = np.where(swap, high[turn], low[turn]), np.where(swap, low[turn], high[turn])
    by_rater = rng.normal(0, 1, (participants, k)) * taste.taste_sd
    by_item = rng.normal(0, 1, (number, k)) * taste.item_sd
    worths = taste.log_worths + by_rater[participant] + by_item[item]
    rows = np.arange(len(turn))
    outcome = draw_outcomes(worths[rows, left] + taste.order_effect, worths[rows, right], taste.log_nu, rng)
    return Votes(left, right, outcome, participant=participant), item


def draw_outcomes(left: Floats, right: Floats, log_nu: float, rng: np.random.Generator) -> Ints:
    """Draw LEFT, RIGHT or TIE under Davidson's model. left: log-worths with any order effect."""
    cumulative = np.cumsum(outcome_probabilities(left, right, log_nu), axis=-1)
    return np.asarray((rng.random((len(left), 1)) > cumulative[:, :2]).sum(axis=1), np.int64)


def population_difference(difference: float, taste: Taste) -> float:
    """Return the log odds of a win against a loss in the population, for a mean difference of log-worths."""
    points, weights = np.polynomial.hermite_e.hermegauss(61)
    half = (difference + np.sqrt(2) * taste.taste_sd * points) / 2
    outcomes = weights @ outcome_probabilities(half, -half, taste.log_nu)
    return float(np.log(outcomes[LEFT] / outcomes[RIGHT]))
