"""Convert what a table of votes lacks to plain values, and restore the answers of a study from both."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from study.records import MethodRow
from study.vote_files.dataframe import data_of
from study.votes import NONE, Ints, StudyData

PLAIN = (
    "slug", "title", "question", "version", "sha256", "seed", "config_json", "simulated", "participants",
    "completed", "rejected",
)  # fmt: skip


def facts_of(data: StudyData) -> dict[str, Any]:
    """Return the values of a study beside its answers, as JSON can hold them."""
    return {
        **{name: getattr(data, name) for name in PLAIN},
        "methods": [asdict(method) for method in data.methods],
        "items": list(data.items),
        "sources": list(data.sources),
        "other_versions": [list(pair) for pair in data.other_versions],
        "changes": [[at, dict(values)] for at, values in data.changes],
        "closed": data.closed,
        "complete": None if data.complete is None else data.complete.tolist(),
    }


def restored(frame: pd.DataFrame, facts: Mapping[str, Any]) -> StudyData:
    """Return the study with the answers of a table in our columns. Raises BadVotes, KeyError, ValueError."""
    data = data_of(frame, facts["slug"])
    methods = [MethodRow(**method) for method in facts["methods"]]
    method = _places([row.key for row in data.methods], [row.key for row in methods])
    item = _places(data.items, facts["items"])
    found = data.responses
    responses = replace(
        found,
        participant=frame["participant"].astype(int).to_numpy() - 1,
        left=_placed(method, found.left),
        right=_placed(method, found.right),
        item=_placed(item, found.item),
    )
    return replace(
        data,
        **{name: facts[name] for name in PLAIN},
        methods=tuple(methods),
        items=tuple(facts["items"]),
        sources=tuple(facts["sources"]),
        responses=responses,
        other_versions=tuple((version, votes) for version, votes in facts["other_versions"]),
        changes=tuple((at, values) for at, values in facts["changes"]),
        closed=facts.get("closed"),  # archives of earlier releases do not say who completed the study
        complete=None if facts.get("complete") is None else np.array(facts["complete"], np.bool_),
    )


def _places(names: Sequence[str], among: Sequence[str]) -> Ints:
    """Return the index of each name in another list. Raises ValueError for a name that is not there."""
    return np.array([among.index(name) for name in names], np.int64)


def _placed(places: Ints, codes: Ints) -> Ints:
    """Return the new index of each code; NONE stays."""
    return np.append(places, NONE)[np.where(codes == NONE, len(places), codes)]
