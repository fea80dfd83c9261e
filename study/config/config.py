"""Read `study.toml`, all decisions about a study: check each line, and freeze them by a hash."""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from study.config.faults import sentences
from study.config.part import Language, Part
from study.config.questions import FormQuestion, PairQuestion, Texts
from study.config.recruiting import Codes, Devices, Participants, Results
from study.config.tables import (
    Allocation,
    Analysis,
    Consent,
    Exclusion,
    Stimuli,
    Stopping,
    Study,
    Trials,
    Viewing,
)
from study.records import BadStudy

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# Keys that later releases added: at these values they are left out of the hash, so that it stays the same.
LATER_TABLES: Mapping[str, Any] = {
    "allocation": Allocation(),
    "analysis": Analysis(),
    "devices": Devices(),
    "results": Results(),
    "questions": [],
    "forms": [],
    "texts": {},
}
LATER_KEYS: Mapping[str, Mapping[str, Any]] = {
    "study": {"language": "en"},
    "stimuli": {"kind": "composites", "practice_pairs": ""},
    "stopping": {"mixture": None},
    "viewing": {"full_resolution": False, "reference": "none", "outline": False, "reference_beside": False},
    "participants": {"returning": "browser", "codes": Codes(), "return_url": ""},
}


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
    analysis: Analysis = Analysis()
    devices: Devices = Devices()
    results: Results = Results()
    texts: dict[Language, Texts] = {}
    questions: Annotated[list[PairQuestion], Field(max_length=5)] = []
    forms: Annotated[list[FormQuestion], Field(max_length=60)] = []

    @model_validator(mode="after")
    def _possible(self) -> "StudyConfig":
        trials, people, rules = self.trials, self.participants, self.exclude.rules
        faults = {
            "trials.gold: gold pairs need pictures: name their folder in stimuli.gold": (
                trials.gold and not self.stimuli.gold
            ),
            "trials.practice: practice needs items: name them in stimuli.practice": (
                trials.practice and not (self.stimuli.practice or self.stimuli.practice_pairs)
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
            "participants.codes.failed: needs gold pairs: set trials.gold": (
                people.codes.failed and not trials.gold
            ),
            "viewing.outline: is that of a mask, and pictures of this kind have none": (
                self.viewing.outline and self.stimuli.kind != "composites"
            ),
            "viewing.reference_beside: says where a picture is shown, so viewing.reference has to name it": (
                self.viewing.reference_beside and self.viewing.reference == "none"
            ),
            "questions: two of them have the same key": _repeated(self.questions),
            "forms: two of them have the same key": _repeated(self.forms),
            **self._best_of(),
        }
        for message, wrong in faults.items():
            if wrong:
                raise ValueError(message)
        return self

    def _best_of(self) -> dict[str, bool]:
        """Return what cannot be combined with the choice of the best of more than two pictures."""
        trials, several = self.trials, self.trials.pictures > 2
        return {
            "trials.pictures: a trial shows each method once, so there must be as many methods": (
                trials.pictures > len(self.stimuli.methods)
            ),
            "trials.answers: grades need two pictures at a time": several and trials.answers == "graded",
            "trials.repeats: only pairs can be repeated": several and trials.repeats > 0,
            "exclude.rules: side needs two pictures at a time": several and "side" in self.exclude.rules,
            "allocation.rule: only pairs can be allotted adaptively": (
                several and self.allocation.rule == "adaptive"
            ),
            "analysis.covariates: need two pictures at a time": several and bool(self.analysis.covariates),
            "questions: further questions need two pictures at a time": several and bool(self.questions),
            "viewing.reference_beside: needs two pictures at a time": (
                several and self.viewing.reference_beside
            ),
            "stimuli.practice_pairs: practice with known answers needs two pictures at a time": (
                several and bool(self.stimuli.practice_pairs)
            ),
        }

    def to_json(self) -> str:
        """Return every value as JSON with sorted keys and no spaces: the same text for the same study.

        Defaults of keys that later releases added are left out: earlier studies keep their hash.
        """
        left_out: dict[str, Any] = {
            name: True for name, value in LATER_TABLES.items() if getattr(self, name) == value
        }
        for table, keys in LATER_KEYS.items():
            part = getattr(self, table)
            left_out[table] = {key for key, value in keys.items() if getattr(part, key) == value}
        left_out["trials"] = {
            *({"answers"} if self.trials.answers != "graded" else ()),  # the key `ties` has the others
            *({"pictures"} if self.trials.pictures == 2 else ()),
        }
        if self.texts:
            left_out["texts"] = {name: {"practice"} for name, own in self.texts.items() if not own.practice}
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

    @property
    def minimum_width(self) -> int:
        """Return the smallest width of the window in CSS pixels, 0 for any."""
        return max(self.devices.minimum_width, self.viewing.minimum_width)


def _repeated(questions: Sequence[PairQuestion] | Sequence[FormQuestion]) -> bool:
    return len({question.key for question in questions}) < len(questions)


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
        raise BadStudy(sentences(path.name, text, StudyConfig, error)) from None


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
        raise BadStudy(sentences("options", "", StudyConfig, error)) from None
