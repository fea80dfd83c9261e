"""Test that tables of votes, as spreadsheets and R write them, are read exactly or refused by line."""

from pathlib import Path

import numpy as np
import pytest

from study.vote_files.foreign_formats import read_table
from study.vote_files.read import BadVotes, VoteTable

GOOD = "left,right,outcome\nb,a,L\na,b,L\na,b,R\nb,a,T\n"


def read(tmp_path: Path, text: str, encoding: str = "utf-8") -> VoteTable:
    path = tmp_path / "votes.csv"
    path.write_bytes(text.encode(encoding))
    return read_table(path)


def rows(table: VoteTable) -> list[str]:
    """Return each vote as left, right and outcome."""
    votes = table.votes
    return [
        f"{table.names[a]} {table.names[b]} {'LRT'[o]}"
        for a, b, o in zip(votes.left, votes.right, votes.outcome, strict=True)
    ]


def test_a_plain_table(tmp_path: Path) -> None:
    table = read(tmp_path, GOOD)
    assert table.names == ("a", "b") and rows(table) == ["b a L", "a b L", "a b R", "b a T"]
    assert table.votes.participant is None and table.item is None and table.warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffLeft, right ,Outcome\r\nb,a,L\r\na , b, L\r\na,b,R\r\nb,a,T\r\n\r\n\r\n",
        '\ufeff"left";"right";"outcome"\n"b";"a";"L"\n"a";"b";"L"\n"a";"b";"R"\n"b";"a";"T"\n',
        "left\tright\toutcome\nb\ta\tL\na\tb\tL\na\tb\tR\nb\ta\tT\n",
        "left,right,outcome\n1,b,a,L\n2,a,b,L\n3,a,b,R\n4,b,a,T\n",
        '"","left","right","outcome"\n"1","b","a","L"\n"2","a","b","L"\n"3","a","b","R"\n"4","b","a","T"\n',
        "left,right,outcome\nb,a,L,\na,b,L,\na,b,R,\nb,a,T,\n",
        "date,outcome,right,left\nx,l,a,b\nx,left,b,a\nx,Right,b,a\nx,tie,a,b\n",
        "left,right,outcome\nb,a,L\n\na,b,L\n,,\na,b,R\nb,a,T",
    ],
    ids=[
        "spreadsheet",
        "semicolons",
        "tabs",
        "row names",
        "write.csv",
        "commas at ends",
        "words",
        "blank lines",
    ],
)
def test_the_same_votes_in_other_forms(tmp_path: Path, text: str) -> None:
    assert rows(read(tmp_path, text)) == rows(read(tmp_path, GOOD))


def test_names_are_not_changed(tmp_path: Path) -> None:
    text = 'left,right,outcome\nNA,"a, b",L\n"say ""hi""",1.0,R\nÅse,null,T\n=x,nan,L\n'
    names = ("1.0", "=x", "NA", "a, b", "nan", "null", 'say "hi"', "Åse")
    assert read(tmp_path, text).names == names


def test_counts_may_be_weights(tmp_path: Path) -> None:
    table = read(tmp_path, "left;right;outcome;count\na;b;L;3\na;b;R;2.0\na;b;T;1,5\nb;a;L;0\nb;a;R;1e3\n")
    assert table.votes.count is not None and table.votes.count.tolist() == [3, 2, 1.5, 0, 1000]


def test_position_may_be_a_number_or_a_truth_value(tmp_path: Path) -> None:
    text = "left,right,outcome,position\na,b,L,1\na,b,L,0\na,b,L,1.0\na,b,L,0.0\na,b,L,TRUE\na,b,L,False\n"
    ordered = read(tmp_path, text).votes.ordered
    assert ordered is not None and ordered.tolist() == [True, False] * 3


def test_lines_without_an_outcome_are_left_out_with_a_warning(tmp_path: Path) -> None:
    """A row without an outcome needs no names of methods."""
    text = "left,right,outcome,participant\na,b,L,p\na,b,NA,p\nb,c,,\na,b,R,q\n,a,R,q\n"
    table = read(tmp_path, text)
    assert rows(table) == ["a b L", "a b R"] and table.names == ("a", "b", "c")
    assert table.votes.participant is not None and table.votes.participant.tolist() == [0, 1]
    assert table.warnings == (
        "Lines left out as they have no outcome: 2.",
        "Lines left out as they lack the name of a method: 1.",
    )


