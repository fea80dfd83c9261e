"""Test that the model describes the votes: goodness of fit and circular triads.

All functions expect a ranked fit with Davidson's ties; counts are K×K×3 by left, right and outcome.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from study.statistics.bradley_terry import Fit, fit
from study.statistics.covariance import group_codes
from study.statistics.davidson import NET, outcome_probabilities
from study.votes import LEFT, RIGHT, TIE, Floats, Ints, Responses

DRAWS = 500
REFITS = 99
LEAST_EXPECTED = 5.0  # votes per cell for the chi-squared distribution (Cochran, Biometrics 10, 1954)
ROUNDING = 1e-9  # of a deviance; equal counts in another order may differ by less
BATCH = 2_000_000  # array elements drawn at once


@dataclass(frozen=True)
class GoodnessOfFit:
    """Hold the deviance G² and Pearson's X² against the model with free probabilities for each pair.

    With an order effect, both orders of a pair have probabilities of their own. p: of G² for independent
    votes; None without degrees of freedom. simulated: p is from votes simulated under the fit, because some
    expected counts are too small for the chi-squared distribution. residuals: K×K, wins of the row over the
    column less the expected wins, in standard deviations; nan for pairs without votes.
    """

    g2: float
    pearson: float
    degrees: int
    p: float | None
    simulated: bool
    residuals: Floats


def goodness_of_fit(counts: Floats, result: Fit, *, seed: int = 0) -> GoodnessOfFit:
    """Test the counts against their expectation under the fit. seed: of simulated counts."""
    observed = counts if result.order_effect is not None else _merge_orders(counts)
    expected = expected_probabilities(result, len(counts))
    g2, pearson, smallest = _distances(observed, expected)
    cells = int((observed.sum(axis=-1) > 0).sum())
    free = len(counts) - 1 + (result.order_effect is not None) + (result.log_nu is not None)
    degrees = cells * (2 if result.log_nu is not None else 1) - free
    p, simulated = None, smallest < LEAST_EXPECTED
    if degrees > 0:
        p = (
            _simulated_p(*in_order(counts, result), g2, np.random.default_rng(seed))
            if simulated
            else float(special.chdtrc(degrees, g2))
        )
    return GoodnessOfFit(g2, pearson, degrees, p, simulated, _residuals(counts, expected))


def expected_probabilities(result: Fit, methods: int) -> Floats:
    """Return K×K×3 probabilities of left, right and tie for the row on the left, the column on the right."""
    worths = result.log_worths
    assert worths is not None and len(worths) == methods
    return outcome_probabilities(
        worths[:, None] + (result.order_effect or 0.0), worths[None, :], result.log_nu
    )


def _merge_orders(counts: Floats) -> Floats:
    """Return counts with both orders of a pair added in the cells with row < column."""
    return np.asarray(np.triu((counts + _swapped(counts)).transpose(2, 0, 1), 1).transpose(1, 2, 0))


def _swapped(counts: Floats) -> Floats:
    """Return counts …×K×K×3 with left and right exchanged."""
    return np.asarray(np.swapaxes(counts, -3, -2)[..., [RIGHT, LEFT, TIE]])


def _distances(observed: Floats, probabilities: Floats) -> tuple[float, float, float]:
    """Return G², X² and the smallest expected count."""
    expected = observed.sum(axis=-1, keepdims=True) * probabilities
    possible = expected > 0
    o, e = observed[possible], expected[possible]
    g2 = 2 * float(special.xlogy(o, o / e).sum())
    return g2, float(((o - e) ** 2 / e).sum()), float(e.min(initial=np.inf))


def in_order(counts: Floats, result: Fit) -> tuple[Floats, Fit]:
    """Return counts and fit with the methods sorted by what the votes say about them, best first.

    Simulations of them do not depend on the names of the methods. Of methods with equal log-worths, the one
    with more wins comes first, then the one with more votes on the left, then by the votes on single pairs.
    """
    worths = result.log_worths
    assert worths is not None and result.covariance is not None
    both = counts + _swapped(counts)
    totals = (both[..., LEFT].sum(axis=1), both[..., TIE].sum(axis=1), counts.sum(axis=(1, 2)))
    single = np.sort(both.reshape(len(counts), -1), axis=1).T
    order = np.lexsort((*single, *totals[::-1], np.round(worths, 9)))[::-1]
    everything = np.concatenate([order, np.arange(len(order), len(result.covariance))])
    covariance = result.covariance[np.ix_(everything, everything)]
    return counts[np.ix_(order, order)], replace(result, log_worths=worths[order], covariance=covariance)


def _simulated_p(counts: Floats, result: Fit, g2: float, rng: np.random.Generator) -> float | None:
    """Return the share of simulations with at least this deviance; those without a ranking are skipped."""
    names, methods = [""] * len(counts), len(counts)
    order_effect = result.order_effect is not None
    observed = counts if order_effect else _merge_orders(counts)
    least = g2 * (1 - ROUNDING)
    larger = []
    for simulated in draw_counts(observed.sum(axis=-1), expected_probabilities(result, methods), REFITS, rng):
        refit = fit(simulated, names, order_effect=order_effect)
        if refit.status == "ok":
            larger.append(_distances(simulated, expected_probabilities(refit, methods))[0] >= least)
    return (1 + sum(larger)) / (1 + len(larger)) if len(larger) > REFITS / 2 else None


def draw_counts(totals: Floats, probabilities: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Draw draws×K×K×3 counts with given totals (K×K) and probabilities of the outcomes (K×K×3)."""
    drawn = np.zeros((draws, *probabilities.shape), np.float64)
    left, right = np.nonzero(totals)
    drawn[:, left, right] = rng.multinomial(
        totals[left, right].astype(np.int64), probabilities[left, right], size=(draws, len(left))
    )
    return drawn


