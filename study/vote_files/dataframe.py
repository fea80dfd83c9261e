"""Convert the answers of a study to a table with one row each, and back.

Columns: participant, item, left, right, outcome (L, R, T), rt_ms, input, at (ISO 8601, UTC), source, kind
(main, gold, repeat) and, for gold pairs, expected (L, R). Where they are known: grade (1 better, 2 much
better), answer_KEY (L, R, T) of further questions, and view_NAME for VIEW_COLUMNS. Participants are numbers
without a meaning outside the table.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from study.records import MethodRow
from study.vote_files.foreign_formats import read_answered, read_foreign, without_outcome
from study.vote_files.read import MISSING, OWN, BadVotes, look_alikes, sentences
from study.votes import (
    INPUT_CODES,
    INPUT_KINDS,
    NONE,
    OUTCOMES,
    VIEW_COLUMNS,
    Ints,
    Responses,
    StudyData,
    VoteDetails,
)

MOST_ROWS = 10_000_000
NEEDED = ("participant", "left", "right", "outcome")
KINDS = ("main", "gold", "repeat")
ANSWER, VIEW = "answer_", "view_"  # before the names of further columns
SIMULATED = "simulated"
LINES_BEFORE = 2  # the header is line 1


def frame_of(data: StudyData, *, everything: bool = False) -> pd.DataFrame:
    """Return one row for each vote; gold pairs and repeats too with `everything`. Texts are categories."""
    responses = data.responses
    kind = np.where(responses.expected != NONE, 1, np.where(responses.repeat_of != NONE, 2, 0))
    rows = np.flatnonzero(responses.counted | everything)
    keys = [method.key for method in data.methods]
    where = sorted(set(data.sources))
    source = np.array([where.index(name) for name in data.sources], np.int64)
    at, times = data.at[rows], pd.Series(responses.rt_ms[rows], dtype="Int64")
    frame = pd.DataFrame(
        {
            "participant": responses.participant[rows] + 1,
            "item": _texts(responses.item[rows], data.items),
            "left": _texts(responses.left[rows], keys),
            "right": _texts(responses.right[rows], keys),
            "outcome": _texts(responses.outcome[rows], OUTCOMES),
            "rt_ms": times.mask(times == NONE),
            "input": _texts(data.inputs[rows], INPUT_KINDS),
            "at": np.where(np.isnat(at), "", np.datetime_as_string(at, timezone="UTC")),
            "source": _texts(source[responses.participant[rows]], where),
            "kind": _texts(kind[rows], KINDS),
            "expected": _texts(responses.expected[rows], OUTCOMES),
        }
    )
    return frame if data.details is None else frame.assign(**_details(data.details, rows))


def _details(details: VoteDetails, rows: Ints) -> dict[str, Any]:
    """Return the further columns of these rows; those without any value are left out."""
    columns: dict[str, Any] = {}
    if (details.grade[rows] != NONE).any():
        columns["grade"] = _numbers(details.grade[rows], details.grade[rows] != NONE)
    columns |= {f"{ANSWER}{key}": _texts(codes[rows], OUTCOMES) for key, codes in details.answers.items()}
    for name, values in details.views.items():
        known = ~np.isnan(values[rows])
        if name == "pixel_ratio":
            columns[f"{VIEW}{name}"] = values[rows]
        elif known.any():
            columns[f"{VIEW}{name}"] = _numbers(np.where(known, values[rows], 0), known)
    return columns


def _numbers(values: Any, known: Any) -> "pd.Series[int]":
    return pd.Series(values).astype("Int64").where(known)


def _texts(codes: Ints, names: Sequence[str]) -> Any:
    """Return categories of the names that occur, sorted; codes outside the names are missing values."""
    used = [code for code in np.unique(codes).tolist() if 0 <= code < len(names)]
    used.sort(key=lambda code: names[code])
    place = np.full(len(names) + 1, -1, np.int64)  # the last for all that are outside
    place[used] = np.arange(len(used))
    known = np.where((codes >= 0) & (codes < len(names)), codes, len(names))
    return pd.Categorical.from_codes(place[known], pd.Index([names[code] for code in used], dtype=str))


def data_of(frame: pd.DataFrame, name: str) -> StudyData:
    """Return a study named `name` from a table of texts with participant, left, right and outcome.

    The rows are in the order of answering. Methods, items and participants are numbered in the order of their
    names, numbers before texts. Raises BadVotes.
    """
    for column in NEEDED:
        if column not in frame.columns:
            raise BadVotes(f"The table has no column {column!r}, which a report needs.")
    unnamed = frame["participant"].str.upper().isin(MISSING)
    who, participant = _numbered(_with_names(frame["participant"], unnamed))
    methods, sides = _numbered(pd.concat([frame["left"], frame["right"]]))
    items, item = _numbered(_column(frame, "item"), empty="item" not in frame.columns)
    sources = _column(frame, "source").to_numpy(str)
    first = np.zeros(len(who), np.int64)
    first[participant[::-1]] = np.arange(len(frame))[::-1]
    return StudyData(
        slug=name,
        title=name,
        question="",
        version=1,
        sha256="",
        seed=0,
        config_json="",
        simulated=bool((sources == SIMULATED).any()),
        methods=tuple(MethodRow(key, key, False) for key in methods),
        items=tuple(items),
        participants=len(who),
        completed=len(who),
        sources=tuple(sources[first]),
        responses=_responses(frame, participant, item, sides),
        at=_moments(frame),
        inputs=_codes(frame, "input", tuple(INPUT_CODES)),
        details=_read_details(frame),
        people=tuple(who),
        notes=(
            *sentences({f"Lines that do not say who voted, {OWN}": unnamed}),
            *look_alikes(methods),
        ),
        sides_known=not (_column(frame, "position") == "0").any(),
    )


def _responses(frame: pd.DataFrame, participant: Ints, item: Ints, sides: Ints) -> Responses:
    """Return the answers. sides: the methods on the left of all N rows, then those on the right, 2N."""
    left, right = sides[: len(frame)], sides[len(frame) :]
    expected = _codes(frame, "expected", OUTCOMES)
    repeats = _column(frame, "kind") == "repeat"
    return Responses(
        participant,
        item,
        left,
        right,
        _codes(frame, "outcome", OUTCOMES),
        _times(frame),
        expected,
        _earlier(participant, item, left, right, repeats.to_numpy(bool)),
    )


def _with_names(people: "pd.Series[str]", unnamed: "pd.Series[bool]") -> "pd.Series[str]":
    """Return participants, with a name of its own for each row that has none. Raises BadVotes without any."""
    if len(people) and unnamed.all():
        raise BadVotes("No line says who voted (column participant), which a report needs.")
    rows = pd.Series([f"row {i + 1}, without a name" for i in range(len(people))], people.index, dtype=str)
    return people.where(~unnamed, rows)


def _column(frame: pd.DataFrame, name: str) -> "pd.Series[str]":
    if name not in frame.columns:
        return pd.Series([""] * len(frame), dtype=str)
    return frame[name].astype(str).reset_index(drop=True)


def _numbered(values: "pd.Series[str]", empty: bool = False) -> tuple[list[str], Ints]:
    """Return distinct names in order, and the index of each value; NONE for "", unless `empty` is True."""
    codes, names = pd.factorize(values)
    used = [i for i in range(len(names)) if empty or names[i] != ""]
    used.sort(key=lambda i: _order(str(names[i])))
    places = np.full(len(names), NONE)
    places[used] = np.arange(len(used))
    return [str(names[i]) for i in used], places[codes]


def _order(name: str) -> tuple[bool, int, str]:
    number = name.isascii() and name.isdigit()
    return not number, int(name) if number else 0, name


def _codes(frame: pd.DataFrame, column: str, names: Sequence[str]) -> Ints:
    """Return indices into the names; NONE for an empty cell, unless "" is a name."""
    found = _column(frame, column)
    known = {name: number for number, name in enumerate(names)}
    codes = found.map({"": known.get("", NONE), **known})
    if codes.isna().any():
        row = int(np.flatnonzero(codes.isna())[0])
        allowed = ", ".join(name for name in names if name)
        raise BadVotes(
            f"Line {row + LINES_BEFORE}: {column} is {found.iloc[row]!r}, but should be one of {allowed}."
        )
    return codes.to_numpy(np.int64)


def _read_details(frame: pd.DataFrame) -> VoteDetails | None:
    """Return the further columns of a table; None where there are none."""
    answers = [name for name in frame.columns if name.startswith(ANSWER)]
    views = {name: f"{VIEW}{name}" for name in VIEW_COLUMNS}
    if not answers and not {"grade", *views.values()} & set(frame.columns):
        return None
    grade = pd.to_numeric(_column(frame, "grade"), errors="coerce").fillna(NONE)
    return VoteDetails(
        grade=grade.to_numpy(np.int8),
        answers={name.removeprefix(ANSWER): _codes(frame, name, OUTCOMES) for name in answers},
        views={
            name: pd.to_numeric(_column(frame, column), errors="coerce").to_numpy(float)
            for name, column in views.items()
        },
    )


def _times(frame: pd.DataFrame) -> Ints:
    times = pd.to_numeric(_column(frame, "rt_ms").replace("", str(NONE)), errors="coerce").fillna(NONE)
    return np.asarray(np.rint(times.to_numpy(float)), np.int64)


def _moments(frame: pd.DataFrame) -> Any:
    """Return the times, NaT for those that cannot be read."""
    at = pd.to_datetime(_column(frame, "at"), errors="coerce", utc=True, format="ISO8601")
    return at.dt.tz_localize(None).to_numpy("datetime64[ms]")


def _earlier(participant: Ints, item: Ints, left: Ints, right: Ints, repeats: Any) -> Ints:
    """Return for each repeat the first row with the same pair of the same item; NONE for all others."""
    found = np.full(len(participant), NONE)
    if not repeats.any():
        return found
    first_rows: dict[tuple[int, ...], int] = {}
    keys = np.stack([participant, item, np.minimum(left, right), np.maximum(left, right)], axis=1)
    for row, key in enumerate(map(tuple, keys.tolist())):
        first = first_rows.setdefault(key, row)
        found[row] = first if repeats[row] else NONE
    return np.where(found == np.arange(len(found)), NONE, found)


def read_frame(path: Path) -> pd.DataFrame:
    """Read a file in our columns as texts, with rows repeated by their count. Raises BadVotes."""
    return _repeated(read_foreign(path))


def read_votes_of(path: Path) -> StudyData:
    """Return the votes in a file as a study, with a note on lines without an outcome. Raises BadVotes."""
    frame, silent = read_answered(path)
    found = data_of(_repeated(frame), path.stem)
    return replace(found, notes=(*without_outcome(silent), *found.notes))


def _repeated(frame: pd.DataFrame) -> pd.DataFrame:
    if "count" not in frame.columns:
        return frame
    count = pd.to_numeric(frame["count"], errors="coerce")
    if not ((count >= 0) & (count == count.round())).all() or count.sum() > MOST_ROWS:
        raise BadVotes("The column count should hold whole numbers, ten million votes at most in all.")
    return frame.loc[frame.index.repeat(count.astype(int))].reset_index(drop=True)
