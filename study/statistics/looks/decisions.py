"""Compare all methods at one analysis of a study: at the end, as planned, or at any other moment."""

from dataclasses import replace

import numpy as np
from scipy import special

from study.statistics.covariance import difference_errors, standard_errors
from study.statistics.looks.confidence_sequence import sequence_limit, sequence_p
from study.statistics.looks.interim_analyses import plan_interim_analyses, planned_p
from study.statistics.looks.schedule import Look, Schedule
from study.statistics.multiple_comparisons import (
    LEVEL,
    Comparisons,
    Errors,
    compare,
    decide,
    distances,
    two_sided_p,
)
from study.votes import Floats

AT_ANY_LOOK = "95 % at any look"
AT_PLANNED_LOOKS = "95 % at every planned look"


def compare_at(
    log_worths: Floats, errors: Errors, look: Look, *, participants: int, seed: int = 0
) -> tuple[Errors, Comparisons]:
    """Return the errors, with the limit of single intervals at this look, and all comparisons.

    participants: those whose votes make the scores. At the end, and for a file, nothing is widened.
    """
    if look.moment == "unplanned":
        return _at_any_look(log_worths, errors, look.schedule, participants)
    if look.moment == "planned":
        return _at_planned_look(log_worths, errors, look, seed)
    return errors, compare(log_worths, errors, seed=seed)


def _at_planned_look(log_worths: Floats, errors: Errors, look: Look, seed: int) -> tuple[Errors, Comparisons]:
    """Return comparisons with the limit of a planned analysis, and never less than that of a single one.

    The limit has the tail probability of the registered one; with fewer degrees of freedom than participants
    it is larger.
    """
    compared, schedule = compare(log_worths, errors, seed=seed), look.schedule
    pair = plan_interim_analyses(schedule.shares, schedule.error_of_a_pair)[look.number - 1].critical
    registered = schedule.analyses[look.number - 1].critical
    critical = max(compared.critical, registered, _with_degrees(pair, errors.degrees))
    if len(schedule.shares) == 1:
        return errors, decide(log_worths, errors, critical, _plain_p(log_worths, errors))
    one = plan_interim_analyses(schedule.shares, 1 - LEVEL)[look.number - 1].critical
    single = max(errors.factor, _with_degrees(one, errors.degrees))
    normal = -special.ndtri(_plain_p(log_worths, errors) / 2)
    p = planned_p(schedule.shares, look.number, np.maximum(normal, 0))
    return _with_limit(errors, single, AT_PLANNED_LOOKS), decide(log_worths, errors, critical, p)


def _at_any_look(
    log_worths: Floats, errors: Errors, schedule: Schedule, participants: int
) -> tuple[Errors, Comparisons]:
    """Return comparisons by the confidence sequence, with Bonferroni's correction for all pairs.

    Each limit is the largest of all pairs, or of all methods: they differ only where pictures add different
    errors. For four methods or more, an ellipsoid (the sequence for K − 1 dimensions) is wider.
    """
    methods, alpha = len(log_worths), min(schedule.alpha, 1 - LEVEL)
    low, high = np.triu_indices(methods, 1)
    pairs = _sizes(errors.between, _between_people(errors, methods), participants)
    own = None if errors.people is None else standard_errors(errors.people)[:methods]
    singles = _sizes(errors.errors[:methods], own, participants)
    g, degrees = schedule.mixture, errors.degrees
    critical = sequence_limit(alpha / len(low), pairs[low, high], g, degrees).max()
    single = sequence_limit(1 - LEVEL, singles, g, degrees).max()
    p = sequence_p(distances(log_worths, errors), pairs, g, degrees)
    return (
        _with_limit(errors, float(single), AT_ANY_LOOK),
        decide(log_worths, errors, float(critical), p),
    )


def _between_people(errors: Errors, methods: int) -> Floats | None:
    return None if errors.people is None else difference_errors(errors.people, methods)


def _sizes(whole: Floats, by_people: Floats | None, participants: int) -> Floats:
    """Return n·V_participant / V, at most n; n where there is no error by participant, or none at all."""
    if by_people is None:
        return np.full(whole.shape, float(participants))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(by_people / whole, nan=1.0) ** 2
    return np.asarray(participants * np.clip(share, 1e-9, 1))


def _with_degrees(limit: float, degrees: float | None) -> float:
    """Return the limit of Student's t with the tail probability of a limit of the normal distribution."""
    if degrees is None:
        return limit
    tail = float(special.ndtr(-limit))
    return -float(special.stdtrit(degrees, tail))


def _plain_p(log_worths: Floats, errors: Errors) -> Floats:
    return two_sided_p(distances(log_worths, errors), errors.degrees)


def _with_limit(errors: Errors, limit: float, confidence: str) -> Errors:
    return replace(errors, limit=limit, words=errors.words.replace("95 %", confidence, 1))
