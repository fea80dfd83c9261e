"""Score the votes of a ranked fit by their grades too, if there are several."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from study.number_formats import percent
from study.statistics.answers.cumulative import errors_of_graded, fit_graded, preferences
from study.statistics.bradley_terry import Fit
from study.summary.second.scores import SecondScores, second_scores, turned
from study.votes import NONE, TIE, Floats, Ints, Votes


@dataclass(frozen=True)
class GradedScores:
    """Hold the scores by a cumulative logit of the grades.

    votes: grades that occur, with their number of votes. thresholds: differences from which a vote has each
    grade. order_effect: None where the model has none. loglik: log-likelihood. worth: the variance of
    differences without the grades, in the same model, divided by that with them.
    """

    methods: SecondScores
    votes: tuple[tuple[int, float], ...]
    thresholds: tuple[float, ...]
    order_effect: float | None
    loglik: float
    worth: float


def graded_scores(
    names: Sequence[str], result: Fit, votes: Votes, grade: Ints | None, item: Ints | None
) -> GradedScores | None:
    """Return the scores by grades; None with fewer than two grades or without scores by the votes alone.

    result: the fit of the same votes with Davidson's ties. grade: of each vote, from 1, NONE where unknown.
    """
    decided = votes.outcome != TIE
    if grade is None or result.status != "ok" or result.log_worths is None or result.ties != "davidson":
        return None
    occurring = np.unique(grade[decided & (grade != NONE)])
    if len(occurring) < 2:
        return None
    k, order = len(result.log_worths), result.order_effect is not None
    found = fit_graded(votes, grade, k, order_effect=order)
    plain = fit_graded(votes, np.where(decided, 1, NONE), k, order_effect=order)
    if found is None or plain is None:
        return None
    errors, without = (errors_of_graded(one, votes, item) for one in (found, plain))
    count = np.ones(len(decided)) if votes.count is None else votes.count
    return GradedScores(
        methods=second_scores(names, found.log_worths, errors, preferences(found)),
        votes=tuple((int(g), float(count[decided & (grade == g)].sum())) for g in occurring),
        thresholds=found.thresholds,
        order_effect=found.order_effect,
        loglik=found.loglik,
        worth=float(np.mean(_squares(without.between)) / np.mean(_squares(errors.between))),
    )


def _squares(between: Floats) -> Floats:
    return np.asarray(between[np.triu_indices(len(between), 1)] ** 2)


def graded_in_words(found: GradedScores) -> str:
    """Return a sentence on what the grades add."""
    listed = ", ".join(f"{votes:g} votes of grade {grade}" for grade, votes in found.votes)
    more = found.worth - 1
    if more >= 0.005:
        return f"{listed}. The grades narrow the differences as {percent(more)} more votes would."
    return f"{listed}. The grades do not narrow the differences."


def graded_warnings(
    first: Floats, found: GradedScores, titles: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yield a warning where the grades change the order of methods.

    first: log-worths without them. titles: of the methods, where they have others than their names.
    """
    named = titles or {}
    for better, worse in list(turned(first, found.methods))[:1]:
        one, other = named.get(worse, worse), named.get(better, better)
        yield f"With the grades, {one} comes before {other}: it is preferred less often, but more clearly."
