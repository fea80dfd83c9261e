"""Votes as a table that other tools read."""

import csv
import io
from collections.abc import Sequence

from study.records import Vote

COLUMNS = ("participant", "item", "left", "right", "outcome", "rt_ms", "input", "at", "source")


def votes_to_csv(votes: Sequence[Vote]) -> str:
    """One line a vote, with a header; participants are numbers that mean nothing outside the study."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for vote in votes:
        writer.writerow(["" if (v := getattr(vote, name)) is None else v for name in COLUMNS])
    return out.getvalue()
