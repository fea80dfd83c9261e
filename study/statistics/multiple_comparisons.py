"""Compare all pairs of methods at once: simultaneous intervals, adjusted p values and possible ranks."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from study.statistics.bradley_terry import Fit
from study.statistics.cluster_errors import (
    ClusterErrors,
    TwoWayErrors,
    cluster_errors,
    parts_of_votes,
    two_way_errors,
)
from study.statistics.covariance import difference_errors, group_codes, standard_errors, vote_weights
from study.statistics.unequal.errors import Estimated, Sample, unequal_errors
from study.votes import Floats, Ints, Votes

LEVEL = 0.95
INDEPENDENT = "95 %, as if votes were independent"
PEOPLE = "95 %, for people like these and the same pictures"
PEOPLE_AND_PICTURES = "95 %, for people and pictures like these"
SOURCES = {
    INDEPENDENT: "Standard errors are those of the model, for independent votes.",
    PEOPLE: "Standard errors are clustered by participant (CR2)",
    PEOPLE_AND_PICTURES: "Standard errors are clustered by participant and by picture (CR2, two-way)",
}
UNEQUAL = (
    "Standard errors take from participants or pictures without most of the votes how much they differ, "
    "equally for all methods"
)
FEW_PARTICIPANTS = 10  # with fewer, clustered standard errors may be far too small by chance, even zero
NO_SPREAD = 1e-7  # of a spread: what rounding errors of a difference of variances look like
NORMAL_FROM = 1000  # degrees of freedom from which Student's t is replaced by the normal distribution
DRAWS, FEWEST_DRAWS = 10_000, 1000
MOST_WORK = 2e9  # draws times the cubed number of methods
BATCH = 4_000_000  # array elements at once


@dataclass(frozen=True, eq=False)
class Errors:
    """Hold the standard errors of a ranked fit.

    covariance: (K+2)×(K+2), by participant and item where both are known. errors: K+2 standard errors;
    between: K×K standard errors of differences; both at least those by participant alone and by item alone
    and, with few participants, those of the model. degrees: degrees of freedom of Student's t; None for the
    normal distribution. words: confidence, and the population that the intervals are about. source: how
    the errors were estimated, as a sentence. people: the covariance by participant alone, None where votes
    are treated as independent. limit: half the width of an interval of one parameter, in standard errors,
    where it is not that of a single analysis. one_scale: the errors of all differences are too small or too
    large by the same factor.
    """

    covariance: Floats
    errors: Floats
    between: Floats
    degrees: float | None
    words: str
    source: str = ""
    people: Floats | None = None
    limit: float | None = None
    one_scale: bool = False

    @property
    def factor(self) -> float:
        """Return half the width of an interval of one parameter, in standard errors."""
        return quantile((1 + LEVEL) / 2, self.degrees) if self.limit is None else self.limit


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Hold the K×K differences of log-worths (row less column) and tests of all of them at once.

    critical: a difference is significant beyond this many standard errors. p: K×K, adjusted after Holm
    (Scandinavian Journal of Statistics 6, 1979), 1 on the diagonal. rank_low, rank_high: K, the best and
    worst rank that no significant difference excludes.
    """

    differences: Floats
    critical: float
    p: Floats
    rank_low: Ints
    rank_high: Ints


def errors_of(result: Fit, votes: Votes, methods: int, item: Ints | None = None) -> Errors | None:
    """Return the standard errors of a fit, or None if it has no ranking.

    item: the item of each vote, if known.
    With several participants and items, the intervals are about people and pictures like these; with one item
    or unknown items, about people like these and the same pictures.
    """
    if result.status != "ok" or result.covariance is None:
        return None
    people = both = None
    if votes.participant is not None:
        both = None if item is None else two_way_errors(result, votes, item, methods)
        people = both.people if both else cluster_errors(result, votes, votes.participant, methods)
    assert result.log_worths is not None
    parts = parts_of_votes(result, votes, methods)
    model = Estimated(result.covariance, result.log_worths, vote_weights(votes, result.ties), parts)
    return choose_errors(model, people, both, votes.participant, item)


