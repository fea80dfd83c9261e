"""Votes of raters whose taste is known, drawn at once as arrays: to check plans and diagnostics against."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from study.statistics.bradley_terry import probabilities
from study.votes import Floats, Ints, Votes


@dataclass(frozen=True, eq=False)
class Taste:
    """What raters prefer: K log-worths, Davidson's log nu, a side term, and how much tastes differ.

    taste_sd: standard deviation between raters of each method's log-worth; item_sd: the same between items.
    """

    log_worths: Floats
    log_nu: float = -1.0
    position: float = 0.0
    taste_sd: float = 0.0
    item_sd: float = 0.0


def log_nu_of(tie_rate: float, taste_sd: float = 0.0) -> float:
    """The parameter with which methods that a crowd likes equally tie at this rate; minus infinity for none.

    Where tastes differ, few people find them equal, so that each must tie more often between equals.
    """
    if not tie_rate:
        return -np.inf
    points, weights = np.polynomial.hermite_e.hermegauss(61)
    decided = 2 * np.cosh(taste_sd * points / np.sqrt(2))

    def excess(log_nu: float) -> float:
        return float(weights @ (1 / (1 + decided * np.exp(-log_nu))) / weights.sum()) - tie_rate

    lowest = float(np.log(2 * tie_rate / (1 - tie_rate)))  # if tastes did not differ
    return float(optimize.brentq(excess, lowest - 1e-9, lowest + taste_sd**2 + 10, xtol=1e-12))


def draw_votes(
    taste: Taste, *, participants: int, votes_each: int, items: int = 1, rng: np.random.Generator
) -> tuple[Votes, Ints]:
    """Votes on pairs that come equally often on random sides, and the item of each.

    Each rater gets whole rounds of all pairs, then those next in turn, as a balanced study does.
    """
    k = len(taste.log_worths)
    low, high = np.triu_indices(k, 1)
    turn = rng.permutation(len(low))[np.arange(participants * votes_each) % len(low)]
    participant = np.repeat(np.arange(participants), votes_each)
    item = rng.integers(0, items, len(turn))
    swap = rng.random(len(turn)) < 0.5
    left, right = np.where(swap, high[turn], low[turn]), np.where(swap, low[turn], high[turn])
    own = rng.normal(0, 1, (participants, k)) * taste.taste_sd
    scene = rng.normal(0, 1, (items, k)) * taste.item_sd
    liking = taste.log_worths + own[participant] + scene[item]
    rows = np.arange(len(turn))
    outcome = draw_outcomes(liking[rows, left] + taste.position, liking[rows, right], taste.log_nu, rng)
    return Votes(left, right, outcome, participant=participant), item


def draw_outcomes(left: Floats, right: Floats, log_nu: float, rng: np.random.Generator) -> Ints:
    """0 left, 1 right or 2 tie for each pair of log-worths under Davidson's model."""
    shares = probabilities(np.stack([left, right, log_nu + (left + right) / 2], axis=-1))
    drawn = rng.random((len(left), 1)) > np.cumsum(shares, axis=-1)[:, :2]
    return np.asarray(drawn.sum(axis=1), np.int64)


def population_difference(difference: float, taste: Taste) -> float:
    """Log of wins over losses among all raters, where each finds `difference` plus an own taste."""
    points, weights = np.polynomial.hermite_e.hermegauss(61)
    half = (difference + np.sqrt(2) * taste.taste_sd * points) / 2
    total = 2 * np.cosh(half) + np.exp(taste.log_nu)
    return float(np.log((weights @ (np.exp(half) / total)) / (weights @ (np.exp(-half) / total))))
