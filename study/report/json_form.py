"""Write a report as JSON. Its keys are stable: scripts of users read them."""

import json
from dataclasses import asdict
from typing import Any

from study.report.result import (
    ModelChecks,
    OrderEffect,
    PairPower,
    PairResult,
    QuestionResult,
    Ranking,
    Report,
    Score,
)
from study.summary.second.adjusted import AdjustedScores
from study.summary.second.graded import GradedScores

COMPARED = ("difference", "se", "low", "high", "p")
NO_POWER = dict.fromkeys(PairPower.__dataclass_fields__)


def to_json(report: Report) -> str:
    """Return the report as one object with keys in a fixed order; the same report gives the same bytes."""
    return json.dumps(_values(report), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _values(report: Report) -> dict[str, Any]:
    study, reliability, distributions = report.study, report.reliability, report.distributions
    return {
        "slug": study.slug,
        "title": study.title,
        "question": study.question,
        **_scores(report.ranking),
        **_counts(report),
        **_terms(report.ranking),
        "warnings": list(report.warnings),
        "simulated": study.simulated,
        "conduct": asdict(report.quality),
        "agreement": reliability.agreement and asdict(reliability.agreement),
        "agreement_ordinal": reliability.agreement_ordinal and asdict(reliability.agreement_ordinal),
        "checks": reliability.checks and _checks(reliability.checks),
        "variants": [asdict(variant) for variant in reliability.variants],
        "coverage": asdict(distributions.coverage),
        "allocation": study.allocation,
        "over_time": [asdict(bar) for bar in distributions.over_time],
        "response_times": [asdict(bar) for bar in distributions.response_times],
        "viewing": report.details.viewing and asdict(report.details.viewing),
        "grades": report.details.grades and asdict(report.details.grades),
        "graded": report.details.graded and _graded(report.details.graded),
        "adjusted": report.details.adjusted and _adjusted(report.details.adjusted),
        "questions": [_question(one) for one in report.details.questions],
        "citation": asdict(report.citation),
        "scales": report.further and asdict(report.further),
        "raters": asdict(report.raters),
        "look": report.look and asdict(report.look),
        **({"best_of": asdict(report.best_of)} if report.best_of else {}),
    }


def _graded(found: GradedScores) -> dict[str, Any]:
    values = asdict(found)
    methods = values.pop("methods")
    return {"methods": methods.pop("scores"), **methods, **values}


def _adjusted(found: AdjustedScores) -> dict[str, Any]:
    values = asdict(found)
    methods, without = values.pop("methods"), values.pop("without")
    return {"methods": methods.pop("scores"), "without": without["scores"], **methods, **values}


def _question(found: QuestionResult) -> dict[str, Any]:
    scores = _scores(found.ranking) | _terms(found.ranking)
    return {"key": found.key, "text": found.text, "votes": found.votes, **scores}


def _scores(ranking: Ranking) -> dict[str, Any]:
    return {
        "status": ranking.status,
        "explain": ranking.explain,
        "methods": [_score(score) for score in ranking.methods],
        "pairs": [_pair(pair) for pair in ranking.pairs],
    }


def _score(score: Score) -> dict[str, Any]:
    return asdict(score) | {"jod": score.jod, "jod_se": score.jod_se, "comparisons": score.comparisons}


def _pair(pair: PairResult) -> dict[str, Any]:
    counts = {"a": pair.a, "b": pair.b, "a_wins": pair.a_wins, "b_wins": pair.b_wins, "ties": pair.ties}
    compared = {name: getattr(pair.compared, name, None) for name in COMPARED}
    return counts | compared | (asdict(pair.power) if pair.power else NO_POWER)


def _counts(report: Report) -> dict[str, Any]:
    counts = report.counts
    return {
        "enrolled": counts.enrolled,
        "participants": counts.participants,
        "completed": counts.completed,
        "votes": counts.votes,
        "tie_rate": counts.tie_rate,
        "left_share": counts.left_share,
    }


def _terms(ranking: Ranking) -> dict[str, Any]:
    return {
        "log_nu": ranking.log_nu,
        **_order_effect(ranking.order_effect),
        "interval": ranking.interval,
        "errors": ranking.errors,
        "critical": ranking.critical,
        "first": list(ranking.first),
    }


def _order_effect(effect: OrderEffect | None) -> dict[str, float | None]:
    if effect is None:
        return {"position": None, "position_se": None, "position_p": None}
    return {"position": effect.log_worth, "position_se": effect.se, "position_p": effect.p}


def _checks(checks: ModelChecks) -> dict[str, Any]:
    names = {"circular_triads": "circles"}
    return {names.get(name, name): value for name, value in asdict(checks).items()}
