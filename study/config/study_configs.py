"""Read the frozen configurations of studies from the database, each once."""

import json
from functools import lru_cache

from study.config.changes import with_changes
from study.config.config import StudyConfig
from study.config.tables import Stimuli, Study, Trials
from study.database.rows import StudyRow
from study.database.store import Store


@lru_cache(maxsize=64)
def parse_config(text: str) -> StudyConfig | None:
    """Return the configuration in its JSON text; None for an empty text."""
    return StudyConfig.from_json(text) if text else None


def config_of(row: StudyRow) -> StudyConfig:
    """Return the configuration of a study with later changes, from its row where none was frozen."""
    if row.config_json:
        return _changed(row.config_json, row.changes_json)
    return with_changes(_of_row(row), json.loads(row.changes_json or "{}"))


@lru_cache(maxsize=64)
def _changed(config: str, changes: str) -> StudyConfig:
    return with_changes(StudyConfig.from_json(config), json.loads(changes or "{}"))


def _of_row(row: StudyRow) -> StudyConfig:
    return StudyConfig(
        study=Study(slug=row.slug, title=row.title, question=row.question, seed=row.seed),
        stimuli=Stimuli(methods=["composite", "other"]),  # names that no text contains
        trials=Trials(votes=row.votes_per_participant, ties=row.allow_ties),
    )


class StudyConfigs:
    """Keep the configuration of each study in memory; it never changes. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._configs: dict[int, StudyConfig | None] = {}

    def of(self, study: int) -> StudyConfig | None:
        """Return the configuration of a study by its id, None where it has none."""
        if study not in self._configs:
            with self._store.reading() as tx:
                text = tx.config_text(study)
            self._configs[study] = parse_config(text)
        return self._configs[study]
