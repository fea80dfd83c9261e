"""Whether the model describes the votes: fit, circles, and how much people and pictures differ.

Everything here takes counts K×K×3 (left, right, outcome) or arrays, and a ranked fit with Davidson ties.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from study.statistics.bradley_terry import Fit, fit, probabilities
from study.statistics.covariance import number
from study.votes import LEFT, RIGHT, TIE, Floats, Ints, Responses

DRAWS = 500
REFITS = 99
LEAST_EXPECTED = 5.0  # votes in a cell for the chi-squared distribution (Cochran, Biometrics 10, 1954)
BATCH = 2_000_000  # numbers drawn at once
BLUR = 2 * (16 * np.sqrt(3) / (15 * np.pi)) ** 2  # a logistic curve is close to a normal one this much wider
LARGEST_VARIANCE = 9.0


@dataclass(frozen=True)
class GoodnessOfFit:
    """Deviance G² and Pearson's X² against own chances for every pair (and side, if it has a term).

    p: of G², as if votes were independent; None without degrees of freedom. simulated: found by drawing votes
    from the fit, as some cells are expected too small for chi-squared. residuals: K×K, how much more often
    the row was preferred to the column than expected, in standard deviations; nan unseen.
    """

    g2: float
    pearson: float
    degrees: int
    p: float | None
    simulated: bool
    residuals: Floats


def goodness_of_fit(counts: Floats, result: Fit, *, seed: int = 0) -> GoodnessOfFit:
    """How far the counts are from the fit's expectation."""
    observed = counts if result.position is not None else _without_sides(counts)
    shares = shares_of(result, len(counts))
    g2, pearson, smallest = _distances(observed, shares)
    cells = int((observed.sum(axis=-1) > 0).sum())
    free = len(counts) - 1 + (result.position is not None) + (result.log_nu is not None)
    degrees = cells * (2 if result.log_nu is not None else 1) - free
    p, simulated = None, smallest < LEAST_EXPECTED
    if degrees > 0:
        p = (
            _simulated_p(observed, result, g2, np.random.default_rng(seed))
            if simulated
            else float(special.chdtrc(degrees, g2))
        )
    return GoodnessOfFit(g2, pearson, degrees, p, simulated, _residuals(counts, shares))


def shares_of(result: Fit, methods: int) -> Floats:
    """K×K×3 chances of left, right and tie by the fit, for row on the left and column on the right."""
    worths = result.log_worths
    assert worths is not None and len(worths) == methods
    left = worths[:, None] + (result.position or 0.0) + np.zeros((methods, methods))
    right = worths[None, :] + np.zeros((methods, methods))
    tie = (left + right) / 2 + (-np.inf if result.log_nu is None else result.log_nu)
    return probabilities(np.stack([left, right, tie], axis=-1))


def _without_sides(counts: Floats) -> Floats:
    """All on one side of the diagonal: row < column."""
    return np.asarray(np.triu((counts + _swapped(counts)).transpose(2, 0, 1), 1).transpose(1, 2, 0))


def _swapped(counts: Floats) -> Floats:
    """The same votes as if sides were exchanged. …×K×K×3."""
    return np.asarray(np.swapaxes(counts, -3, -2)[..., [RIGHT, LEFT, TIE]])


def _distances(observed: Floats, shares: Floats) -> tuple[float, float, float]:
    """G², X² and the smallest expected count."""
    expected = observed.sum(axis=-1, keepdims=True) * shares
    possible = expected > 0
    o, e = observed[possible], expected[possible]
    g2 = 2 * float(special.xlogy(o, o / e).sum())
    return g2, float(((o - e) ** 2 / e).sum()), float(e.min(initial=np.inf))


def _simulated_p(observed: Floats, result: Fit, g2: float, rng: np.random.Generator) -> float | None:
    """Share of refitted draws that lie as far away; draws without a ranking cannot be refitted."""
    names = [""] * len(observed)
    position = result.position is not None
    found = []
    for drawn in draw_counts(observed.sum(axis=-1), shares_of(result, len(observed)), REFITS, rng):
        again = fit(drawn, names, position=position)
        if again.status == "ok":
            found.append(_distances(drawn, shares_of(again, len(observed)))[0] >= g2)
    return (1 + sum(found)) / (1 + len(found)) if len(found) > REFITS / 2 else None


