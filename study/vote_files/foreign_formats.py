"""Read votes of other tools into our columns: arena battles and logs, tables of winners, our own export."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from study.vote_files.read import (
    LINES_BEFORE,
    MISSING,
    NO_OUTCOME,
    REQUIRED,
    BadVotes,
    VoteTable,
    parse_votes,
    read_texts,
)
from study.vote_files.read_rankings import RankingTable, has_rankings, parse_rankings
from study.votes import OUTCOMES

# The names of our columns in other tools; the first that a table has is used.
NAMES = {
    "participant": (
        "participant",
        "voter_id",
        "voter",
        "judge",
        "rater",
        "annotator",
        "user_id",
        "user",
        "ip",
    ),
    "item": ("item", "item_id", "question_id", "prompt_id", "image", "image_id", "prompt"),
    "at": ("at", "tstamp", "timestamp", "time", "created_at"),
    "rt_ms": ("rt_ms",),
    "input": ("input",),
    "source": ("source",),
    "kind": ("kind",),
    "expected": ("expected",),
    "count": ("count",),
    "position": ("position",),
}
DETAILS = ("answer_", "view_")  # beginnings of columns that only our own tables have
SIDES = (
    ("left", "right"),
    ("item_left", "item_right"),
    ("model_a", "model_b"),
    ("home.team", "away.team"),
    ("item_a", "item_b"),
    ("player1", "player2"),
)
L, R, T = map(str, OUTCOMES)
WITHOUT_SIDES = (("item_a", "item_b"), ("player1", "player2"))
VERDICTS = ("winner", "outcome", "result_left")
RESULTS = {"1": L, "0": T, "-1": R}  # of whoever is on the left
WINS = (
    ("win_a", "win_b"),
    ("win_left", "win_right"),
    ("wins_a", "wins_b"),
    ("home.wins", "away.wins"),
    ("win1", "win2"),
)
TIES = ("tie", "ties", "draws", "tied", "draw", "is_tie")
TRUTHS = {"": L, "0": L, "false": L, "no": L, "1": T, "true": T, "yes": T}
WEIGHTS = ("n", "counts", "weight", "weights", "freq", "frequency", "times", "votes", "num_votes")
LEFT_WORDS = ("l", "left", "a", "model_a", "leftvote")
RIGHT_WORDS = ("r", "right", "b", "model_b", "rightvote")
TIE_WORDS = ("t", "tie", "tievote", "draw", "tie (bothbad)", "bothbad", "bothbad_vote", "both_bad")
VOTE_TYPES = ("leftvote", "rightvote", "tievote", "bothbad_vote")
OTHER_FILES = (".parquet", ".jsonl", ".ndjson", ".json")
MILLISECONDS_FROM = 1e11  # since 1970; smaller numbers are seconds


def read_foreign(path: Path) -> pd.DataFrame:
    """Read a CSV, JSON, JSON Lines or Parquet file, by its ending, as a table of texts in our columns.

    The file needs two methods and an outcome, or winner and loser (then sides are unknown: position 0).
    Raises BadVotes, which names the line, also for an unknown outcome, which is no tie.
    """
    frame = _read(path)
    if has_rankings(frame):
        raise BadVotes(f"{path.name} holds rankings, not votes on pairs: `python -m study fit` reads it.")
    return _in_our_columns(frame)


def read_answered(path: Path) -> tuple[pd.DataFrame, int]:
    """Read votes as `read_foreign` does, without lines that have no outcome; return their number too."""
    frame, silent = _answered(_read(path))
    return _in_our_columns(frame).reset_index(drop=True), silent


def read_rankings(path: Path) -> RankingTable | None:
    """Read rankings, None for a file that holds votes on pairs. Raises BadVotes."""
    frame = _read(path)
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    return parse_rankings(frame.apply(_texts).astype(str)) if has_rankings(frame) else None


def read_answers(path: Path) -> VoteTable | RankingTable:
    """Read rankings for a fit, or votes as `read_table` does. Raises BadVotes."""
    return _answers_of(_read(path), may_be_ours=path.suffix not in OTHER_FILES)


def answers_of(frame: pd.DataFrame) -> VoteTable | RankingTable:
    """Return the rankings or votes of a table with any kind of cells. Raises BadVotes."""
    table = frame.reset_index(drop=True)
    table.columns = [str(name).strip().lower() for name in table.columns]
    if table.columns.duplicated().any():
        raise BadVotes("The table has two columns of the same name.")
    ours = set(REQUIRED) <= set(table.columns)
    return _answers_of(table.apply(_texts).astype(str) if ours else table, may_be_ours=True)


def read_table(path: Path) -> VoteTable:
    """Read votes for a fit: a table in our columns, or as in `read_foreign`. Raises BadVotes."""
    return _votes_of(_read(path), may_be_ours=path.suffix not in OTHER_FILES)


def _answers_of(frame: pd.DataFrame, *, may_be_ours: bool) -> VoteTable | RankingTable:
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    if has_rankings(frame):
        return parse_rankings(frame.apply(_texts).astype(str))
    return _votes_of(frame, may_be_ours=may_be_ours)


def _votes_of(frame: pd.DataFrame, *, may_be_ours: bool) -> VoteTable:
    ours, silent = may_be_ours and set(REQUIRED) <= set(frame.columns), 0
    if not ours:
        frame, silent = _answered(frame)
    tidy = frame if ours else _in_our_columns(frame)
    table = parse_votes(tidy)
    unused = [name for name in WEIGHTS if name in frame.columns and "count" not in tidy.columns]
    warned = (
        f"The column {name!r} is not used. If it counts votes, please call it count." for name in unused
    )
    return replace(table, warnings=(*warned, *without_outcome(silent), *table.warnings))


def without_outcome(lines: int) -> list[str]:
    """Return a warning about the number of lines that were left out, nothing without any."""
    return [f"{NO_OUTCOME}: {lines}."] if lines else []


def _answered(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the lines with an outcome, and the number of the others."""
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    verdict = None if "loser" in frame.columns else _first_name(VERDICTS, frame)
    if verdict is None or frame.columns.duplicated().any():
        return frame, 0
    silent = _texts(frame[verdict]).str.upper().isin(MISSING)
    return frame[~silent], int(silent.sum())


