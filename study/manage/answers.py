"""Put what people answered about themselves into a table, one row for each participant."""

import pandas as pd

from study.config.study_configs import config_of
from study.database import people_queries
from study.database.rows import StudyRow
from study.database.store import Store
from study.manage.people import code_of
from study.vote_files.export import to_csv


def answers_table(store: Store, study: StudyRow) -> pd.DataFrame:
    """Return the participants of a version of a study by code, then a column for each question.

    `participants_csv` has the numbers of the same codes in tables of votes.
    """
    with store.reading() as tx:
        people = people_queries.people_of(tx.connection, study.id)
    about = ("phase", "source", "status", "language", "consent_version")
    columns: dict[str, list[str]] = {"code": [code_of(person.id, person.code) for person in people]}
    columns |= {name: [str(getattr(person, name)) for person in people] for name in about}
    for question in config_of(study).forms:
        answers = [person.answers.get(question.key, "") for person in people]
        columns[f"answer_{question.key}"] = answers
    return pd.DataFrame(columns)


def answers_csv(store: Store, slug: str, version: int | None = None) -> bytes:
    """Return the same as a CSV file. Raises BadStudy like `Transaction.study`."""
    with store.reading() as tx:
        study = tx.study(slug, version)
    return to_csv(answers_table(store, study))
