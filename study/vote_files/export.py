"""Export votes and counts as CSV, Parquet or JSON Lines, in our columns or those of chatbot arenas."""

import io
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd

from study.records import BadStudy
from study.vote_files.dataframe import frame_of
from study.vote_files.formula_cells import harmless
from study.vote_files.rankings import rankings_of
from study.votes import OUTCOMES, StudyData

Writer: TypeAlias = Callable[[pd.DataFrame], bytes]
WINNERS = dict(zip(OUTCOMES, ("model_a", "model_b", "tie"), strict=True))


def votes_of(data: StudyData, *, everything: bool = False) -> pd.DataFrame:
    """Return one row for each vote in our columns (see `study.vote_files.dataframe`)."""
    return frame_of(data, everything=everything)


def arena_of(data: StudyData, *, everything: bool = False) -> pd.DataFrame:
    """Return the same in the columns of chatbot arenas, model_a on the left; tstamp: seconds since 1970."""
    frame = frame_of(data, everything=everything)
    at = pd.to_datetime(frame["at"].replace("", None), utc=True)
    seconds = (at - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    columns = {
        "model_a": frame["left"],
        "model_b": frame["right"],
        "winner": frame["outcome"].astype(str).map(WINNERS),
        "item_id": frame["item"],
        "voter_id": frame["participant"],
        "left": pd.Series(["model_a"] * len(frame), dtype=str),
        "rt_ms": frame["rt_ms"],
        "tstamp": seconds.round(3),
        "input": frame["input"],
        "source": frame["source"],
        "kind": frame["kind"],
        "expected": frame["expected"],
    }
    return pd.DataFrame(columns)


def counts_of(data: StudyData, *, everything: bool = False) -> pd.DataFrame:
    """Count each outcome of each pair of methods on each item and side.

    Gold pairs and repeats are never included; `everything` exists because all tables take it.
    """
    del everything
    votes = data.responses.votes()
    keys, items = [method.key for method in data.methods], list(data.items)
    shape = (len(items), len(keys), len(keys), 3)
    cell = np.ravel_multi_index((votes.item, votes.left, votes.right, votes.outcome), shape)
    cells, count = np.unique(cell, return_counts=True)
    item, left, right, outcome = np.unravel_index(cells, shape)
    return pd.DataFrame(
        {
            "item": np.array(items, object)[item],
            "left": np.array(keys, object)[left],
            "right": np.array(keys, object)[right],
            "outcome": np.array(OUTCOMES, object)[outcome],
            "count": count,
        }
    )


TABLES = {"votes": votes_of, "arena": arena_of, "counts": counts_of, "rankings": rankings_of}


def writer_for(ending: str) -> Writer:
    """Return the function that writes files of an ending. Raises BadStudy for an unknown ending."""
    writers: dict[str, Writer] = {".csv": to_csv, ".parquet": to_parquet, ".jsonl": to_jsonl}
    if ending not in writers:
        raise BadStudy(f"Please give the file one of these endings: {', '.join(writers)}.")
    return writers[ending]


def to_csv(frame: pd.DataFrame) -> bytes:
    """Return a CSV file with a header; unknown values are empty, texts that would run get an apostrophe."""
    return harmless(frame).to_csv(index=False, lineterminator="\n").encode()


def to_parquet(frame: pd.DataFrame) -> bytes:
    """Return a Parquet file; texts are dictionary-encoded, so a million votes take a few megabytes."""
    out = io.BytesIO()
    frame.to_parquet(out, index=False, compression="zstd")
    return out.getvalue()


def to_jsonl(frame: pd.DataFrame) -> bytes:
    """Return one JSON object a line."""
    return (frame.to_json(orient="records", lines=True, force_ascii=False) or "").encode()
