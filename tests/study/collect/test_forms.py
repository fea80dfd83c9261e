"""Check the answers of people to forms: choices, numbers and texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.collect.forms import LONGEST, admits, checked_answers
from study.config.questions import FormQuestion
from study.records import Refused

AGE = FormQuestion(
    stage="screener", key="age", text="Age?", kind="number", minimum=1, maximum=120, accept=[18, 99]
)
OFTEN = FormQuestion(stage="before", key="often", text="Often?", choices=["never", "daily"])
WORDS = FormQuestion(stage="after", key="words", text="Comments?", kind="text", optional=True)


@pytest.mark.parametrize(
    ("question", "given", "stored"),
    [
        (AGE, "18", "18"),
        (AGE, " 18.50 ", "18.5"),
        (OFTEN, "never", "never"),
        (WORDS, "", ""),
        (WORDS, "  a\0b\ud800 ", "ab?"),
        (WORDS, "x" * 9000, "x" * LONGEST),
    ],
)
def test_answers_are_stored_clean(question: FormQuestion, given: str, stored: str) -> None:
    assert checked_answers([question], {question.key: given}) == {question.key: stored}


@pytest.mark.parametrize(
    ("question", "given"),
    [(AGE, ""), (AGE, "0"), (AGE, "121"), (AGE, "old"), (AGE, "nan"), (AGE, "inf"), (OFTEN, "Never")],
)
def test_impossible_answers_are_refused(question: FormQuestion, given: str) -> None:
    with pytest.raises(Refused) as refused:
        checked_answers([question], {question.key: given})
    assert refused.value.code == "form_incomplete"


def test_a_question_of_another_form_is_refused() -> None:
    with pytest.raises(Refused):
        checked_answers([OFTEN], {"often": "daily", "age": "20"})


@given(st.text(max_size=30))
def test_a_number_is_admitted_only_within_its_limits(text: str) -> None:
    try:
        answers = checked_answers([AGE], {"age": text})
    except Refused:
        return
    assert admits([AGE], answers) == (18 <= float(answers["age"]) <= 99)
