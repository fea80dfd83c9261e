"""Whether the result depends on how it was computed, or on a single participant."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from study.records import Status
from study.statistics.bradley_terry import Fit, Ties, fit, tabulate
from study.statistics.covariance import (
    clustered_covariance,
    number,
    participant_scores,
    standard_errors,
    two_way_covariance,
)
from study.votes import Floats, Responses

ErrorsBy: TypeAlias = Literal["participant", "model", "two-way"]


@dataclass(frozen=True)
class Way:
    """What an analysis is free to choose."""

    ties: Ties = "davidson"
    position: bool = True
    errors: ErrorsBy = "participant"


@dataclass(frozen=True)
class Variant:
    """One way to analyse: which votes, ties and errors.

    log_worths, errors: K each (sum zero, standard errors), None without a ranking. order: rank correlation
    (Kendall's tau) with the primary analysis; turned: pairs in the other order than there.
    """

    name: str
    participants: int
    votes: int
    status: Status
    log_worths: tuple[float, ...] | None
    errors: tuple[float, ...] | None
    order: float | None
    turned: int | None


def variants(
    primary: Responses, others: dict[str, Responses], methods: int, *, sides: bool = True
) -> tuple[Variant, ...]:
    """The primary analysis (Davidson ties, side term, errors by participant), and others changed in one way.

    others: the same of other votes, by name, such as those of all participants. sides: are they known?
    """
    plain = Way(position=sides)
    ways = {
        "ties as half a win each": replace(plain, ties="half"),
        "ties left out": replace(plain, ties="drop"),
        "errors as if votes were independent": replace(plain, errors="model"),
        "errors by participant and picture": replace(plain, errors="two-way"),
    }
    if sides:
        ways["no side term"] = replace(plain, position=False)
    main = _analyse("primary", primary, methods, plain)
    found = [main, *(_analyse(name, votes, methods, plain) for name, votes in others.items())]
    found += [_analyse(name, primary, methods, way) for name, way in ways.items()]
    return tuple(_compared(variant, main) for variant in found)


def _analyse(name: str, responses: Responses, methods: int, way: Way) -> Variant:
    votes = responses.as_votes()
    result = fit(tabulate(votes, methods), [""] * methods, ties=way.ties, position=way.position)
    if way.errors == "two-way":
        covariance = two_way_covariance(result, votes, responses.item, methods)
    else:
        clustered = clustered_covariance(result, votes, methods) if way.errors == "participant" else None
        covariance = result.covariance if clustered is None else clustered
    worths = spread = None
    if result.status == "ok" and result.log_worths is not None:
        worths = tuple(result.log_worths.tolist())
        spread = None if covariance is None else tuple(standard_errors(covariance)[:methods].tolist())
    people, _ = number(responses.participant)
    return Variant(name, people, len(responses), result.status, worths, spread, None, None)


def _compared(variant: Variant, main: Variant) -> Variant:
    if variant.log_worths is None or main.log_worths is None:
        return variant
    pairs = np.triu_indices(len(main.log_worths), 1)
    ours, theirs = (np.sign(np.subtract.outer(w, w)[pairs]) for w in (variant.log_worths, main.log_worths))
    same = ours * theirs
    return replace(variant, order=float(same.mean()), turned=int((same < 0).sum()))


def influence(result: Fit, responses: Responses, methods: int, covariance: Floats) -> Floats:
    """How far each participant alone moves the most affected log-worth, in its standard errors.

    By one Newton step from the fit of all: without participant c, whose score is s_c, the estimate is lower
    by (A - A_c)⁺ s_c, where A_c is taken to be as large a part of A as c's of the votes. Length: the highest
    index of a participant + 1; 0 for those without votes. covariance: of the fit, (K+2)×(K+2).
    """
    assert result.covariance is not None
    scores = participant_scores(result, responses.as_votes(), methods, responses.participant)
    share = np.bincount(responses.participant) / len(responses)
    shift = (scores @ result.covariance)[:, :methods] / np.maximum(1 - share, 1 / len(responses))[:, None]
    errors = standard_errors(covariance)[:methods]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nan_to_num(np.abs(shift) / errors).max(axis=1))