def test_votes_without_a_participant_count_as_separate_people(tmp_path: Path) -> None:
    table = read(tmp_path, "left,right,outcome,participant\na,b,L,p\na,b,L,\na,b,R,NA\nb,a,R,p\n")
    who = table.votes.participant
    assert who is not None and who[0] == who[3] and len(set(who)) == 3
    assert "do not say who voted" in table.warnings[0] and table.warnings[0].endswith(": 2.")
    nobody = read(tmp_path, "left,right,outcome,participant\na,b,L,\na,b,R,\n")
    assert nobody.votes.participant is None


def test_gold_pairs_and_repeats_are_not_votes(tmp_path: Path) -> None:
    table = read(tmp_path, "left,right,outcome,kind\na,b,L,main\na,b,L,gold\nb,a,R,repeat\na,b,R,\n")
    assert rows(table) == ["a b L", "a b R"] and "gold pairs" in table.warnings[0]


def test_a_name_that_may_mean_missing_gives_a_warning(tmp_path: Path) -> None:
    assert read(tmp_path, "left,right,outcome\na,NA,L\n").warnings == (
        "A method is called 'NA': is it missing there?",
    )


def test_similar_names_give_a_warning(tmp_path: Path) -> None:
    text = "left,right,outcome\nPIH,b,L\npih,b,R\n\u00e9,e\u0301,T\n"
    warned = read(tmp_path, text).warnings
    assert len(warned) == 2 and warned[0].endswith("look alike: 'PIH', 'pih'.")


def test_items_are_read_where_all_lines_have_one(tmp_path: Path) -> None:
    text = "left,right,outcome,item\na,b,L,x\na,b,R,y\nb,a,R,x\n"
    item = read(tmp_path, text).item
    assert item is not None and np.array_equal(item, [0, 1, 0])
    without = read(tmp_path, text + "b,a,R,\n")
    assert without.item is None and "without an item" in without.warnings[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("left,right\na,b\n", "needs columns left, right, outcome"),
        ("left,right,outcome,Left\na,b,L,c\n", "two columns 'left'"),
        ("left,left,right,outcome\na,b,c,L\n", "two columns 'left'"),
        ("left,right,outcome\na,b,L\na,b,L,c,d\n", "line 3"),
        ("left,right,outcome\nx,a,b,L\nx,a,b,R\n", "more cells than the header"),
        ("left,right,outcome\na,b,L\na,b,win\n", "Line 3: outcome is 'win'"),
        ("left,right,outcome\na,b,none\n", "Line 2: outcome is 'none'"),
        ("left,right,outcome\na,a,L\n", "Line 2: right is 'a'"),
        ('left,right,outcome\n"a,b,L\na,b,R\nc",b,L\n', "is a quote missing"),
        ("left,right,outcome,count\na,b,L,-1\n", "Line 2: count is '-1'"),
        ("left,right,outcome,count\na,b,L,many\n", "a number of 0 or more"),
        ('left,right,outcome,count\na,b,L,"1,000"\n', "a mark for thousands"),
        ("left,right,outcome,count\na,b,L,inf\n", "Line 2: count is 'inf'"),
        ("left,right,outcome,count\na,b,L,1\na,b,R,\n", "Line 3: count is ''"),
        ("left,right,outcome,position\na,b,L,2\n", "0 or 1"),
        ("left,right,outcome\na,b,L\n\n\na,b,X\n", "Line 5"),
    ],
)
def test_invalid_votes_are_refused_by_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadVotes, match=message):
        read(tmp_path, text)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\xff\xfe\x00", GOOD.encode("utf-16"), b"left\x00,right"])
def test_a_file_that_is_not_a_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "votes.csv"
    path.write_bytes(content)
    with pytest.raises(BadVotes):
        read_table(path)
