"""Compare Bradley and Terry's scores with those of Thurstone and Mosteller, whose curve is the normal one."""

from dataclasses import dataclass

import numpy as np

from study.statistics.bradley_terry import Fit
from study.statistics.scales.thurstone import Thurstone, fit_thurstone
from study.votes import Floats


@dataclass(frozen=True, eq=False)
class LinkCheck:
    """Hold the other fit, and how it differs.

    thurstone: the scores on the normal curve. gain: its log-likelihood less that of the logistic curve; both
    have the same number of parameters. turned: pairs of methods in another order, as indices. largest: the
    largest change of a probability of being preferred, ties aside, over all pairs.
    """

    thurstone: Thurstone
    gain: float
    turned: tuple[tuple[int, int], ...]
    largest: float


def check_link(counts: Floats, result: Fit) -> LinkCheck | None:
    """Fit the counts (K×K×3 or 2×K×K×3, ties as in the fit) on the other curve; None without a maximum."""
    if result.status != "ok" or result.log_worths is None or result.loglik is None:
        return None
    other = fit_thurstone(counts, order_effect=result.order_effect is not None)
    if other is None:
        return None
    logistic = np.subtract.outer(result.log_worths, result.log_worths)
    normal = np.subtract.outer(other.scores, other.scores)
    turned = np.argwhere(np.triu(logistic * normal < 0, 1))
    changes = np.abs(1 / (1 + np.exp(-logistic)) - other.decided())
    return LinkCheck(
        other,
        other.loglik - result.loglik,
        tuple((int(a), int(b)) for a, b in turned),
        float(changes.max(initial=0.0)),
    )
