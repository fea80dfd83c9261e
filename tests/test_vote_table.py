"""Tables of votes are read exactly or refused by line; fits come in the promised shape."""

from pathlib import Path

import pytest

from study.vote_table import BadVotes, fit_table, read_votes

GOOD = "left,right,outcome\nb,a,L\na,b,L\na,b,R\nb,a,T\n"


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "votes.csv"
    path.write_text(text)
    return path


def test_a_plain_table(tmp_path: Path) -> None:
    result = fit_table(read_votes(table(tmp_path, GOOD)))
    assert list(result["methods"]) == ["a", "b"]
    assert set(result) == {
        "methods",
        "log_nu",
        "log_nu_se",
        "position",
        "position_se",
        "loglik",
        "status",
        "explain",
    }
    assert set(result["methods"]["a"]) == {"log_worth", "se_model"}
    assert sum(m["log_worth"] for m in result["methods"].values()) == pytest.approx(0)
    assert result["status"] == "ok" and result["position"] is None and result["log_nu_se"] > 0


def test_counts_stand_for_repeated_rows(tmp_path: Path) -> None:
    once = fit_table(read_votes(table(tmp_path, "left,right,outcome,count\na,b,L,3\na,b,R,2\n")))
    rows = "left,right,outcome\n" + "a,b,L\n" * 3 + "a,b,R\n" * 2
    assert fit_table(read_votes(table(tmp_path, rows))) == once


def test_clustered_errors_come_with_participants(tmp_path: Path) -> None:
    rows = "".join(f"{who},a,b,{outcome}\n" for who, outcome in zip("ppqqrr", "LRLLRL", strict=True))
    result = fit_table(read_votes(table(tmp_path, "participant,left,right,outcome\n" + rows)))
    assert result["methods"]["a"]["se_cluster"] > 0


def test_one_participant_has_no_clustered_error(tmp_path: Path) -> None:
    text = "participant,left,right,outcome\np,a,b,L\np,a,b,R\n"
    assert fit_table(read_votes(table(tmp_path, text)))["methods"]["a"]["se_cluster"] is None


def test_the_side_term_counts_only_rows_that_have_one(tmp_path: Path) -> None:
    rows = ("a,b,L,6,1", "a,b,R,2,1", "b,a,L,5,1", "b,a,R,3,1", "a,b,L,4,0", "a,b,R,4,0")
    text = "\n".join(("left,right,outcome,count,position", *rows))
    result = fit_table(read_votes(table(tmp_path, text)), position=True)
    assert result["position"] > 0 and result["position_se"] > 0


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("left,right,outcome\n", "no_votes"),
        ("left,right,outcome\na,b,L\na,b,L\n", "separated"),
        ("left,right,outcome\na,b,L\na,b,R\nc,d,L\nc,d,R\n", "disconnected"),
    ],
)
def test_no_ranking_comes_with_a_reason_and_no_numbers(tmp_path: Path, text: str, status: str) -> None:
    result = fit_table(read_votes(table(tmp_path, text)))
    assert result["status"] == status and len(result["explain"]) > 20
    assert all(m["log_worth"] is None for m in result["methods"].values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("left,right\na,b\n", "no column 'outcome'"),
        ("left,right,outcome,Left\na,b,L,c\n", "two columns 'left'"),
        ("left,right,outcome\na,b,L\na,b,L,c,d\n", "line 3"),
        ("left,right,outcome\na,b,L\na,b,win\n", "Line 3: outcome is 'win'"),
        ("left,right,outcome\na,a,L\n", "Line 2: right is 'a'"),
        ("left,right,outcome\n,a,L\n", "Line 2: left is ''"),
        ("left,right,outcome,count\na,b,L,-1\n", "Line 2: count is '-1'"),
        ("left,right,outcome,count\na,b,L,1.5\n", "whole number"),
        ("left,right,outcome,position\na,b,L,2\n", "0 or 1"),
        ("left,right,outcome,participant\na,b,L,\n", "who voted"),
        ("left,right,outcome\na,b,L\n\na,b,R\n", "Line 3"),
    ],
)
def test_what_is_not_a_vote_is_refused_by_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadVotes, match=message):
        read_votes(table(tmp_path, text))


def test_tables_as_spreadsheets_write_them(tmp_path: Path) -> None:
    """A mark at the start, capitals and spaces in the header, blank lines at the end."""
    names = read_votes(table(tmp_path, "\ufeffLeft, right ,Outcome\r\na,b,L\r\nb,a,L\r\n\r\n\r\n")).names
    assert names == ("a", "b")


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_bytes(b"\x89PNG\r\n\xff\xfe\x00")
    with pytest.raises(BadVotes):
        read_votes(path)