def choose_errors(
    model: Estimated,
    people: ClusterErrors | None,
    both: TwoWayErrors | None,
    participant: Ints | None,
    item: Ints | None,
) -> Errors:
    """Return the errors of `widest_errors`, or of `unequal_errors` where few groups have most of the votes.

    participant, item: of each answer.
    """
    own = ClusterErrors(model.covariance, np.inf)
    groups, person = (0, None) if participant is None else group_codes(participant)
    few = groups < FEW_PARTICIPANTS
    usual = widest_errors(own, people, both, few=few, methods=model.methods)
    if people is None or person is None:
        return usual
    samples = [Sample(person, people.covariance, people.degrees)]
    if both is not None and item is not None:
        by_item = Sample(group_codes(item)[1], both.items.covariance - both.both, both.items.degrees)
        samples = [Sample(person, people.covariance - both.both, people.degrees), by_item]
    unequal = unequal_errors(model, samples)
    if unequal is None:
        return usual
    parts = [ClusterErrors(unequal.covariance, unequal.degrees), *([own] if few else [])]
    found = _errors(parts, model.methods, usual.words)
    source = UNEQUAL + _degrees_in_words(unequal.degrees)
    return replace(found, people=unequal.people, source=source, one_scale=True)


def widest_errors(
    model: ClusterErrors, people: ClusterErrors | None, both: TwoWayErrors | None, *, few: bool, methods: int
) -> Errors:
    """Return the errors by participant and item, by participant, or of the model: the first that are known.

    They are at least those by each alone and, with few participants, those of the model.
    """
    if people is None:
        return _errors([model], methods, INDEPENDENT)
    least = [model] if few else []
    if both is None:
        found = _errors([people, *least], methods, PEOPLE)
    else:
        found = _errors([both.together, both.people, both.items, *least], methods, PEOPLE_AND_PICTURES)
    return replace(found, people=people.covariance)


def _errors(parts: list[ClusterErrors], methods: int, words: str) -> Errors:
    """Return the covariance and degrees of the first part, with errors at least as large as those of any."""
    first = parts[0]
    return Errors(
        first.covariance,
        np.max([standard_errors(part.covariance) for part in parts], axis=0),
        np.max([difference_errors(part.covariance, methods) for part in parts], axis=0),
        first.degrees if np.isfinite(first.degrees) else None,
        words,
        SOURCES[words] + (_degrees_in_words(first.degrees) if np.isfinite(first.degrees) else ""),
    )


def _degrees_in_words(degrees: float) -> str:
    return f", with Student's t on {degrees:.1f} degrees of freedom."


def compare(log_worths: Floats, errors: Errors, *, seed: int = 0) -> Comparisons:
    """Compare every method with every other. log_worths: K. seed: of the simulated critical value."""
    critical = _simultaneous(errors, np.argsort(log_worths), np.random.default_rng(seed))
    return decide(log_worths, errors, critical, two_sided_p(distances(log_worths, errors), errors.degrees))


def distances(log_worths: Floats, errors: Errors) -> Floats:
    """Return the K×K absolute differences of log-worths in standard errors."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(np.abs(np.subtract.outer(log_worths, log_worths)) / errors.between)


def decide(log_worths: Floats, errors: Errors, critical: float, plain_p: Floats) -> Comparisons:
    """Return all differences, with the ranks that a limit allows. plain_p: K×K, of each pair alone."""
    differences = np.subtract.outer(log_worths, log_worths)
    ahead = (distances(log_worths, errors) > critical) & (differences > 0)
    low, high = 1 + ahead.sum(axis=0), len(log_worths) - ahead.sum(axis=1)
    return Comparisons(differences, critical, _holm(plain_p), low, high)


def quantile(probability: float, degrees: float | None) -> float:
    """Return the quantile of Student's t, or of the normal distribution if `degrees` is None."""
    return float(special.ndtri(probability) if degrees is None else special.stdtrit(degrees, probability))


