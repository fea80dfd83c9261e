"""Define the tables of `study.toml` with texts and questions: [texts.xx], [[questions]] and [[forms]]."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from study.config.part import Key, Language, Name, Part, Words

Stage: TypeAlias = Literal["screener", "before", "after"]
Translations: TypeAlias = dict[Language, Name]


class Texts(Part):
    """Hold the texts of the page in one language, as Markdown but for headline, question and practice.

    practice: shown after the answer to a practice pair, with {picture} for the name of the better one.
    """

    headline: Annotated[str, Field(max_length=200)] = ""
    question: Annotated[str, Field(max_length=200)] = ""
    instructions: Words = ""
    consent: Words = ""
    thanks: Words = ""
    practice: Annotated[str, Field(max_length=300)] = ""

    @model_validator(mode="after")
    def _names_the_picture(self) -> "Texts":
        if self.practice and "{picture}" not in self.practice:
            raise ValueError("practice: should have {picture} where the name of the better picture belongs")
        return self


class PairQuestion(Part):
    """Hold a further question on each pair, which is answered with A, B or no difference.

    texts: the question in other languages.
    """

    key: Key
    text: Name
    texts: Translations = {}


class FormQuestion(Part):
    """Hold a question to the person: before consent (screener), before the trials, or after them.

    accept: of a screener; the choices, or the smallest and the largest number, with which one may take part.
    minimum, maximum: numbers that can be entered. texts, choice_texts: the same in other languages.
    """

    stage: Stage
    key: Key
    text: Name
    kind: Literal["choice", "number", "text"] = "choice"
    choices: Annotated[list[Name], Field(max_length=40)] = []
    accept: list[str | int | float] = []
    minimum: int | float | None = None
    maximum: int | float | None = None
    optional: bool = False
    texts: Translations = {}
    choice_texts: dict[Language, list[Name]] = {}

    @model_validator(mode="after")
    def _consistent(self) -> "FormQuestion":
        faults = {
            "choices: a choice needs at least two, each once": (
                self.kind == "choice" and not 2 <= len(set(self.choices)) == len(self.choices)
            ),
            'choices: only where kind = "choice"': self.kind != "choice" and self.choices,
            "choice_texts: needs a text for each of the choices": (
                any(len(texts) != len(self.choices) for texts in self.choice_texts.values())
            ),
            'minimum: only where kind = "number"': (
                self.kind != "number" and (self.minimum, self.maximum) != (None, None)
            ),
            "maximum: is smaller than the minimum": (
                None not in (self.minimum, self.maximum) and float(self.minimum or 0) > (self.maximum or 0)
            ),
            'accept: only where stage = "screener"': self.accept and self.stage != "screener",
        }
        for message, wrong in {**faults, **self._faults_of_accept()}.items():
            if wrong:
                raise ValueError(message)
        return self

    def _faults_of_accept(self) -> dict[str, bool]:
        numbers = [value for value in self.accept if isinstance(value, int | float)]
        return {
            "accept: should be some of the choices": (
                self.kind == "choice" and not set(self.accept) <= set(self.choices)
            ),
            "accept: should be the smallest and the largest number, such as [18, 99]": (
                self.kind == "number"
                and bool(self.accept)
                and not (len(numbers) == len(self.accept) == 2 and numbers[0] <= numbers[1])
            ),
            "accept: a text cannot decide who takes part": self.kind == "text" and bool(self.accept),
            "optional: a question that decides who takes part needs an answer": (
                self.optional and bool(self.accept)
            ),
        }

    def admits(self, value: str) -> bool:
        """Return True where somebody with this answer may take part."""
        if not self.accept:
            return True
        if self.kind == "number":
            low, high = (float(limit) for limit in self.accept)
            return low <= float(value) <= high
        return value in self.accept
