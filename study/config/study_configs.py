"""Read the frozen configurations of studies from the database, each once."""

from functools import lru_cache

from study.config.config import StudyConfig
from study.config.tables import Stimuli, Study, Trials
from study.database.rows import StudyRow
from study.database.store import Store


@lru_cache(maxsize=64)
def parse_config(text: str) -> StudyConfig | None:
    """Return the configuration in its JSON text; None for an empty text."""
    return StudyConfig.from_json(text) if text else None


def config_of(row: StudyRow) -> StudyConfig:
    """Return the configuration of a study, with the values of its row where none was frozen."""
    found = parse_config(row.config_json)
    if found is not None:
        return found
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