def _in_our_columns(frame: pd.DataFrame) -> pd.DataFrame:
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    if frame.columns.duplicated().any():
        raise BadVotes("The table has two columns of the same name.")
    if {"type", "models"} <= set(frame.columns):
        frame = _battles(frame)
    frame = _one_row_an_outcome(frame)
    sides = _sides(frame)
    others = {ours: column for ours, column in _circumstances(frame).items() if ours not in sides}
    return pd.DataFrame(sides | others)


def _read(path: Path) -> pd.DataFrame:
    if path.suffix not in OTHER_FILES:
        return read_texts(path)
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            return pd.DataFrame(json.loads(text))
        return pd.DataFrame([json.loads(line) for line in text.splitlines() if line.strip()])
    except (ValueError, ImportError) as error:
        raise BadVotes(f"{path.name} cannot be read: {' '.join(str(error).split())}") from None


def _text(value: object) -> str:
    """Return a value as text: empty if it is missing, whole numbers without a point."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _texts(values: "pd.Series[str]") -> "pd.Series[str]":
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    return values.fillna("").str.strip() if pd.api.types.is_string_dtype(values) else values.map(_text)


def _anonymous(addresses: "pd.Series[str]") -> "pd.Series[str]":
    """Return numbers in place of values that identify a person."""
    return pd.Series(pd.factorize(addresses)[0] + 1, addresses.index, dtype=str)


def _battles(frame: pd.DataFrame) -> pd.DataFrame:
    """Return only the votes of a conversation log, which contains chats too; models: left, right."""
    votes = frame[frame["type"].isin(VOTE_TYPES)].reset_index(drop=True)
    pairs = votes["models"].map(
        lambda models: models if isinstance(models, list) and len(models) == 2 else None
    )
    if pairs.isna().any():
        raise BadVotes(
            f"Vote {int(np.flatnonzero(pairs.isna())[0]) + 1}: models should be a list of two names."
        )
    left, right = ([pair[side] for pair in pairs] for side in (0, 1))
    return votes.assign(model_a=left, model_b=right, winner=votes["type"])


def _circumstances(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the columns of `NAMES` that the table has: participant, item, time and so on; ours as well."""
    named = {ours: _first_name(theirs, frame) for ours, theirs in NAMES.items()}
    found = {ours: _texts(frame[name]) for ours, name in named.items() if name is not None}
    if named["participant"] == "ip":
        found["participant"] = _anonymous(found["participant"])
    if "at" in found:
        found["at"] = _times(found["at"])
    details = [name for name in frame.columns if name == "grade" or name.startswith(DETAILS)]
    return found | {name: _texts(frame[name]) for name in details if set(REQUIRED) <= set(frame.columns)}


