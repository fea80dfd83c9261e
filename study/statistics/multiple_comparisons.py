"""All differences between methods at once: intervals, adjusted p values, and the ranks they leave open."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from study.statistics.bradley_terry import Fit
from study.statistics.covariance import clustered_covariance, difference_errors, number, standard_errors
from study.votes import Floats, Ints, Votes

LEVEL = 0.95
FEW_PARTICIPANTS = 10  # with fewer, clustered errors can come out far too small by chance, even zero
NORMAL_FROM = 1000  # degrees of freedom
DRAWS, FEWEST_DRAWS = 10_000, 1000
MOST_WORK = 2e9  # draws times cubed number of methods
BATCH = 4_000_000  # numbers at once


@dataclass(frozen=True, eq=False)
class Errors:
    """How uncertain a ranked fit is.

    covariance: (K+2)×(K+2), by participant where there are two. errors: K+2, never smaller than by the model
    where participants are few; between: K×K, of differences, likewise. degrees: of Student's t, one less
    than participants, None for normal. words: how to call it.
    """

    covariance: Floats
    errors: Floats
    between: Floats
    degrees: int | None
    words: str

    @property
    def factor(self) -> float:
        """Standard errors in half an interval of one number."""
        return quantile((1 + LEVEL) / 2, self.degrees)


@dataclass(frozen=True, eq=False)
class Comparisons:
    """K×K differences of log-worth (row less column), with all pairs in view.

    critical: standard errors beyond which a difference counts. p: adjusted after Holm (Scandinavian Journal
    of Statistics 6, 1979), 1 on the diagonal. rank_low, rank_high: K, places that remain open.
    """

    differences: Floats
    critical: float
    p: Floats
    rank_low: Ints
    rank_high: Ints


def errors_of(result: Fit, votes: Votes, methods: int) -> Errors | None:
    """None unless the fit is ranked."""
    if result.status != "ok" or result.covariance is None:
        return None
    model = result.covariance
    clustered = clustered_covariance(result, votes, methods)
    if clustered is None or votes.participant is None:
        words = "95 %, as if votes were independent"
        return Errors(model, standard_errors(model), difference_errors(model, methods), None, words)
    people = number(votes.participant)[0]
    errors, between = standard_errors(clustered), difference_errors(clustered, methods)
    if people < FEW_PARTICIPANTS:
        errors = np.maximum(errors, standard_errors(model))
        between = np.maximum(between, difference_errors(model, methods))
    covariance = clustered if people >= FEW_PARTICIPANTS else model
    return Errors(covariance, errors, between, people - 1, "95 %, clustered by participant")


def compare(log_worths: Floats, errors: Errors, *, seed: int = 0) -> Comparisons:
    """Every method with every other."""
    differences = np.subtract.outer(log_worths, log_worths)
    critical = _simultaneous(errors, len(log_worths), np.random.default_rng(seed))
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = np.nan_to_num(np.abs(differences) / errors.between)
    ahead = (distance > critical) & (differences > 0)
    low, high = 1 + ahead.sum(axis=0), len(log_worths) - ahead.sum(axis=1)
    return Comparisons(differences, critical, _holm(distance, errors.degrees), low, high)


def quantile(chance: float, degrees: int | None) -> float:
    """Of Student's t, or of the normal distribution without degrees."""
    return float(special.ndtri(chance) if degrees is None else special.stdtrit(degrees, chance))


def two_sided_p(distance: Floats, degrees: int | None) -> Floats:
    """Chance of a value as many standard errors away from zero, on either side."""
    tail = special.ndtr(-distance) if degrees is None else special.stdtr(degrees, -distance)
    return np.asarray(2 * tail)


def _simultaneous(errors: Errors, methods: int, rng: np.random.Generator) -> float:
    """Quantile of the largest of all |t|, by draws; no more than sharing the error among pairs gives.

    With few participants the standard error of each pair scatters on its own, as in a covariance found from
    as many draws (Wishart), and the largest |t| tends to be that of a pair whose error came out small. The
    multivariate t distribution, in which all errors scatter together, would be too narrow.
    """
    low, high = np.triu_indices(methods, 1)
    shared = quantile(1 - (1 - LEVEL) / 2 / len(low), errors.degrees)
    spread = difference_errors(errors.covariance, methods)[low, high]
    low, high = low[spread > 0], high[spread > 0]
    values, vectors = np.linalg.eigh(errors.covariance[:methods, :methods])
    root = vectors * np.sqrt(np.maximum(values, 0))
    draws = int(np.clip(MOST_WORK / methods**3, FEWEST_DRAWS, DRAWS))
    step = max(1, BATCH // (methods**2 + len(low)))
    largest = [0.0]
    for size in (min(step, draws - start) for start in range(0, draws, step)):
        drawn = rng.standard_normal((size, methods)) @ root.T
        found = _drawn_covariances(root, errors.degrees, size, rng)
        variance = np.einsum("nii->ni", found)
        own = variance[:, low] + variance[:, high] - 2 * found[:, low, high]
        largest.extend((np.abs(drawn[:, low] - drawn[:, high]) / np.sqrt(own)).max(axis=1, initial=0.0))
    return min(shared, max(float(np.quantile(largest[1:], LEVEL)), errors.factor))


def _drawn_covariances(root: Floats, degrees: int | None, draws: int, rng: np.random.Generator) -> Floats:
    """draws×K×K estimates of root·root' from samples with these degrees of freedom, by Bartlett's factor.

    With very many they no longer scatter.
    """
    k = len(root)
    if degrees is None or degrees >= NORMAL_FROM:
        return np.broadcast_to(root @ root.T, (draws, k, k))
    rank = min(k, degrees)  # a sample of few has a covariance of low rank
    factor = np.tril(rng.standard_normal((draws, k, rank)), -1)
    left = degrees - np.arange(rank)
    factor[:, range(rank), range(rank)] = np.sqrt(2 * rng.standard_gamma(left / 2, (draws, rank)))
    scaled = root @ factor / np.sqrt(degrees)
    return np.asarray(scaled @ np.swapaxes(scaled, 1, 2))


def _holm(distance: Floats, degrees: int | None) -> Floats:
    """K×K p values, each at least as large as those of clearer differences."""
    low, high = np.triu_indices(len(distance), 1)
    plain = two_sided_p(distance[low, high], degrees)
    order = np.argsort(plain)
    adjusted = np.empty(len(plain))
    adjusted[order] = np.minimum(np.maximum.accumulate(plain[order] * np.arange(len(plain), 0, -1)), 1)
    p = np.ones(distance.shape)
    p[low, high] = p[high, low] = adjusted
    return p
