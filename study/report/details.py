"""Summarise how pairs were viewed and graded, and score the answers to further questions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from study.config.config import StudyConfig
from study.report.ranking import rank, ranking_of
from study.report.result import Grades, QuestionResult, Viewing, ViewTool
from study.statistics.bradley_terry import Fit, fit, tabulate
from study.statistics.looks.schedule import Look
from study.summary.second.adjusted import AdjustedScores, Covariate, adjusted_scores
from study.summary.second.graded import GradedScores, graded_scores
from study.votes import NONE, Bools, StudyData

TOOLS = {
    "zoom": "enlarged",
    "flip": "swapped in place",
    "reference": "compared with the reference",
    "outline": "with the outline of the object",
}
LATER = ("outline",)  # reported where it was used: earlier releases had none


def viewing_of(data: StudyData) -> Viewing | None:
    """Return how the pairs of all votes were viewed; None where nothing is known of it."""
    details, counted = data.details, data.responses.counted
    if details is None or np.isnan(details.views["zoom"][counted]).all():
        return None
    views = {name: values[counted] for name, values in details.views.items()}
    known = ~np.isnan(views["zoom"])
    people = data.responses.participant[counted]
    tools = tuple(
        ViewTool(
            name=words,
            votes=int((views[name][known] > 0).sum()),
            people=len(np.unique(people[known & (views[name] > 0)])),
            uses=int(np.nansum(views[name][known])),
        )
        for name, words in TOOLS.items()
        if name not in LATER or (views[name][known] > 0).any()
    )
    widths = views["shown_width"][known]
    return Viewing(
        votes=int(known.sum()),
        stacked=int(views["stacked"][known].sum()),
        beside=int(np.nansum(views["beside"][known])),
        width_low=int(np.percentile(widths, 5)),
        width_median=int(np.median(widths)),
        width_high=int(np.percentile(widths, 95)),
        tools=tools,
    )


def grades_of(data: StudyData, kept: Bools) -> Grades | None:
    """Count the grades of the votes that make the scores; None where none were asked for."""
    if data.details is None:
        return None
    votes = data.responses.counted & kept[data.responses.participant]
    grade = data.details.grade[votes]
    if not (grade != NONE).any():
        return None
    return Grades(better=int((grade == 1).sum()), much_better=int((grade == 2).sum()))


def graded_of(data: StudyData, kept: Bools, result: Fit) -> GradedScores | None:
    """Score the votes by their grades too, None without. result: the fit of the same votes."""
    if data.details is None:
        return None
    rows = data.responses.counted & kept[data.responses.participant]
    votes, keys = data.responses.only(rows), [method.key for method in data.methods]
    return graded_scores(
        keys, result, votes.as_votes(), data.details.grade[rows].astype(np.int64), votes.items
    )


def adjusted_of(
    data: StudyData, kept: Bools, result: Fit, covariates: Sequence[Covariate]
) -> AdjustedScores | str | None:
    """Score the votes adjusted for covariates of all responses; or why not, None without covariates.

    result: the fit of the same votes.
    """
    if not covariates:
        return None
    rows = data.responses.counted & kept[data.responses.participant]
    votes, keys = data.responses.only(rows), [method.key for method in data.methods]
    own = [replace(one, values=one.values[rows]) for one in covariates]
    return adjusted_scores(keys, result, votes.as_votes(), votes.items, own)


def questions_of(
    data: StudyData, config: StudyConfig | None, kept: Bools, look: Look, seed: int
) -> tuple[QuestionResult, ...]:
    """Score the answers to each further question like the votes; kept: participants who make the scores."""
    if data.details is None:
        return ()
    texts = {question.key: question.text for question in config.questions} if config else {}
    return tuple(
        _question(data, (key, texts.get(key, key)), kept, look, seed)
        for key in (texts or data.details.answers)
        if key in data.details.answers
    )


def _question(
    data: StudyData, question: tuple[str, str], kept: Bools, look: Look, seed: int
) -> QuestionResult:
    assert data.details is not None
    key, text = question
    answers = replace(data.responses, outcome=data.details.answers[key])
    votes = answers.votes(kept)
    votes = votes.only(votes.outcome != NONE)
    counts = tabulate(votes.as_votes(), len(data.methods))[1]
    result = fit(counts, [method.title for method in data.methods], order_effect=data.sides_known)
    ranked = rank(votes, counts, result, look, seed=seed)
    return QuestionResult(key, text, len(votes), ranking_of(data.methods, counts, result, ranked))
