"""Scores for votes that have none: finite, shrunk, and labelled as such. Never the default.

Where nobody beat a method the likelihood rises without end; these estimates add to it a little that is not
in the votes. Methods that no votes link stay unranked, for there the addition alone would decide.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from study.records import Status
from study.statistics.bradley_terry import Ties, pair_up, treat_ties, with_sides
from study.statistics.davidson import (
    Moments,
    Pairings,
    Sums,
    information,
    invert,
    log_likelihood,
    moments,
    pinned,
    score,
    sum_up,
)
from study.statistics.existence import explain_unrankable
from study.votes import LEFT, RIGHT, TIE, Floats

Penalty: TypeAlias = Literal["firth", "phantom"]
PHANTOM = 0.5  # votes of each method against the phantom, half of them won
SMALLEST_STEP = 1e-10
MOST_STEPS = 500
LONGEST_STEP = 2.0
LABELS: dict[Penalty, str] = {
    "firth": (
        "Penalised after Firth: the votes alone give no finite scores. Trust the order, not the distances."
    ),
    "phantom": (
        "With half a vote of each method against a phantom: the votes alone give no finite scores. "
        "Trust the order, not the distances."
    ),
}


@dataclass(frozen=True, eq=False)
class Penalised:
    """Shrunk scores, with a label to show beside them.

    log_worths: K, sum zero. covariance: (K+2)×(K+2), of the votes' own information at these scores.
    """

    label: str
    log_worths: Floats
    position: float | None
    log_nu: float | None
    covariance: Floats


@dataclass(frozen=True, eq=False)
class _Here:
    """Where a penalty is taken: parameters 1×(K+2), with the votes' information and its inverse there."""

    pairings: Pairings
    votes: Sums
    theta: Floats
    shape: Moments
    information: Floats
    inverse: Floats


@dataclass(frozen=True, eq=False)
class _Pull:
    """Added to the log-likelihood: a value, its slope (K+2), and what it adds to the information."""

    value: float
    slope: Floats
    information: Floats


def fit_penalised(
    counts: Floats,
    names: Sequence[str],
    penalty: Penalty = "firth",
    *,
    ties: Ties = "davidson",
    position: bool = False,
) -> Penalised | Status:
    """Fit counts K×K×3 or 2×K×K×3; if votes do not link all methods, or decide nothing, the reason."""
    counts = treat_ties(with_sides(counts), ties)
    together = counts.sum(axis=0)
    reason = explain_unrankable(together[..., LEFT] + together[..., RIGHT].T, together[..., TIE], names)
    if reason is not None and reason.status != "separated":
        return reason.status
    pairings, cells = pair_up(counts, position)
    here = _climb(pairings, sum_up(pairings, cells[None]), _firth if penalty == "firth" else _phantom)
    theta, k = here.theta[0], len(names)
    return Penalised(
        LABELS[penalty],
        theta[:k] - theta[:k].mean(),
        float(theta[-2]) if pairings.ordered.any() else None,
        float(theta[-1]) if here.votes.tied[0] else None,
        here.inverse[0],
    )


def _climb(pairings: Pairings, votes: Sums, pull: Callable[[_Here], _Pull]) -> _Here:
    here = _at(pairings, votes, np.zeros((1, pairings.methods + 2)))
    now = pull(here)
    value = float(log_likelihood(pairings, votes, here.theta)[0]) + now.value
    for _ in range(MOST_STEPS):
        bend, _ = invert(here.information + now.information, pairings.methods)
        step = bend[0] @ (score(pairings, votes, here.shape)[0] + now.slope)
        step *= min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), SMALLEST_STEP))
        while np.abs(step).max() >= SMALLEST_STEP:
            there = _at(pairings, votes, here.theta + step)
            then = pull(there)
            after = float(log_likelihood(pairings, votes, there.theta)[0]) + then.value
            if after >= value - 1e-13 * abs(value):
                break
            step = step / 2
        else:
            return here
        here, now, value = there, then, after
    return here


def _at(pairings: Pairings, votes: Sums, theta: Floats) -> _Here:
    shape = moments(pairings, theta, votes.tied)
    matrix = information(pairings, votes, shape)
    return _Here(pairings, votes, theta, shape, matrix, invert(matrix, pairings.methods)[0])


def _firth(here: _Here) -> _Pull:
    """Half the log-determinant of the information (Firth, Biometrika 80, 1993): Jeffreys' prior.

    Its slope is half the sum over votes of (z - m)'H(z - m)(z - m): z a vote's net and tie, H the inverse
    information.
    """
    regular, size = pinned(here.information, here.pairings.methods)
    value = (np.linalg.slogdet(regular[0])[1] - np.log(size[0])) / 2
    net, tie, design = here.shape.net[0], here.shape.tie[0], here.pairings.design
    shares = np.stack([(1 - tie) / 2 + net, (1 - tie) / 2 - net, tie], axis=1)
    rest = np.array([[0.5, 0], [-0.5, 0], [0, 1]]) - np.stack([net, tie], axis=1)[:, None]
    reach = design @ here.inverse[0]
    among = np.empty((len(net), 2, 2))
    among[:, 0, 0] = (design.multiply(reach)).sum(axis=1)
    among[:, 0, 1] = among[:, 1, 0] = reach[:, -1]
    among[:, 1, 1] = here.inverse[0, -1, -1]
    third = np.einsum("nk,nka,nab,nkb,nkc->nc", shares, rest, among, rest, rest)
    third *= here.votes.totals[0, :, None] / 2
    slope = design.T @ third[:, 0]
    slope[-1] = third[:, 1].sum()
    return _Pull(float(value), slope, np.zeros_like(here.information))


def _phantom(here: _Here) -> _Pull:
    """Every method won and lost half of PHANTOM votes against one of mean log-worth."""
    k = here.pairings.methods
    centre = np.eye(k) - 1 / k
    half = centre @ here.theta[0, :k] / 2
    slope, bend = np.zeros(k + 2), np.zeros_like(here.information)
    slope[:k] = -PHANTOM / 2 * centre @ np.tanh(half)
    bend[0, :k, :k] = PHANTOM / 4 * centre / np.cosh(half) ** 2 @ centre
    return _Pull(-PHANTOM * float(np.log(2 * np.cosh(half)).sum()), slope, bend)
