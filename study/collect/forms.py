"""Check the answers of a person to the questions of a form, and if they admit the person to the study."""

import math
from collections.abc import Mapping, Sequence

from study.config.config import StudyConfig
from study.config.questions import FormQuestion, Stage
from study.records import Refused

LONGEST = 2000
Answers = Mapping[str, str]


def questions_of(config: StudyConfig | None, stage: Stage) -> list[FormQuestion]:
    """Return the questions of a form, none without a configuration."""
    return [question for question in (config.forms if config else ()) if question.stage == stage]


def checked_answers(questions: Sequence[FormQuestion], given: Answers) -> dict[str, str]:
    """Return an answer to each question, "" where an optional one has none.

    Raises Refused for a missing or impossible answer, and for a question that is not in the form.
    """
    if not set(given) <= {question.key for question in questions}:
        raise Refused("not_understood")
    return {question.key: _checked(question, _clean(given.get(question.key, ""))) for question in questions}


def admits(questions: Sequence[FormQuestion], answers: Answers) -> bool:
    """Return True where checked answers to a screener admit the person."""
    return all(question.admits(answers[question.key]) for question in questions)


def _clean(text: str) -> str:
    """Return the text as a database can store it."""
    return text.encode(errors="replace").decode().replace("\0", "").strip()[:LONGEST]


def _checked(question: FormQuestion, answer: str) -> str:
    if not answer:
        if question.optional:
            return ""
        raise Refused("form_incomplete")
    if question.kind == "choice" and answer not in question.choices:
        raise Refused("form_incomplete")
    if question.kind == "number":
        return _checked_number(question, answer)
    return answer


def _checked_number(question: FormQuestion, answer: str) -> str:
    try:
        number = float(answer)
    except ValueError:
        raise Refused("form_incomplete") from None
    low = -math.inf if question.minimum is None else question.minimum
    high = math.inf if question.maximum is None else question.maximum
    if not (math.isfinite(number) and low <= number <= high):
        raise Refused("form_incomplete")
    return f"{number:.15g}"
