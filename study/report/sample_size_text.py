"""A plan of a study, as a table to read and as JSON."""

import dataclasses
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from study.statistics.interim_analyses import (
    InterimAnalysis,
    inflation_factor,
    limits_for_participants,
    plan_interim_analyses,
)
from study.statistics.sample_size import Aim, Crowd, Sample, error_of_one_pair, required_sample


@dataclass(frozen=True)
class Plan:
    """What was asked for and what it takes. Each look's votes count from the start of the study."""

    aim: Aim
    crowd: Crowd
    sample: Sample
    looks: tuple[InterimAnalysis, ...]
    inflation: float
    participants: int
    votes: int


def make_plan(aim: Aim, crowd: Crowd, shares: Sequence[float] = (1.0,)) -> Plan:
    """The sample, and the limits of interim looks at the most difficult pair. Raises ValueError."""
    sample = required_sample(aim, crowd)
    alone = error_of_one_pair(aim)
    looks = plan_interim_analyses(shares, alone)
    times = inflation_factor(looks, alone, aim.power) if len(looks) > 1 else 1.0
    participants = math.ceil(sample.participants * times - 1e-6)
    limits = limits_for_participants(looks, participants)
    return Plan(aim, crowd, sample, limits, times, participants, participants * crowd.votes_each)


def plan_to_json(plan: Plan) -> str:
    """Keys in a fixed order."""
    return json.dumps(dataclasses.asdict(plan), indent=1) + "\n"


def plan_to_text(plan: Plan) -> str:
    """For people."""
    aim, sample = plan.aim, plan.sample
    share = 1 / (1 + math.exp(-abs(aim.difference)))
    rows = [
        ("methods", f"{aim.methods} ({aim.pairs} pairs)"),
        ("difference to find", f"{aim.difference:.3f} log-worth ({share:.0%} of decided votes)"),
        ("chance to find it", f"{sample.power:.1%} (wanted {aim.power:.0%})"),
        ("chance of any false one", f"{aim.alpha:.1%}, {aim.multiplicity}"),
        ("counts beyond", f"{sample.critical:.3f} standard errors"),
        ("ties between equals", f"{aim.tie_rate:.0%}"),
        ("design effect", f"{sample.design_effect:.2f} (correlation {plan.crowd.correlation:.4f})"),
        (
            "votes on each pair",
            f"{plan.votes / aim.pairs:.0f} (formula for very many people: {sample.votes_per_pair:.1f})",
        ),
        ("participants", f"{plan.participants}, {plan.crowd.votes_each} votes each"),
        ("votes", f"{plan.votes}"),
    ]
    parts = ["\n".join(f"{name:24} {value}" for name, value in rows), _curve(sample)]
    if len(plan.looks) > 1:
        parts.append(_looks(plan))
    return "\n\n".join(parts) + "\n"


def _curve(sample: Sample) -> str:
    lines = [f"{size:12}  {power:6.1%}  {'#' * round(40 * power)}" for size, power in sample.curve]
    return "\n".join([f"{'participants':>12}  {'power':>6}", *lines])


def _looks(plan: Plan) -> str:
    lines = [
        f"{look.share:7.0%} {round(look.share * plan.votes):9} {look.critical:9.3f} {look.spent:11.2e}"
        for look in plan.looks
    ]
    head = f"{'look':>7} {'votes':>9} {'critical':>9} {'error spent':>11}"
    note = f"Looks cost up to {plan.inflation - 1:.1%} more votes; they are counted above."
    return "\n".join([head, *lines, note])
