"""Estimate the errors of any model of answers from what each group of answers adds to its likelihood."""

import numpy as np

from study.statistics.cluster_errors import ClusterErrors, TwoWayErrors, errors_of_groups, two_ways
from study.statistics.covariance import cross_groups, group_codes
from study.statistics.multiple_comparisons import Errors, choose_errors
from study.statistics.unequal.errors import Estimated
from study.votes import Ints


def errors_of_answers(model: Estimated, participant: Ints | None, item: Ints | None) -> Errors:
    """Return the standard errors by participant and item of each answer, where both are known.

    As in `study.statistics.multiple_comparisons.errors_of`: without participants, answers are independent.
    """
    people = _errors_by(model, participant)
    items = None if people is None else _errors_by(model, item)
    both: TwoWayErrors | None = None
    if people is not None and items is not None and participant is not None and item is not None:
        scores, _ = model.parts(group_codes(cross_groups(participant, item))[1])
        uncorrected = np.asarray(model.covariance @ (scores.T @ scores) @ model.covariance)
        both = two_ways(people, items, uncorrected, model.methods)
    return choose_errors(model, people, both, participant, item)


def _errors_by(model: Estimated, group: Ints | None) -> ClusterErrors | None:
    """Return the errors by groups of answers, None with fewer than two."""
    if group is None:
        return None
    groups, codes = group_codes(group)
    if groups < 2:
        return None
    scores, informations = model.parts(codes)
    return errors_of_groups(model.covariance, scores, informations, model.methods)
