"""Looking at the votes before the last one is in, without paying for it with false differences.

Each look may spend a part of the error alpha, as planned beforehand by the share of the votes that are in
(Lan and DeMets, Biometrika 70, 1983; the spending that resembles O'Brien and Fleming's test). A test that is
two-sided with alpha spends alpha/2 on each side. The limits follow from the joint distribution of the looks,
integrated numerically (Armitage, McPherson and Rowe, JRSS A 132, 1969).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

NODES = 101  # of the integral over the paths still undecided; 301 give the same six decimals
MOST_LOOKS = 20
FARTHEST = 9.0  # a limit in standard errors that nothing crosses


@dataclass(frozen=True)
class Look:
    """A planned look: at which share of the votes, beyond how many standard errors a difference counts.

    spent: error used up to and including this look.
    """

    share: float
    critical: float
    spent: float


def plan_looks(shares: Sequence[float], alpha: float) -> tuple[Look, ...]:
    """Limits of a two-sided test at growing shares of the planned votes, the last of which is 1.

    Raises ValueError for shares that do not grow to 1 or an alpha outside 0 to 1.
    """
    _check(shares, alpha)
    critical: list[float] = []
    for k, share in enumerate(shares):
        allowed = _spend(share, alpha)

        def excess(limit: float, k: int = k, allowed: float = allowed) -> float:
            return crossing(shares[: k + 1], [*critical, limit]) - allowed

        critical.append(
            FARTHEST if excess(FARTHEST) >= 0 else float(optimize.brentq(excess, 0.1, FARTHEST, xtol=1e-7))
        )
    return tuple(
        Look(share, limit, _spend(share, alpha)) for share, limit in zip(shares, critical, strict=True)
    )


def crossing(shares: Sequence[float], critical: Sequence[float], drift: float = 0.0) -> float:
    """Chance that a statistic is beyond its limit at one look at least, on either side.

    drift: its expectation when all votes are in, in standard errors; 0 gives the error spent.
    """
    times = np.asarray(shares)
    steps = np.diff(times, prepend=0.0)
    limits = np.asarray(critical) * np.sqrt(times)
    nodes, weights = np.zeros(1), np.ones(1)
    unit, gauss = np.polynomial.legendre.leggauss(NODES)
    crossed = 0.0
    for step, limit in zip(steps, limits, strict=True):
        sd, mean = np.sqrt(step), nodes + drift * step
        crossed += float(weights @ (special.ndtr((mean - limit) / sd) + special.ndtr((-limit - mean) / sd)))
        ahead = limit * unit
        weights = gauss * limit * (weights @ _normal(ahead[None, :] - mean[:, None], sd))
        nodes = ahead
    return crossed


def inflation(looks: Sequence[Look], alpha: float, power: float) -> float:
    """How many times the votes of a test without looks are needed at most, for the same power."""
    shares, critical = [look.share for look in looks], [look.critical for look in looks]
    alone = special.ndtri(1 - alpha / 2) + special.ndtri(power)
    drift = optimize.brentq(lambda d: crossing(shares, critical, d) - power, 0.5 * alone, 2 * alone)
    return float((drift / alone) ** 2)


def for_participants(looks: Sequence[Look], participants: int) -> tuple[Look, ...]:
    """The same limits where standard errors come from few participants: by Student's t instead of normal.

    participants: when all are in.
    """
    people = [max(2, round(look.share * participants)) for look in looks]
    return tuple(
        replace(look, critical=float(-special.stdtrit(number - 1, special.ndtr(-look.critical))))
        for look, number in zip(looks, people, strict=True)
    )


def _spend(share: float, alpha: float) -> float:
    """Error that may be used while `share` of the votes are in; alpha at the end."""
    side = special.ndtri(1 - alpha / 4) / np.sqrt(share)
    return float(4 * special.ndtr(-side))


def _normal(x: NDArray[np.float64], sd: float) -> NDArray[np.float64]:
    return np.asarray(np.exp(-0.5 * (x / sd) ** 2) / (sd * np.sqrt(2 * np.pi)))


def _check(shares: Sequence[float], alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError("alpha should be between 0 and 1")
    growing = all(a < b for a, b in zip([0.0, *shares], shares, strict=False))
    if not 0 < len(shares) <= MOST_LOOKS or not growing or abs(shares[-1] - 1) > 1e-9:
        raise ValueError("looks should be growing shares of the votes that end with 1, such as 0.5,1")
