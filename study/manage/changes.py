"""Change what may be changed after the start of a study, and keep a record of it."""

import json
from datetime import datetime, timezone
from typing import Any

from study.config.changes import Changes, consent_texts, merged, with_changes
from study.config.config import StudyConfig
from study.config.study_configs import config_of as effective_config
from study.database import organizer_queries
from study.database.rows import StudyRow
from study.database.store import Store
from study.database.study_queries import timestamp
from study.manage.log import record
from study.records import BadStudy

__all__ = ["change", "effective_config"]
CLOSES_AT = "closes_at"


def change(store: Store, slug: str, version: int | None, changes: Changes, who: str) -> StudyConfig:
    """Change values of a study that is not closed; return its configuration from now on.

    changes: by table and key, as in study.toml, such as {"participants": {"maximum": 120}}; `closes_at`
    beside the tables is a time in ISO 8601 from which on nobody enrols, None for no end. Raises BadStudy for
    what is frozen, for values that study.toml refuses, and for a new consent text without a new version.
    """
    with store.transaction() as tx:
        study = tx.study(slug, version)
        tx.lock_study(study.id)
        if study.status == "closed":
            raise BadStudy(f"{slug}, version {study.version}, is closed. Please reopen it before changes.")
        columns, config = _changed(study, changes)
        organizer_queries.change_study(tx, study.id, **columns)
        record(tx, who, "change", study, changes=dict(changes))
    return config


def _changed(study: StudyRow, changes: Changes) -> tuple[dict[str, Any], StudyConfig]:
    """Return the new values of columns, and the configuration with them."""
    tables = {name: value for name, value in changes.items() if name != CLOSES_AT}
    before = effective_config(study)
    config = with_changes(before, tables)
    if consent_texts(config) != consent_texts(before) and config.consent.version == before.consent.version:
        raise BadStudy("Please give the new consent text a new version (consent.version), such as 2.")
    kept = merged(json.loads(study.changes_json or "{}"), tables)
    columns = {
        "changes_json": json.dumps(kept, sort_keys=True, ensure_ascii=False) if kept else "",
        "title": config.study.title,
        "max_participants": _maximum(study, config, tables),
    }
    if CLOSES_AT in changes:
        columns[CLOSES_AT] = _moment(changes[CLOSES_AT])
    return columns, config


def _maximum(study: StudyRow, config: StudyConfig, tables: Changes) -> int | None:
    """Return the new limit; a study without a configuration has it in its row only."""
    given = "maximum" in tables.get("participants", {})
    return config.participants.maximum if given or study.config_json else study.max_participants


def _moment(given: Any) -> str | None:
    """Return a time as it is stored. Raises BadStudy for a text that is none, or has no time zone."""
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(str(given).replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadStudy(f"{given} is not a time such as 2027-01-31T18:00:00+01:00. Please correct it.")
    return timestamp(moment.astimezone(timezone.utc))
