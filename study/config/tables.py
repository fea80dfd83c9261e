"""Define the tables of `study.toml` about the design, the pictures, and the analysis."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from study.config.part import Count, Language, Name, Part, Pixels, Rule, Share, Slug
from study.number_formats import percent
from study.statistics.data_quality import Limits
from study.votes import STIMULI, VIEW, VIEW_COLUMNS

UNIFORM_SHARE = 0.2  # of adaptive comparisons beyond the minimum: pairs drawn without regard to the votes
QUESTION = "In which picture does the pasted object look more natural?"


class Study(Part):
    """Hold the names, the question and the seed of the design."""

    slug: Slug
    title: Name
    question: Name = QUESTION
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    language: Language = "en"  # of the texts in all tables but [texts.xx]


class Stimuli(Part):
    """Hold what is compared. items: composites, empty for all; practice: composites for practice only.

    practice_pairs: practice with a known answer, which participants see after their own.
    kind: "composites" have a mask; "images" are results of any other editing task, without a mask.
    """

    methods: Annotated[list[Name], Field(max_length=64)]
    anchor: str = "composite"
    items: list[Name] = []
    practice: list[Name] = []
    gold: str = ""  # a folder with better/ and worse/
    practice_pairs: str = ""  # the same
    kind: Literal["composites", "images"] = "composites"

    @model_validator(mode="after")
    def _consistent(self) -> "Stimuli":
        if len(self.methods) < 2:
            raise ValueError("methods: a study compares at least two methods")
        for key, names in (("methods", self.methods), ("items", self.items), ("practice", self.practice)):
            if len(set(names)) < len(names):
                raise ValueError(f"{key}: one of them is named twice")
        if self.anchor not in self.methods:
            raise ValueError(f"anchor: {self.anchor!r} is not one of the methods")
        if set(self.items) & set(self.practice):
            raise ValueError("practice: an item cannot be for practice and for the study")
        return self


class Trials(Part):
    """Hold the numbers of trials of one participant, by kind, and the answers that are offered.

    answers: one of both pictures ("two"), or no difference as well ("three"), or how much better as well
    ("graded").
    ties: False means the same as "two"; both keys always agree.
    pictures: shown at a time, of which the best is chosen where they are more than two.
    """

    votes: Annotated[int, Field(ge=1, le=1000)] = 20
    ties: bool = True
    gold: Count = 0
    repeats: Count = 0
    practice: Count = 0
    answers: Literal["two", "three", "graded"] = "three"
    pictures: Literal[2, 3, 4] = 2

    @model_validator(mode="before")
    @classmethod
    def _agree(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        ties, answers = given.get("ties"), given.get("answers")
        if ties is None and answers == "two":
            return {**given, "ties": False}
        if ties is False and answers is None:
            return {**given, "answers": "two"}
        if isinstance(ties, bool) and answers is not None and ties == (answers == "two"):
            raise ValueError("answers: does not agree with ties; please keep one of them")
        return given


class Allocation(Part):
    """Hold the rule that allocates pairs to participants: balanced blocks, or adaptive.

    pair_minimum: comparisons of every pair before others are preferred; for the adaptive rule only.
    """

    rule: Literal["balanced", "adaptive"] = "balanced"
    pair_minimum: Annotated[int, Field(ge=0, le=100_000)] = 0

    @model_validator(mode="after")
    def _consistent(self) -> "Allocation":
        if self.rule == "balanced" and self.pair_minimum:
            raise ValueError('pair_minimum: only where rule = "adaptive"')
        if self.rule == "adaptive" and not self.pair_minimum:
            raise ValueError(
                "pair_minimum: please set how many comparisons every pair gets first, such as 30"
            )
        return self

    def in_words(self) -> str:
        """Describe adaptive allocation for a report and a registry; return "" for balanced blocks."""
        if self.rule == "balanced":
            return ""
        return (
            f"Pairs were allotted adaptively: at least {self.pair_minimum} comparisons of every pair first; "
            f"of the rest {percent(UNIFORM_SHARE)} drawn at random and the others where one more vote lowers "
            "the variance of all differences most."
        )


class Viewing(Part):
    """Hold the way in which pictures are shown.

    minimum_width: the same as that of the table `devices`, of earlier releases. reference: what can be shown
    beside or behind both pictures. full_resolution: pictures are not reduced in size. outline: that of the
    mask can be shown over both pictures. reference_beside: the reference is always shown, between both, where
    the screen has room.
    """

    minimum_width: Pixels = 0
    minimum_exposure_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    words: str = ""  # shown with the instructions
    full_resolution: bool = False
    reference: Literal["none", "composite", "reference"] = "none"
    outline: bool = False
    reference_beside: bool = False


class Consent(Part):
    """Hold the text that participants consent to."""

    text: str = ""
    contact: str = ""
    version: str = ""


class Exclusion(Part):
    """Hold the rules that exclude participants from the scores, and their limits (see `data_quality`)."""

    rules: list[Rule] = []
    gold: Share = Limits.gold
    speed: Annotated[float, Field(ge=0)] = Limits.speed
    side: Share = Limits.side
    run: Annotated[int, Field(ge=2)] = Limits.run

    @property
    def limits(self) -> Limits:
        """Return the limits in the form that the analysis takes."""
        return Limits(self.gold, self.speed, self.side, self.run)


class Analysis(Part):
    """Hold the covariates for which a report adds adjusted scores.

    covariates: "rt_ms", names of VIEW_COLUMNS after "view_", and, after "stimuli.", columns of a table that
    the report gets.
    """

    covariates: Annotated[list[Name], Field(max_length=5)] = []

    @model_validator(mode="after")
    def _known(self) -> "Analysis":
        stored = ("rt_ms", *(VIEW + name for name in VIEW_COLUMNS))
        for name in self.covariates:
            if name not in stored and not (name.startswith(STIMULI) and name.removeprefix(STIMULI)):
                raise ValueError(
                    f"covariates: {name!r} is unknown; please use some of {', '.join(stored)}, or "
                    "stimuli.NAME for a column NAME of a table of the stimuli, which the report gets by "
                    "--stimuli"
                )
        if len(set(self.covariates)) < len(self.covariates):
            raise ValueError("covariates: one of them is named twice")
        return self

    def in_words(self) -> str:
        """Describe the adjusted scores for a registry; return "" without covariates."""
        if not self.covariates:
            return ""
        own = [name for name in self.covariates if not name.startswith(STIMULI)]
        sided = [name.removeprefix(STIMULI) for name in self.covariates if name.startswith(STIMULI)]
        terms = [
            *([f"{_listed(own)} of the vote, less the mean"] if own else []),
            *([f"{_listed(sided)} of the left picture less that of the right one"] if sided else []),
        ]
        return (
            "A second analysis of the same votes adjusts the scores: it adds to the log-worth of the left "
            f"method a term in standard deviations of {'; and of '.join(terms)}. The scores without it stay "
            "the main result."
        )


def _listed(names: list[str]) -> str:
    return ", ".join(names)


class Stopping(Part):
    """Hold the interim analyses, as shares of the target, and the error rate over all of them together.

    mixture: g of the confidence sequence that reports use at any other moment, in participants; None for the
    one that is narrowest at the target.
    """

    looks: Annotated[list[Share], Field(min_length=1)] = [1.0]
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    mixture: Annotated[float, Field(gt=0, le=1e6)] | None = None

    @model_validator(mode="after")
    def _grow_to_one(self) -> "Stopping":
        if sorted(set(self.looks)) != self.looks or self.looks[-1] != 1:
            raise ValueError("looks: shares should grow and end with 1.0, such as [0.5, 1.0]")
        return self