def draw_counts(seen: Floats, shares: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """draws×K×K×3 votes of as many trials as were seen (K×K) under the shares (K×K×3)."""
    drawn = np.zeros((draws, *shares.shape), np.float64)
    left, right = np.nonzero(seen)
    drawn[:, left, right] = rng.multinomial(
        seen[left, right].astype(np.int64), shares[left, right], size=(draws, len(left))
    )
    return drawn


def _residuals(counts: Floats, shares: Floats) -> Floats:
    """Wins less losses of the row against the column over both sides, less expected, over its deviation."""
    seen = counts.sum(axis=-1)
    net = counts[..., LEFT] - counts[..., RIGHT]
    chance = shares[..., LEFT] - shares[..., RIGHT]
    variance = seen * (shares[..., LEFT] + shares[..., RIGHT] - chance**2)
    excess = net - seen * chance
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((excess - excess.T) / np.sqrt(variance + variance.T))


@dataclass(frozen=True)
class Circles:
    """Triads of methods with A over B over C over A by majority, against draws from the fit.

    decided: triads in which every pair has a majority. p: share of draws with as large a share of circles.
    """

    circular: int
    decided: int
    expected_share: float | None
    p: float | None


def circular_triads(counts: Floats, result: Fit, *, seed: int = 0) -> Circles:
    """Do majorities run in circles more often than scores on one scale allow by chance?"""
    circular, decided = count_triads(_net(counts)[None])
    if not decided[0]:
        return Circles(0, 0, None, None)
    rng, shares, seen = np.random.default_rng(seed), shares_of(result, len(counts)), counts.sum(axis=-1)
    drawn = np.concatenate(
        [
            np.stack(count_triads(_net(draw_counts(seen, shares, size, rng))), axis=1)
            for size in _batches(DRAWS, 3 * int((seen > 0).sum()))
        ]
    )
    share = drawn[:, 0] / np.maximum(drawn[:, 1], 1)
    p = (1 + int((share >= circular[0] / decided[0]).sum())) / (1 + DRAWS)
    return Circles(int(circular[0]), int(decided[0]), float(share.mean()), p)


def _net(counts: Floats) -> Floats:
    """…×K×K: wins less losses of row against column, over both sides."""
    both = counts + _swapped(counts)
    return np.asarray(both[..., LEFT] - both[..., RIGHT])


def _batches(draws: int, size: int) -> list[int]:
    step = max(1, min(draws, BATCH // max(size, 1)))
    return [min(step, draws - start) for start in range(0, draws, step)]


def count_triads(net: Floats) -> tuple[Ints, Ints]:
    """B×K×K net wins → B circular and B decided triads: closed walks of three steps, each counted once."""
    over = (net > 0).astype(np.float64)
    decided = over + np.swapaxes(over, -1, -2)
    circles, triads = (np.einsum("bij,bji->b", step @ step, step) for step in (over, decided))
    return np.rint(circles / 3).astype(np.int64), np.rint(triads / 6).astype(np.int64)


def consistency(circular: Ints, methods: int) -> Floats:
    """Kendall's zeta of complete sets of decided pairs: 1 without circles, 0 with as many as there can be.

    Kendall and Babington Smith, Biometrika 31, 1940.
    """
    k = methods
    most = (k**3 - k) / 24 if k % 2 else (k**3 - 4 * k) / 24
    return np.asarray(1 - circular / most, np.float64)


@dataclass(frozen=True)
class Scatter:
    """How much groups of votes (by item, by participant) differ in taste beyond chance.

    sd: standard deviation between groups of each method's log-worth, 0 where votes differ no more than by
    chance, 3 at most; z and p (one-sided) test that it is 0.
    """

    groups: int
    sd: float
    z: float
    p: float


def scatter(votes: Responses, group: Ints, result: Fit) -> Scatter | None:
    """By moments of each group's score s with information A, at the fit of all: E s's = tr A + sd² tr A².

    Scores see tastes blurred, as a mixture of logistic curves is flatter than each; this is made up for.
    None with fewer than two groups, or if no group has two votes.
    """
    methods = 0 if result.log_worths is None else len(result.log_worths)
    groups, group = number(group)
    if not 2 <= groups < len(group):
        return None
    shares = shares_of(result, methods)
    net, weight = shares[..., LEFT] - shares[..., RIGHT], shares[..., LEFT] + shares[..., RIGHT]
    information = ((weight - net**2) / 4)[votes.left, votes.right]
    rest = (np.choose(votes.outcome, [1.0, -1.0, 0.0]) - net[votes.left, votes.right]) / 2
    trace = 2 * np.bincount(group, information)
    correction = groups / (groups - 1)
    excess = correction * _score_square(votes, group, rest, methods) - float(trace.sum())
    square = _information_square(votes, group, information, methods)
    z = excess / np.sqrt(2 * square)
    blurred = max(excess / square, 0.0)
    variance = min(blurred / max(1 - BLUR * blurred, 1e-9), LARGEST_VARIANCE)
    return Scatter(groups, float(np.sqrt(variance)), float(z), float(special.ndtr(-z)))


def _score_square(votes: Responses, group: Ints, rest: Floats, methods: int) -> float:
    """Sum over groups of s's."""
    size = (int(group.max()) + 1) * methods
    score = np.bincount(group * methods + votes.left, rest, size)
    score -= np.bincount(group * methods + votes.right, rest, size)
    return float(score @ score)


def _information_square(votes: Responses, group: Ints, information: Floats, methods: int) -> float:
    """Sum over groups of tr A² less that of single votes, which say nothing of a common taste."""
    size = (int(group.max()) + 1) * methods
    diagonal = np.bincount(group * methods + votes.left, information, size)
    diagonal += np.bincount(group * methods + votes.right, information, size)
    low, high = np.minimum(votes.left, votes.right), np.maximum(votes.left, votes.right)
    _, pair = number((group * methods + low) * methods + high)
    between = np.bincount(pair, information)
    return float(diagonal @ diagonal + 2 * between @ between - 4 * information @ information)


def median_consistency(votes: Responses, methods: int) -> tuple[float, int] | None:
    """Median zeta of participants who decided every pair, and how many they are; None if nobody did."""
    enough = np.bincount(votes.participant) >= methods * (methods - 1) / 2
    votes = votes.votes(enough)  # the others cannot have decided every pair
    people, who = number(votes.participant)
    if methods < 3 or not people or people * methods**2 > BATCH * 10:
        return None
    sign = np.choose(votes.outcome, [1.0, -1.0, 0.0])
    cell = (who * methods + votes.left) * methods + votes.right
    net = np.bincount(cell, sign, people * methods**2).astype(float).reshape(-1, methods, methods)
    circular, decided = count_triads(net - np.swapaxes(net, 1, 2))
    complete = decided == methods * (methods - 1) * (methods - 2) // 6
    if not complete.any():
        return None
    return float(np.median(consistency(circular[complete], methods))), int(complete.sum())
