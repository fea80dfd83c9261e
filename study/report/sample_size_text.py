"""Plan the size of a study, and write the plan as text and as JSON."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from scipy.special import expit

from study.number_formats import percent
from study.statistics.looks.interim_analyses import (
    InterimAnalysis,
    inflation_factor,
    limits_for_participants,
    plan_interim_analyses,
)
from study.statistics.looks.schedule import Schedule
from study.statistics.planning.pictures import Limits, Pictures, degrees_of, limits_of, sample_with
from study.statistics.sample_size import Aim, Crowd, Sample, error_of_one_pair, required_sample

BAR = 40  # letters of a power of 100 %


@dataclass(frozen=True)
class AnyLook:
    """Hold the confidence sequence: its g, its limit with all participants, and how much wider it is.

    width: the limit relative to that of a single analysis.
    """

    mixture: float
    critical: float
    width: float


@dataclass(frozen=True)
class Plan:
    """Hold the aim of a study and its size.

    sample: the size with one analysis. analyses: the interim analyses and the final one; the votes of each
    are all votes since the start of the study. inflation: the factor by which interim analyses increase the
    sample. participants, votes: the size of the study, with this factor. pictures, limits: None where the
    result is about the same pictures. any_look: for analyses at any other moment.
    """

    aim: Aim
    crowd: Crowd
    sample: Sample
    analyses: tuple[InterimAnalysis, ...]
    any_look: AnyLook
    inflation: float
    participants: int
    votes: int
    pictures: Pictures | None = None
    limits: Limits | None = None


def make_plan(
    aim: Aim, crowd: Crowd, shares: Sequence[float] = (1.0,), pictures: Pictures | None = None
) -> Plan:
    """Return the sample size, and the limits of the interim analyses for the most difficult pair.

    shares: the shares of the votes at which the analyses take place, the last 1. pictures: None where the
    results are about the same pictures. Raises ValueError, also where the pictures are too few.
    """
    sample, limits = _sample(aim, crowd, pictures)
    alpha = error_of_one_pair(aim)
    analyses = plan_interim_analyses(shares, alpha)
    inflation = inflation_factor(analyses, alpha, aim.power) if len(analyses) > 1 else 1.0
    participants = math.ceil(sample.participants * inflation - 1e-6)
    units = participants
    if pictures is not None:  # as many units as the errors have degrees of freedom, and one
        units = round(degrees_of(aim, crowd, pictures, participants)) + 1
    return Plan(
        aim,
        crowd,
        sample,
        limits_for_participants(analyses, units),
        _any_look(Schedule(aim.methods, participants, alpha=aim.alpha), sample, units),
        inflation,
        participants,
        participants * crowd.votes_each,
        pictures,
        limits,
    )


def _any_look(schedule: Schedule, sample: Sample, units: int) -> AnyLook:
    """Return the sequence. units: one more than the errors have degrees of freedom."""
    limit = schedule.sequence_at(units)
    return AnyLook(schedule.mixture, limit, limit / sample.critical)


def _sample(aim: Aim, crowd: Crowd, pictures: Pictures | None) -> tuple[Sample, Limits | None]:
    if pictures is None:
        return required_sample(aim, crowd), None
    limits, sample = limits_of(aim, crowd, pictures), sample_with(aim, crowd, pictures)
    if sample is None:
        raise ValueError(
            f"with {pictures.number} pictures, no number of people can show so small a difference. "
            f"It needs at least {limits.least} pictures"
        )
    return sample, limits


def plan_to_json(plan: Plan) -> str:
    """Return the plan as one object with stable keys, of which `looks` has the analyses."""
    values = {
        "aim": asdict(plan.aim),
        "crowd": asdict(plan.crowd),
        "sample": asdict(plan.sample),
        "looks": [asdict(analysis) for analysis in plan.analyses],
        "any_look": asdict(plan.any_look) if math.isfinite(plan.any_look.critical) else None,
        "inflation": plan.inflation,
        "participants": plan.participants,
        "votes": plan.votes,
        "pictures": None if plan.pictures is None else asdict(plan.pictures),
        "limits": None if plan.limits is None else asdict(plan.limits),
    }
    return json.dumps(values, indent=1) + "\n"


def _worth(crowd: Crowd) -> list[tuple[str, str]]:
    """Return a row on what a vote is worth, none for a vote on a pair without grades and covariates."""
    if crowd.shown > 2:
        words = f"{crowd.shown}, of which the best is chosen; worth {crowd.worth:.2f} votes on pairs"
        return [("pictures at a time", words)]
    return (
        [("worth of a vote", f"{crowd.worth:.2f} votes without grades and covariates")]
        if crowd.worth != 1
        else []
    )


def plan_to_text(plan: Plan) -> str:
    """Return the plan as tables for a terminal: size, power by participants, and interim analyses."""
    aim, sample = plan.aim, plan.sample
    share = percent(float(expit(abs(aim.difference))))
    together = math.comb(plan.crowd.shown, 2)  # pairs in a trial
    rows = [
        ("methods", f"{aim.methods} ({aim.pairs} pairs)"),
        ("difference to detect", f"{aim.difference:.3f} log-worth ({share} of decided votes)"),
        ("power", f"{percent(sample.power, 1)} (wanted {percent(aim.power)})"),
        ("any false difference", f"{percent(aim.alpha, 1)}, {aim.multiplicity}"),
        ("significant beyond", f"{sample.critical:.3f} standard errors"),
        ("ties between equals", percent(aim.tie_rate)),
        ("design effect", f"{sample.design_effect:.2f} (correlation {plan.crowd.correlation:.4f})"),
        *_worth(plan.crowd),
        (
            "votes on each pair" if together == 1 else "trials with each pair",
            f"{plan.votes * together / aim.pairs:.0f} (with very many participants: "
            f"{sample.votes_per_pair * together:.1f})",
        ),
        ("participants", f"{plan.participants}, {plan.crowd.votes_each} votes each"),
        ("pictures", _pictures(plan.pictures)),
        ("votes", f"{plan.votes}"),
    ]
    parts = ["\n".join(f"{name:24} {value}" for name, value in rows), _power_curve(sample)]
    if plan.limits is not None:
        parts.append(_combinations(plan.limits))
    if len(plan.analyses) > 1:
        parts.append(_interim_analyses(plan))
    parts.append(_at_any_look(plan.any_look))
    return "\n\n".join(parts) + "\n"


def _power_curve(sample: Sample) -> str:
    lines = [
        f"{participants:12}  {percent(power, 1):>7}  {'#' * round(BAR * power)}"
        for participants, power in sample.curve
    ]
    return "\n".join([f"{'participants':>12}  {'power':>7}", *lines])


def _pictures(pictures: Pictures | None) -> str:
    if pictures is None:
        return "the result is about these pictures alone"
    return f"{pictures.number}, which differ by {pictures.spread:g} (standard deviation of log-worths)"


def _combinations(limits: Limits) -> str:
    lines = [
        f"{one.pictures:12}  {'too few' if one.participants is None else one.participants:>12}"
        for one in limits.combinations
    ]
    parts = [f"{'pictures':>12}  {'participants':>12}", *lines]
    if limits.difference:
        share = percent(float(expit(limits.difference)))
        parts.append(
            f"With these pictures, more people cannot show a difference below {limits.difference:.3f} "
            f"({share} of decided votes)."
        )
    return "\n".join(parts)


def _at_any_look(sequence: AnyLook) -> str:
    if not math.isfinite(sequence.critical):
        return "At any other moment no difference is significant: there are too few participants."
    return (
        f"At any other moment, however often: significant beyond {sequence.critical:.3f} standard errors\n"
        f"(with all participants, g = {sequence.mixture:.4g}), {sequence.width:.2f} times as many as with "
        "one analysis."
    )


def _interim_analyses(plan: Plan) -> str:
    lines = [
        f"{percent(one.share):>8} {round(one.share * plan.votes):9} {one.critical:9.3f} {one.spent:11.2e}"
        for one in plan.analyses
    ]
    head = f"{'analysis':>8} {'votes':>9} {'critical':>9} {'error spent':>11}"
    more = percent(plan.inflation - 1, 1)
    return "\n".join([head, *lines, f"The interim analyses need up to {more} more votes, included above."])
