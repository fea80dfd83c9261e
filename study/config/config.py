"""Read `study.toml`, all decisions about a study: check each line, and freeze them by a hash."""

import difflib
import hashlib
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from study.number_formats import percent
from study.records import BadStudy
from study.statistics.data_quality import Limits

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

UNIFORM_SHARE = 0.2  # of adaptive comparisons beyond the minimum: pairs drawn without regard to the votes
QUESTION = "In which picture does the pasted object look more natural?"
Name = Annotated[str, Field(min_length=1, max_length=200)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Count = Annotated[int, Field(ge=0, le=1000)]
Share = Annotated[float, Field(gt=0, le=1)]
NAME = r"[\w.\"' -]+?"  # a table or key in TOML
Rule: TypeAlias = Literal["gold", "repeats", "speed", "side", "run"]


class Part(BaseModel):
    """Define a table of the file. Unknown keys and values of another type are refused; values are frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Study(Part):
    """Hold the names, the question and the seed of the design."""

    slug: Slug
    title: Name
    question: Name = QUESTION
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0


class Stimuli(Part):
    """Hold what is compared. items: composites, empty for all; practice: composites for practice only."""

    methods: Annotated[list[Name], Field(max_length=64)]
    anchor: str = "composite"
    items: list[Name] = []
    practice: list[Name] = []
    gold: str = ""  # a folder with better/ and worse/

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
    """Hold the numbers of trials of one participant, by kind."""

    votes: Annotated[int, Field(ge=1, le=1000)] = 20
    ties: bool = True
    gold: Count = 0
    repeats: Count = 0
    practice: Count = 0


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


class Participants(Part):
    """Hold the numbers of participants, their source, and the code at the end.

    returning: who may continue with a recruitment id that has enrolled: the same browser only ("browser"), or
    anybody with the id ("id"), which helps where browsers delete their storage, but lets anybody who knows an
    id answer for it.
    """

    target: Annotated[int, Field(ge=1)] | None = None
    maximum: Annotated[int, Field(ge=1)] | None = None
    resume_hours: Annotated[float, Field(gt=0, le=8760)] | None = None
    source: Literal["open", "prolific", "mturk"] = "open"
    returning: Literal["browser", "id"] = "browser"
    completion_code: str = ""


class Viewing(Part):
    """Hold the requirements on the participant's screen."""

    minimum_width: Annotated[int, Field(ge=0, le=10_000)] = 0  # of the window, in pixels
    minimum_exposure_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    words: str = ""  # shown with the instructions


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


class Stopping(Part):
    """Hold the interim analyses, as shares of the target, and the error rate over all of them together."""

    looks: Annotated[list[Share], Field(min_length=1)] = [1.0]
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05

    @model_validator(mode="after")
    def _grow_to_one(self) -> "Stopping":
        if sorted(set(self.looks)) != self.looks or self.looks[-1] != 1:
            raise ValueError("looks: shares should grow and end with 1.0, such as [0.5, 1.0]")
        return self


class StudyConfig(Part):
    """Hold a whole `study.toml`. Tables that are left out have these defaults."""

    study: Study
    stimuli: Stimuli
    trials: Trials = Trials()
    allocation: Allocation = Allocation()
    participants: Participants = Participants()
    viewing: Viewing = Viewing()
    consent: Consent = Consent()
    exclude: Exclusion = Exclusion()
    stopping: Stopping = Stopping()

    @model_validator(mode="after")
    def _possible(self) -> "StudyConfig":
        trials, people, rules = self.trials, self.participants, self.exclude.rules
        faults = {
            "trials.gold: gold pairs need pictures: name their folder in stimuli.gold": (
                trials.gold and not self.stimuli.gold
            ),
            "trials.practice: practice needs items: name them in stimuli.practice": (
                trials.practice and not self.stimuli.practice
            ),
            "trials.repeats: no more pairs can be repeated than are shown": trials.repeats > trials.votes,
            "exclude.rules: gold cannot exclude anybody where trials.gold is 0": (
                "gold" in rules and not trials.gold
            ),
            "exclude.rules: repeats cannot exclude anybody where trials.repeats is 0": (
                "repeats" in rules and not trials.repeats
            ),
            "participants.maximum: is smaller than the target": (
                people.maximum and (people.target or 0) > people.maximum
            ),
            "stopping.looks: are shares of a target, so participants.target is needed": (
                self.stopping.looks != [1.0] and people.target is None
            ),
        }
        for message, wrong in faults.items():
            if wrong:
                raise ValueError(message)
        return self

    def to_json(self) -> str:
        """Return every value as JSON with sorted keys and no spaces: the same text for the same study.

        Defaults of keys that later releases added are left out: earlier studies keep their hash.
        """
        left_out: dict[str, Any] = {"allocation": True} if self.allocation == Allocation() else {}
        if self.participants.returning == "browser":
            left_out["participants"] = {"returning"}
        return json.dumps(
            self.model_dump(mode="json", exclude=left_out), sort_keys=True, separators=(",", ":")
        )

    @classmethod
    def from_json(cls, text: str) -> "StudyConfig":
        """Return the configuration in the text of `to_json`. Raises pydantic's ValidationError."""
        return cls.model_validate_json(text)

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of `to_json`, hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def read_config(path: str | Path) -> StudyConfig:
    """Read a `study.toml`. Raises BadStudy with every fault, each with its line."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        return StudyConfig.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadStudy(f"{path.name} is not valid TOML: {error}.") from None
    except UnicodeDecodeError:
        raise BadStudy(f"{path.name} should be text in UTF-8.") from None
    except FileNotFoundError:
        raise BadStudy(f"{path.name} was not found. Please check the name.") from None
    except ValidationError as error:
        lines = text.splitlines()
        raise BadStudy("\n".join(_sentence(path.name, lines, fault) for fault in error.errors())) from None


def config_from_options(
    methods: list[str], study: Mapping[str, Any], trials: Mapping[str, Any] | None = None
) -> StudyConfig:
    """Return a configuration with these values of the tables `study` and `trials`, and defaults elsewhere.

    The anchor is `composite` where it is one of the methods, else the first method. Raises BadStudy.
    """
    anchor = "composite" if "composite" in methods else "".join(methods[:1])
    try:
        return StudyConfig(
            study=Study(**study),
            stimuli=Stimuli(methods=methods, anchor=anchor),
            trials=Trials(**(trials or {})),
        )
    except ValidationError as error:
        raise BadStudy("\n".join(_sentence("options", [], fault) for fault in error.errors())) from None


def _sentence(name: str, lines: list[str], fault: Any) -> str:
    """Return a fault as a sentence: file, line, key, what is wrong, and the key that may be meant."""
    place, problem = _place_and_fault(fault)
    line = _line_of(lines, place)
    where = f"{name}, line {line}" if line else name
    return f"{where}: {'.'.join(place)}: {problem}{'' if problem.endswith('?') else '.'}"


def _place_and_fault(fault: Any) -> tuple[list[str], str]:
    """Return the table and key of a fault, and what is wrong with them."""
    place = [str(part) for part in fault["loc"] if not isinstance(part, int)]
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "value_error" and ": " in message:  # faults raised above begin with the key
        key, problem = message.split(": ", 1)
        return [*place, *key.split(".")], problem
    return place, _wrong(fault["type"], place, fault["input"], message)


def _wrong(kind: str, place: list[str], found: Any, message: str) -> str:
    """Return what is wrong, by another text than pydantic's where that does not help."""
    match kind:
        case "extra_forbidden":
            return f"there is no such {'key' if len(place) > 1 else 'table'}{_suggestion(place)}"
        case "missing":
            return "is missing"
        case "model_type":
            return f"should be a table, [{'.'.join(place)}]"
        case "string_pattern_mismatch":
            return f"should be small letters, digits and hyphens, but is {found!r}"
    return f"{message[0].lower()}{message[1:]}, but is {found!r}"


def _suggestion(place: list[str]) -> str:
    """Return a similar name as a question, else all names."""
    part: Any = StudyConfig
    for name in place[:-1]:
        part = part.model_fields[name].annotation
    near = difflib.get_close_matches(place[-1], part.model_fields, n=1)
    return f"; did you mean {near[0]}?" if near else f": known are {', '.join(part.model_fields)}"


def _line_of(lines: list[str], place: list[str]) -> int | None:
    """Return the number of the line with a key, else of its table; None where neither is in the file."""
    table, found = [], None
    for number, line in enumerate(lines, start=1):
        head = re.match(rf"\s*\[+\s*({NAME})\s*\]", line)
        key = re.match(rf"\s*({NAME})\s*=", line)
        if head:
            table = _parts(head[1])
        written = table if head else [*table, *_parts(key[1])] if key else []
        if written and written == place[: len(written)]:
            if len(written) == len(place):
                return number
            found = found or number
    return found


def _parts(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]
