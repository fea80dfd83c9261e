"""Repeat the analysis with other choices, and measure the influence of each participant."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from study.records import Status
from study.statistics.bradley_terry import Fit, Ties, fit, tabulate
from study.statistics.covariance import group_codes, group_scores, standard_errors
from study.statistics.multiple_comparisons import errors_of
from study.votes import Floats, Ints, Responses, Votes

ErrorsBy: TypeAlias = Literal["both", "participant", "model"]


@dataclass(frozen=True, eq=False)
class Analysis:
    """Hold the choices of an analysis: treatment of ties, order effect, standard errors.

    weights: of the votes, None for equal ones.
    """

    ties: Ties = "davidson"
    order_effect: bool = True
    errors: ErrorsBy = "both"
    weights: Floats | None = None


@dataclass(frozen=True)
class Variant:
    """Hold the result of one analysis, for comparison with the primary one.

    log_worths, errors: K each (sum zero; standard errors), None without a ranking. order: rank correlation
    (Kendall's tau) with the primary analysis, -1 to 1. turned: number of pairs in the opposite order.
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
    primary: Responses,
    others: dict[str, Responses],
    methods: int,
    *,
    sides: bool = True,
    weighted: Mapping[str, Floats] | None = None,
) -> tuple[Variant, ...]:
    """Return the primary analysis and others that differ from it in one choice.

    The primary analysis has Davidson's ties, an order effect if `sides` are known, and standard errors by
    participant and picture. others: other votes by name, such as those of all participants. weighted:
    weights of the votes by name, such as those with which no participant counts much more than the others.
    """
    plain = Analysis(order_effect=sides)
    changed = {
        "ties as half a win each": replace(plain, ties="half"),
        "ties left out": replace(plain, ties="drop"),
        "errors as if votes were independent": replace(plain, errors="model"),
        "errors for the same pictures": replace(plain, errors="participant"),
    }
    changed |= {name: replace(plain, weights=weights) for name, weights in (weighted or {}).items()}
    if sides:
        changed["no order effect"] = replace(plain, order_effect=False)
    main = _analyse("primary", primary, methods, plain)
    found = [main, *(_analyse(name, votes, methods, plain) for name, votes in others.items())]
    found += [_analyse(name, primary, methods, analysis) for name, analysis in changed.items()]
    return tuple(_compared(variant, main) for variant in found)


def _analyse(name: str, responses: Responses, methods: int, analysis: Analysis) -> Variant:
    """Fit the votes as chosen; the comparison with the primary analysis stays None."""
    votes = responses.as_votes()
    if analysis.weights is not None:
        votes = replace(votes, count=analysis.weights)
    result = fit(
        tabulate(votes, methods), [""] * methods, ties=analysis.ties, order_effect=analysis.order_effect
    )
    worths = errors = None
    if result.status == "ok" and result.log_worths is not None:
        worths = tuple(result.log_worths.tolist())
        item = responses.items if analysis.errors == "both" else None
        errors = tuple(_errors(result, votes, methods, item, analysis.errors)[:methods].tolist())
    participants, _ = group_codes(responses.participant)
    return Variant(name, participants, len(responses), result.status, worths, errors, None, None)


def _errors(result: Fit, votes: Votes, methods: int, item: Ints | None, by: ErrorsBy) -> Floats:
    assert result.covariance is not None
    found = None if by == "model" else errors_of(result, votes, methods, item)
    return standard_errors(result.covariance) if found is None else found.errors


def _compared(variant: Variant, main: Variant) -> Variant:
    """Add the rank correlation with the primary analysis and the number of pairs in the opposite order."""
    from scipy import stats  # here, because its import takes half a second, which the server would wait for

    if variant.log_worths is None or main.log_worths is None:
        return variant
    tau = stats.kendalltau(variant.log_worths, main.log_worths).statistic  # nan if all methods are equal
    differences = (np.subtract.outer(w, w) for w in (variant.log_worths, main.log_worths))
    opposite = np.triu(np.multiply(*differences), 1) < 0
    return replace(variant, order=float(np.nan_to_num(tau)), turned=int(opposite.sum()))


def influence(result: Fit, responses: Responses, methods: int, covariance: Floats) -> Floats:
    """Return the largest change of a log-worth, in standard errors, when each participant is left out.

    One Newton step from the fit of all votes: without participant c, whose score is s_c, the estimate changes
    by -(A - A_c)⁺ s_c, with A_c approximated by the share of c's votes times the information A.
    covariance: (K+2)×(K+2), of the fit. The result has one value for each participant index up to the
    highest, 0 for those without votes.
    """
    assert result.covariance is not None
    scores = group_scores(result, responses.as_votes(), methods, responses.participant)
    share = np.bincount(responses.participant) / len(responses)
    shift = (scores @ result.covariance)[:, :methods] / np.maximum(1 - share, 1 / len(responses))[:, None]
    errors = standard_errors(covariance)[:methods]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nan_to_num(np.abs(shift) / errors).max(axis=1))