def _sides(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Return left, right, outcome, and position 0 where the sides are unknown. Raises BadVotes."""
    gold = _texts(frame["kind"]) == "gold" if "kind" in frame.columns else pd.Series(False, frame.index)
    tidy = _winners(frame) if {"winner", "loser"} <= set(frame.columns) else _judged(frame)
    return _checked(tidy, gold)


def _winners(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the winner as left and the loser as right; the sides are unknown."""
    return {
        "left": _texts(frame["winner"]),
        "right": _texts(frame["loser"]),
        "outcome": _won_or_tied(frame),
        "position": pd.Series("0", frame.index),
    }


def _judged(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Return two methods from their columns, and the outcome from that of the verdict."""
    names, verdict = _first_pair(SIDES, frame), _first_name(VERDICTS, frame)
    if names is None or verdict is None:
        raise BadVotes(
            "The table needs columns left, right, outcome, or model_a, model_b, winner, or winner, loser."
        )
    left, right = (_texts(frame[name]) for name in names)
    outcome = _outcomes(_texts(frame[verdict]), left, right, verdict)
    if names[0] == "model_a" and "left" in frame.columns:  # which of the two was on the left
        left, right, outcome = _turned(_texts(frame["left"]), left, right, outcome)
    tidy = {"left": left, "right": right, "outcome": outcome}
    if names in WITHOUT_SIDES:
        tidy["position"] = pd.Series("0", frame.index)
    return tidy


def _first_name(names: Sequence[str], frame: pd.DataFrame) -> str | None:
    """Return the first of these columns that the table has, None without any."""
    return next((name for name in names if name in frame.columns), None)


def _first_pair(pairs: Sequence[tuple[str, str]], frame: pd.DataFrame) -> tuple[str, str] | None:
    """Return the first of these pairs of columns that the table has, None without any."""
    return next((pair for pair in pairs if set(pair) <= set(frame.columns)), None)


def _won_or_tied(frame: pd.DataFrame) -> "pd.Series[str]":
    """Return L for the winner, T where another column states a tie."""
    name = _first_name(TIES, frame)
    if name is None:
        return pd.Series(L, frame.index)
    cells = _texts(frame[name])
    found = cells.str.lower().map(TRUTHS)
    _refuse(found.isna(), cells, name, "1 (a tie) or 0")
    return found


def _one_row_an_outcome(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert numbers of wins by side, and perhaps of ties, to one row for each outcome with its count."""
    columns = set(frame.columns)
    wins = _first_pair(WINS, frame)
    if wins is None or columns & set(VERDICTS):
        return frame
    ties = [name for name in TIES if name in columns]
    parts = [
        frame.assign(outcome=outcome, count=_texts(frame[name]))
        for name, outcome in zip([*wins, *ties[:1]], OUTCOMES, strict=False)
    ]
    return pd.concat(parts, ignore_index=True).drop(columns=[*wins, *ties])


def _outcomes(
    verdicts: "pd.Series[str]", left: "pd.Series[str]", right: "pd.Series[str]", column: str
) -> "pd.Series[str]":
    """Return L, R or T from the words of many tools, or from the name of the method that won."""
    words: Mapping[str, str] = {
        **dict.fromkeys(LEFT_WORDS, L),
        **dict.fromkeys(RIGHT_WORDS, R),
        **dict.fromkeys(TIE_WORDS, T),
        **(RESULTS if column == "result_left" else {}),
    }
    found = verdicts.str.lower().map(words)
    found = found.where((verdicts != left) | (left == ""), L)
    found = found.where((verdicts != right) | (right == ""), R)
    wanted = "1, 0 or -1" if column == "result_left" else "model_a, model_b or tie"
    _refuse(found.isna(), verdicts, column, wanted)
    return found


def _turned(
    on_left: "pd.Series[str]", a: "pd.Series[str]", b: "pd.Series[str]", outcome: "pd.Series[str]"
) -> tuple["pd.Series[str]", "pd.Series[str]", "pd.Series[str]"]:
    """Return left, right and outcome where a column names the method on the left."""
    known = on_left.isin(["model_a", "model_b"]) | (on_left == a) | (on_left == b)
    _refuse(~known, on_left, "left", "model_a or model_b")
    turned = (on_left == "model_b") | (on_left == b)
    other = outcome.map({L: R, R: L, T: T})
    return a.where(~turned, b), b.where(~turned, a), outcome.where(~turned, other)


def _checked(tidy: dict[str, pd.Series], gold: "pd.Series[bool]") -> dict[str, pd.Series]:
    """Refuse rows without two different methods, except gold pairs, which may not be of methods."""
    for side in ("left", "right"):
        _refuse((tidy[side] == "") & ~gold, tidy[side], side, "the name of a method")
    _refuse(
        (tidy["left"] == tidy["right"]) & ~gold, tidy["right"], "right", "another method than on the left"
    )
    return tidy


def _times(moments: "pd.Series[str]") -> "pd.Series[str]":
    """Return ISO 8601 in UTC with milliseconds; numbers are seconds or milliseconds since 1970."""
    number = pd.to_numeric(moments, errors="coerce").to_numpy(float)
    seconds = np.where(number < MILLISECONDS_FROM, number, number / 1000)
    written = pd.to_datetime(moments.where(np.isnan(number), ""), errors="coerce", utc=True, format="ISO8601")
    at = written.dt.tz_localize(None).to_numpy("datetime64[ms]")
    counted = np.rint(np.nan_to_num(seconds) * 1000).astype("int64").astype("datetime64[ms]")
    at = np.where(np.isnan(seconds), at, counted)
    return pd.Series(
        np.where(np.isnat(at), "", np.datetime_as_string(at, timezone="UTC")), moments.index, dtype=str
    )


def _refuse(bad: "pd.Series[bool]", cells: "pd.Series[str]", column: str, wanted: str) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad.to_numpy())[0])
        line = int(bad.index[row]) + LINES_BEFORE
        raise BadVotes(f"Line {line}: {column} is {cells.iloc[row]!r}, but should be {wanted}.")
