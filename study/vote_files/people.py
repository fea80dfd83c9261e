"""Put what people answered about themselves into a table, one row for each participant."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd


def people_table(people: Sequence[Any], questions: Sequence[str]) -> pd.DataFrame:
    """Return one row for each participant: who it is, then a column for each question.

    people: frozen dataclasses whose field `answers` maps keys of questions to answers.
    """
    rows = []
    for person in people:
        fields = asdict(person)
        answers = fields.pop("answers")
        rows.append({**fields, **{f"answer_{key}": answers.get(key, "") for key in questions}})
    return pd.DataFrame(rows)
