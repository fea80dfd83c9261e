"""Give limits that hold at every moment of a study, however often its votes are analysed.

The confidence sequence is the t-mixture of Lindon, Ham, Tingley and Bojinov (JASA 2026,
doi 10.1080/01621459.2026.2692052) with participants as units. Let t be the error of an estimate in standard
errors with d degrees of freedom, after n participants, and a = g / (g + n). The evidence

    E = √a · ((1 + t²/d) / (1 + a·t²/d))^((d+1)/2)

exceeds 1/α after any n with a probability of at most α. This is exact where the votes of each participant add
up to one normal number, and holds approximately for the errors of `cluster_errors`.

A sample of pictures adds an error that stays the same while participants arrive. The estimate then is a
Brownian motion in the inverse of its whole variance V (by time inversion), so that the limit applies with
n·V_participant / V in place of n: the number of participants with the same information about these pictures.
"""

import numpy as np
from scipy import special

from study.votes import Floats


def sequence_limit(alpha: float, size: Floats, mixture: float, degrees: float | None = None) -> Floats:
    """Return the standard errors that are exceeded at any moment with a probability of at most alpha.

    size: numbers of participants n, above 0. mixture: g, in participants, chosen before the first vote.
    degrees: degrees of freedom of the standard error, None for a known one. Infinite where n is so small that
    no distance is sure enough.
    """
    share = mixture / (mixture + size)
    if degrees is None:
        return np.asarray(np.sqrt((-np.log(share) - 2 * np.log(alpha)) / (1 - share)))
    reached = np.exp(-(np.log(share) + 2 * np.log(alpha)) / (degrees + 1))
    with np.errstate(divide="ignore"):
        ratio = np.where(reached * share < 1, (reached - 1) / np.maximum(1 - reached * share, 0), np.inf)
    return np.asarray(np.sqrt(degrees * ratio))


def sequence_p(distance: Floats, size: Floats, mixture: float, degrees: float | None = None) -> Floats:
    """Return p values that are valid at any moment: the smallest alpha whose limit a distance reaches."""
    share, squared = mixture / (mixture + size), np.asarray(distance) ** 2
    if degrees is None:
        evidence = np.log(share) / 2 + squared * (1 - share) / 2
    else:
        grown = np.log1p(squared / degrees) - np.log1p(share * squared / degrees)
        evidence = np.log(share) / 2 + (degrees + 1) / 2 * grown
    return np.asarray(np.exp(np.minimum(-evidence, 0)))


def best_mixture(alpha: float, participants: int) -> float:
    """Return the mixture g with which the limit for a known standard error is lowest at this number.

    With r = n/g the squared limit (1 + 1/r)·(log(1 + r) − 2 log α) is lowest at r = log(1 + r) − 2 log α,
    where it equals 1 + r.
    """
    grown = -float(special.lambertw(-np.exp(-1 + 2 * np.log(alpha)), -1).real)
    return participants / (grown - 1)
