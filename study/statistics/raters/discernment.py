"""Compare people who tell methods apart to different degrees with people of whom some choose at random.

A random clicker discerns nothing; a person with little discernment discerns less than others. So the mixture
with random clickers is compared with log-worths that are multiplied by a lognormal factor of each person.
In these comparisons log-worths keep the direction of those of all people: otherwise they turn to the
direction in which tastes happen to differ most.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special

from study.statistics.raters.taste_mixtures import FINE, Choices, Kind, Mixture, fit_mixture

SPREADS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.3)  # standard deviations of the logarithm of a person's factor
ALIKE = 0.4  # spread of discernment that is no reason to suspect anybody
WORTH_A_CLOSER_COMPARISON = 0.8  # gain in log-likelihood, with few points
SMALLEST_SHARE = 1e-3
HALF_QUANTILE = float(special.chdtri(1, 0.05)) / 2  # of a profile log-likelihood: 95 %


@dataclass(frozen=True)
class Compared:
    """Hold roots of likelihood ratios, 0 or more, and the most probable spread of discernment.

    z: of random clickers or of different discernment, whichever is more probable, against people who discern
    alike. careless_z: of random clickers against a spread of discernment of at most ALIKE. tastes_z: the same
    if everybody has tastes. as_good: random clickers describe the votes almost as well as the spread. bic: of
    the more probable one.
    """

    z: float
    careless_z: float
    tastes_z: float
    spread: float
    as_good: bool
    bic: float


@dataclass(frozen=True, eq=False)
class _Fits:
    """Hold fitted mixtures. indifferent: like the common one, but some people have no tastes of their own."""

    common: Mixture
    indifferent: Mixture
    careless: Mixture
    degrees: tuple[Mixture, ...]

    @property
    def widest(self) -> Mixture:
        """Return the most probable spread."""
        return max(self.degrees, key=_total)

    @property
    def gain(self) -> float:
        """Return the gain in log-likelihood over people who discern alike and have tastes."""
        return max(_total(self.careless), _total(self.widest)) - _total(self.common)


def compare_discernment(choices: Choices, common: Mixture, careless: Mixture) -> Compared | None:
    """Return the comparisons, None where nothing speaks against people who discern alike.

    common, careless: fitted mixtures of one kind of people, and with random clickers.
    """
    fits = _fits(choices, common, careless)
    if fits.gain < WORTH_A_CLOSER_COMPARISON:
        return None
    fits = _closer(choices, fits)
    alike = fits.common, fits.indifferent
    usual = fits.common, *(one for one in fits.degrees if one.spread <= ALIKE)
    behind = _total(fits.widest) - _total(fits.careless)
    return Compared(
        max(_root_of_ratio(one, alike) for one in (fits.careless, fits.widest)),
        _root_of_ratio(fits.careless, (*usual, fits.indifferent)),
        _root_of_ratio(fits.careless, usual),
        fits.widest.spread,
        behind < HALF_QUANTILE,
        min(fits.careless.bic, fits.widest.bic),
    )


def equal_methods_p(choices: Choices) -> float:
    """Return the p value that people on the whole prefer no method: Hotelling's test of their net wins."""
    left = np.where(choices.design[:, -1] > 0, choices.wins.sum() / choices.votes.sum(), 0.5)
    net = (choices.wins - choices.votes * left) @ choices.design[:, :-1]
    people, rank = len(net), net.shape[1] - 1
    if people <= rank:
        return 1.0
    mean = net.mean(axis=0)
    square = float(mean @ np.linalg.pinv(np.cov(net.T) / people, hermitian=True, rcond=1e-10) @ mean)
    return float(special.fdtrc(rank, people - rank, square * (people - rank) / (rank * (people - 1))))


def _fits(choices: Choices, common: Mixture, careless: Mixture) -> _Fits:
    axis = common.worths[:-1] / max(float(np.linalg.norm(common.worths[:-1])), 1e-9)
    fixed = replace(common, axis=axis)
    along = np.append(axis * (axis @ careless.worths[:-1]), careless.worths[-1])
    random = replace(fixed, worths=along, taste_sd=careless.taste_sd, share=careless.share)
    starts = random, replace(fixed, share=0.3)
    kinds: tuple[Kind, Kind] = ("careless", "indifferent")
    best, indifferent = (
        max((fit_mixture(choices, replace(start, kind=kind)) for start in starts), key=_total)
        for kind in kinds
    )
    degrees, start = [], replace(fixed, kind="discernment")
    for spread in SPREADS:
        start = fit_mixture(choices, replace(start, spread=spread))
        degrees.append(start)
    return _Fits(common, indifferent, best, tuple(degrees))


def _closer(choices: Choices, fits: _Fits) -> _Fits:
    """Fit again with more points."""

    def refit(mixture: Mixture) -> Mixture:
        """Start from the estimates with few points."""
        return fit_mixture(choices, replace(mixture, points=FINE))

    one_kind = refit(fits.common), refit(fits.indifferent)
    return _Fits(*one_kind, refit(fits.careless), tuple(map(refit, _probable(fits.degrees))))


def _probable(degrees: tuple[Mixture, ...]) -> Iterable[Mixture]:
    """Return the usual spreads, and the most probable one with its neighbours."""
    best = max(range(len(degrees)), key=lambda place: _total(degrees[place]))
    return (one for place, one in enumerate(degrees) if one.spread <= ALIKE or abs(place - best) <= 1)


def _total(mixture: Mixture) -> float:
    return float(mixture.log_likelihood.sum())


def _root_of_ratio(mixture: Mixture, others: Iterable[Mixture]) -> float:
    """Return the root of the likelihood ratio to the best of the others, 0 if that one is better."""
    return float(np.sqrt(2 * max(_total(mixture) - max(map(_total, others)), 0.0)))


def share_interval(choices: Choices, mixture: Mixture) -> tuple[float, float]:
    """Return the 95 % interval of the share of the first class, by the profile likelihood, 0 to 1."""
    limit = _total(mixture) - HALF_QUANTILE

    def excess(share: float) -> float:
        """Return the profile log-likelihood of a share above the limit."""
        fixed = fit_mixture(choices, replace(mixture, share=share), free_share=False)
        return _total(fixed) - limit

    share = float(np.clip(mixture.share, 2 * SMALLEST_SHARE, 1 - 2 * SMALLEST_SHARE))
    return _end(excess, share, SMALLEST_SHARE, 0.0), _end(excess, share, 1 - SMALLEST_SHARE, 1.0)


def _end(excess: Callable[[float], float], inside: float, outside: float, bound: float) -> float:
    if excess(outside) >= 0:
        return bound
    if excess(inside) <= 0:  # the estimate is at its bound
        return inside
    return float(optimize.brentq(excess, inside, outside, xtol=0.005))
