"""Test warnings about votes, and that the fit of a table and the report of a study give the same ones."""

from pathlib import Path

import pytest

from study.report.build import report_of
from study.summary.vote_warnings import FEW_VOTES, FEW_WINS
from study.vote_files.dataframe import data_of, read_frame
from study.vote_files.fit import fit_table
from study.vote_files.foreign_formats import read_table

Row = tuple[int, str, str, str, int]
LINKED: list[Row] = [
    (who, a, b, outcome, 2) for who in range(12) for a, b in ("ab", "bc", "ac") for outcome in "LLR"
]
# Name → votes as participant, left, right, outcome, count; and words of each warning, in order.
CASES: dict[str, tuple[list[Row], tuple[str, ...]]] = {
    "enough votes": (LINKED, ()),
    "one participant": ([(1, *row[1:]) for row in LINKED], ("one participant",)),
    "few participants": ([(row[0] % 4, *row[1:]) for row in LINKED], ("Only 4 participants",)),
    "few losses": (
        [row for row in LINKED if row[1] != "a"] + [(0, "a", "b", "L", 20), (1, "a", "b", "R", 1)],
        (
            "order effect is left out",
            "Few participants carry the result: one participant gave 28 % of the votes",
            f"Fewer than {FEW_WINS} losses: a.",
            "1 of 3 pairs were never compared",
        ),
    ),
    "one participant with most votes": (
        [*LINKED, *((0, *row[1:4], 60) for row in LINKED if row[0] == 0)],
        ("Few participants carry the result: one participant gave 74 % of the votes",),
    ),
    "few votes of a pair": (
        [row for row in LINKED if row[1:3] != ("a", "c")] + [(0, "a", "c", "T", FEW_VOTES - 1)],
        (f"1 of 3 pairs of methods have fewer than {FEW_VOTES} votes",),
    ),
    "no ranking": ([(0, "a", "b", "L", 3), (1, "b", "c", "L", 3)], ()),
}


def warnings_of(folder: Path, rows: list[Row]) -> list[str]:
    """Return the warnings of a fit, which are the first warnings of a report on the same votes too."""
    path = folder / "votes.csv"
    lines = (",".join(map(str, row)) for row in rows)
    path.write_text("\n".join(["participant,left,right,outcome,count", *lines]), encoding="utf-8")
    fitted = fit_table(read_table(path), position=True)
    report = report_of(data_of(read_frame(path), "votes"))
    assert (fitted["status"], fitted["votes"]) == (report.ranking.status, report.counts.votes)
    if fitted["status"] != "ok":
        assert fitted["warnings"] == [report.ranking.explain]
        return list(report.warnings)
    found: list[str] = fitted["warnings"]
    assert list(report.warnings[: len(found)]) == found
    return found


@pytest.mark.parametrize("name", CASES)
def test_fit_and_report_warn_alike(name: str, tmp_path: Path) -> None:
    rows, words = CASES[name]
    found = warnings_of(tmp_path, rows)
    assert len(found) == len(words)
    assert all(wanted in text for wanted, text in zip(words, found, strict=True))


def test_the_threshold_of_a_pair_is_exact(tmp_path: Path) -> None:
    """As many votes as the threshold give no warning; one vote less does."""
    votes = CASES["few votes of a pair"][0]
    enough: list[Row] = [*votes[:-1], (0, "a", "c", "T", FEW_VOTES)]
    assert warnings_of(tmp_path, enough) == []
