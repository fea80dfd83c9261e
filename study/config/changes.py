"""Apply what organizers changed after the start to the frozen configuration of a study.

The hash of the configuration freezes everything that the votes depend on. The rest can change: the number of
people, and texts that no vote depends on.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from study.config.config import StudyConfig
from study.config.faults import faults_of
from study.records import BadStudy

# Table → keys that can change; "texts" has these keys in each language.
CHANGEABLE: Mapping[str, tuple[str, ...]] = {
    "study": ("title",),
    "participants": ("target", "maximum"),
    "consent": ("text", "contact", "version"),
    "viewing": ("words",),
    "texts": ("headline", "instructions", "consent", "thanks"),
}
Changes = Mapping[str, Any]


def with_changes(config: StudyConfig, changes: Changes) -> StudyConfig:
    """Return the configuration with changed values, by table and key. Raises BadStudy for what is frozen."""
    for name in _names(changes):
        table, *keys = name.split(".")
        if not keys or keys[-1] not in CHANGEABLE.get(table, ()):
            raise BadStudy(f"{name} cannot be changed: votes depend on it. Build a new version instead.")
    try:
        return StudyConfig.model_validate_json(json.dumps(merged(config.model_dump(mode="json"), changes)))
    except ValidationError as error:
        faults = faults_of(StudyConfig, error)
        raise BadStudy("\n".join(f"{place}: {problem}" for place, problem in faults)) from None


def merged(old: Changes, new: Changes) -> dict[str, Any]:
    """Return nested values with those of `new` in place of the old ones."""
    both = {
        key: merged(old[key], value) if isinstance(value, dict) and isinstance(old.get(key), dict) else value
        for key, value in new.items()
    }
    return {**old, **both}


def consent_texts(config: StudyConfig) -> list[str]:
    """Return every text that participants may consent to."""
    return [config.consent.text, *(texts.consent for _, texts in sorted(config.texts.items()))]


def _names(changes: Changes) -> list[str]:
    """Return the dotted names of all changed values."""
    names = []
    for key, value in changes.items():
        inner = _names(value) if isinstance(value, dict) else None
        names += [key] if inner is None else [f"{key}.{name}" for name in inner]
    return names