def _residuals(counts: Floats, probabilities: Floats) -> Floats:
    """Return standardized residuals of wins less losses of the row against the column, over both orders."""
    totals = counts.sum(axis=-1)
    net = counts[..., LEFT] - counts[..., RIGHT]
    mean = probabilities[..., LEFT] - probabilities[..., RIGHT]
    variance = totals * (probabilities[..., LEFT] + probabilities[..., RIGHT] - mean**2)
    excess = net - totals * mean
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((excess - excess.T) / np.sqrt(variance + variance.T))


@dataclass(frozen=True)
class CircularTriads:
    """Hold the number of circular triads: A preferred to B, B to C and C to A by majority.

    decided: triads in which every pair has a majority. expected_share: mean share of circular among decided
    triads in simulations of the fit. p: share of simulations with at least the observed share. Both are None
    without decided triads.
    """

    circular: int
    decided: int
    expected_share: float | None
    p: float | None


def circular_triads(counts: Floats, result: Fit, *, seed: int = 0) -> CircularTriads:
    """Compare the share of circular triads with simulations of the fit. seed: of the simulations."""
    circular, decided = count_triads(_net(counts)[None])
    if not decided[0]:
        return CircularTriads(0, 0, None, None)
    counts, result = in_order(counts, result)
    rng, totals = np.random.default_rng(seed), counts.sum(axis=-1)
    expected = expected_probabilities(result, len(counts))
    simulated = np.concatenate(
        [
            np.stack(count_triads(_net(draw_counts(totals, expected, size, rng))), axis=1)
            for size in _batches(DRAWS, 3 * int((totals > 0).sum()))
        ]
    )
    share = simulated[:, 0] / np.maximum(simulated[:, 1], 1)
    p = (1 + int((share >= circular[0] / decided[0]).sum())) / (1 + DRAWS)
    return CircularTriads(int(circular[0]), int(decided[0]), float(share.mean()), p)


def _net(counts: Floats) -> Floats:
    """Return wins less losses of the row against the column, over both orders: …×K×K."""
    both = counts + _swapped(counts)
    return np.asarray(both[..., LEFT] - both[..., RIGHT])


def _batches(draws: int, size: int) -> list[int]:
    """Divide draws of `size` array elements each into batches of at most BATCH elements."""
    step = max(1, min(draws, BATCH // max(size, 1)))
    return [min(step, draws - start) for start in range(0, draws, step)]


def count_triads(net: Floats) -> tuple[Ints, Ints]:
    """Return the numbers of circular and of decided triads (B each) in B×K×K net wins.

    Traces of third powers count closed walks of three steps: a circular triad 3 times, a decided one 6 times.
    """
    over = (net > 0).astype(np.float64)
    decided = over + np.swapaxes(over, -1, -2)
    circular, decided_walks = (np.einsum("bij,bji->b", step @ step, step) for step in (over, decided))
    return np.rint(circular / 3).astype(np.int64), np.rint(decided_walks / 6).astype(np.int64)


def consistency(circular: Ints, methods: int) -> Floats:
    """Return Kendall's coefficient of consistency zeta from the circular triads of complete sets of pairs.

    1 without circular triads, 0 with the largest possible number (Kendall and Babington Smith, Biometrika 31,
    1940).
    """
    k = methods
    most = (k**3 - k) / 24 if k % 2 else (k**3 - 4 * k) / 24
    return np.asarray(1 - circular / most, np.float64)


def median_consistency(votes: Responses, methods: int) -> tuple[float, int] | None:
    """Return the median zeta of participants who decided every pair, and their number; None without any."""
    enough = np.bincount(votes.participant) >= methods * (methods - 1) / 2
    votes = votes.votes(enough)  # the others have too few votes for every pair
    people, who = group_codes(votes.participant)
    if methods < 3 or not people or people * methods**2 > BATCH * 10:
        return None
    sign = 2 * NET[votes.outcome]
    cell = (who * methods + votes.left) * methods + votes.right
    net = np.bincount(cell, sign, people * methods**2).astype(float).reshape(-1, methods, methods)
    circular, decided = count_triads(net - np.swapaxes(net, 1, 2))
    complete = decided == methods * (methods - 1) * (methods - 2) // 6
    if not complete.any():
        return None
    return float(np.median(consistency(circular[complete], methods))), int(complete.sum())