def two_sided_p(distance: Floats, degrees: float | None) -> Floats:
    """Return the two-sided p values of distances from zero in standard errors (at least 0)."""
    tail = special.ndtr(-distance) if degrees is None else special.stdtr(degrees, -distance)
    return np.asarray(2 * tail)


def _simultaneous(errors: Errors, order: Ints, rng: np.random.Generator) -> float:
    """Return the simulated quantile of the largest |t| of all pairs, at most Bonferroni's.

    With few participants the standard error of each pair varies on its own, as in a Wishart-distributed
    covariance, and the largest |t| is often that of a pair whose standard error is small by chance. The
    multivariate t distribution, in which one factor scales all standard errors, would be too narrow.

    order: the methods by score, in which they are drawn: the same votes under other names, or in another
    order of methods, have the same quantile.
    """
    methods, covariance = len(order), errors.covariance[np.ix_(order, order)]
    low, high = np.triu_indices(methods, 1)
    bonferroni = quantile(1 - (1 - LEVEL) / 2 / len(low), errors.degrees)
    spread = difference_errors(covariance, methods)[low, high]
    # Differences that the model fixes have rounding errors in place of a spread.
    free = spread > NO_SPREAD * spread.max(initial=0)
    low, high, spread = low[free], high[free], spread[free]
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T  # symmetric: that of signs of vectors too
    draws = int(np.clip(MOST_WORK / methods**3, FEWEST_DRAWS, DRAWS))
    step = max(1, BATCH // (methods**2 + len(low)))
    largest = [0.0]
    for size in (min(step, draws - start) for start in range(0, draws, step)):
        drawn = rng.standard_normal((size, methods)) @ root.T
        estimates = _draw_covariances(root, errors, size, rng)
        variance = np.einsum("nii->ni", estimates)
        own = variance[:, low] + variance[:, high] - 2 * estimates[:, low, high]
        own = np.maximum(
            own, (NO_SPREAD * spread) ** 2
        )  # with few degrees of freedom, rounding can make it negative
        largest.extend((np.abs(drawn[:, low] - drawn[:, high]) / np.sqrt(own)).max(axis=1, initial=0.0))
    return min(bonferroni, max(float(np.quantile(largest[1:], LEVEL)), errors.factor))


def _draw_covariances(root: Floats, errors: Errors, draws: int, rng: np.random.Generator) -> Floats:
    """Draw draws×K×K estimates of root·root': its multiples, or Wishart ones by Bartlett's decomposition.

    From NORMAL_FROM degrees of freedom on, return root·root' itself. scipy.stats.wishart requires at least K
    degrees of freedom; a study may have fewer participants than methods.
    """
    k, degrees = len(root), errors.degrees
    if degrees is None or degrees >= NORMAL_FROM:
        return np.broadcast_to(root @ root.T, (draws, k, k))
    if errors.one_scale:
        return np.multiply.outer(rng.chisquare(degrees, draws) / degrees, root @ root.T)
    rank = min(k, int(degrees))  # the covariance of a small sample has a low rank
    factor = np.tril(rng.standard_normal((draws, k, rank)), -1)
    remaining = degrees - np.arange(rank)
    factor[:, range(rank), range(rank)] = np.sqrt(2 * rng.standard_gamma(remaining / 2, (draws, rank)))
    scaled = root @ factor / np.sqrt(degrees)
    return np.asarray(scaled @ np.swapaxes(scaled, 1, 2))


def _holm(plain_p: Floats) -> Floats:
    """Return K×K p values adjusted by Holm's step-down method. plain_p: K×K, of each pair alone."""
    low, high = np.triu_indices(len(plain_p), 1)
    plain = plain_p[low, high]
    order = np.argsort(plain)
    adjusted = np.empty(len(plain))
    adjusted[order] = np.minimum(np.maximum.accumulate(plain[order] * np.arange(len(plain), 0, -1)), 1)
    p = np.ones(plain_p.shape)
    p[low, high] = p[high, low] = adjusted
    return p
