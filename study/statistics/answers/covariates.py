"""Fit Davidson's model with further terms of a vote, such as the difference in size of the two objects.

The difference of log-worths of a vote is a_left - a_right + g + sum of b·x, so that the scores are those of
methods whose pictures are equal in x. A tie stays in the middle between both sides.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from study.statistics.answers.choices import (
    ChoiceSets,
    informations_of_groups,
    is_determined,
    maximise,
    scores_of_groups,
)
from study.statistics.answers.distinct import distinct_rows
from study.statistics.answers.group_errors import errors_of_answers
from study.statistics.multiple_comparisons import Errors
from study.statistics.unequal.errors import Estimated
from study.votes import LEFT, RIGHT, TIE, Floats, Ints, Votes


@dataclass(frozen=True, eq=False)
class Adjusted:
    """Hold the estimates. log_worths: K, sum zero. effects: C, of one unit of each term on the log-worths.

    errors: of log-worths, effects, order effect and log nu, in this order, without absent ones.
    """

    log_worths: Floats
    effects: Floats
    order_effect: float | None
    log_nu: float | None
    loglik: float
    errors: Errors


def fit_adjusted(
    votes: Votes, terms: Floats, methods: int, *, order_effect: bool = False, item: Ints | None = None
) -> Adjusted | None:
    """Fit votes that Davidson's model ranks. terms: n×C, of the left picture less those of the right one.

    order_effect: estimate it; the votes must separate it from the methods. item: of each vote, for errors.
    None if the terms cannot be separated from the methods, or without a maximum.
    """
    count = np.ones(len(terms)) if votes.count is None else votes.count
    has_ties = bool(count[votes.outcome == TIE].sum() > 0)
    ordered = np.ones(len(terms)) if votes.ordered is None else votes.ordered.astype(float)
    further = np.column_stack([terms, ordered]) if order_effect else terms
    key = np.column_stack([votes.left, votes.right, further])
    first_rows, which = distinct_rows(key.T)
    distinct = key[first_rows]
    sets = _sets(distinct, methods, has_ties)
    options = 2 + has_ties
    chosen_option = which * options + votes.outcome
    chosen = np.bincount(chosen_option, count, len(distinct) * options).astype(float)
    if not is_determined(sets, chosen):
        return None
    best = maximise(sets, chosen)
    if not best.found:
        return None

    def parts(group: Ints) -> tuple[Floats, Iterator[tuple[slice, Floats]]]:
        shape = (int(group.max(initial=-1)) + 1, len(chosen))
        of_groups = sparse.coo_array((count, (group, chosen_option)), shape).tocsr()
        informations = informations_of_groups(sets, best.theta, of_groups)
        return scores_of_groups(sets, best.theta, of_groups), informations

    model, first = Estimated(best.covariance, best.theta[:methods], count, parts), methods + terms.shape[1]
    return Adjusted(
        log_worths=best.theta[:methods],
        effects=best.theta[methods:first],
        order_effect=float(best.theta[first]) if order_effect else None,
        log_nu=float(best.theta[-1]) if has_ties else None,
        loglik=best.loglik,
        errors=errors_of_answers(model, votes.participant, item),
    )


def worth_if_adjusted(share: float, methods: int) -> float:
    """Return how many votes without adjustment a vote is worth for scores adjusted for one covariate.

    share: R² of the covariate on the methods that are compared, 0 to below 1. methods: at least 2. Of the
    methods - 1 directions in which log-worths can differ, that of the covariate has 1 / (1 - share) times the
    variance; the result is 1 / the mean over all pairs. Without people and pictures who differ it is exact
    for equal methods whose pairs have equally many votes. Raises ValueError for another share.
    """
    if not 0 <= share < 1:
        raise ValueError("the share of a covariate that methods explain is from 0 to below 1")
    return 1 / (1 + share / (1 - share) / (methods - 1))


def _sets(distinct: Floats, methods: int, has_ties: bool) -> ChoiceSets:
    """Return the options left, right and tie of each different vote: left, right and its further terms."""
    n, options = len(distinct), 2 + has_ties
    sides = distinct[:, :2].astype(np.int64)
    rows, columns, values = [], [], []

    def add(option: int, column: Ints, value: Floats) -> None:
        rows.append(np.arange(n) * options + option)
        columns.append(column)
        values.append(value)

    for option, side in ((LEFT, 0), (RIGHT, 1)):
        add(option, sides[:, side], np.ones(n))
        for place, term in enumerate(distinct[:, 2:].T):
            add(option, np.full(n, methods + place), term / 2 if option == LEFT else -term / 2)
    size = methods + distinct.shape[1] - 2 + has_ties
    if has_ties:
        add(TIE, sides[:, 0], np.full(n, 0.5))
        add(TIE, sides[:, 1], np.full(n, 0.5))
        add(TIE, np.full(n, size - 1), np.ones(n))
    cells = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    features = sparse.coo_array(cells, (n * options, size)).tocsr()
    return ChoiceSets(features, np.arange(n) * options, methods)
