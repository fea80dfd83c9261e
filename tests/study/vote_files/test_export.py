"""Test that votes are the same after export and import, in every format and in the columns of arenas."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.collect.simulate import Preferences, Raters, simulate_raters
from study.database.responses.load_responses import read_study
from study.records import BadStudy, MethodRow
from study.report.build import report_of
from study.vote_files.dataframe import data_of, read_frame
from study.vote_files.export import (
    TABLES,
    arena_of,
    counts_of,
    to_csv,
    to_jsonl,
    to_parquet,
    votes_of,
    writer_for,
)
from study.vote_files.fit import fit_table
from study.vote_files.foreign_formats import read_foreign, read_table
from study.vote_files.read import BadVotes
from study.vote_files.report_tables import read_report_table
from study.votes import Responses, StudyData
from tests.support.rated import rated, study_of
from tests.support.stored_votes import stored_votes
from tests.support.study_world import METHODS, open_store

WRITERS = {".csv": to_csv, ".parquet": to_parquet, ".jsonl": to_jsonl}


def with_gold_and_repeats() -> StudyData:
    """Return votes with a gold pair in every tenth row; two participants end with a repeat, sides swapped."""
    votes = rated(participants=6, votes=20)
    n = len(votes)
    rows = np.arange(n)
    repeat_of = np.full(n, -1)
    for who in (1, 4):
        first, last = 20 * who + 1, 20 * who + 19
        repeat_of[last] = first
        votes.item[last], votes.left[last], votes.right[last] = (
            votes.item[first],
            votes.right[first],
            votes.left[first],
        )
    gold = (rows % 10 == 0) & (repeat_of == -1)
    responses = Responses(
        votes.participant, votes.item, votes.left, votes.right, votes.outcome,
        rt_ms=np.where(rows % 7, 900 + rows, -1), expected=np.where(gold, 1, -1), repeat_of=repeat_of,
    )  # fmt: skip
    return study_of(responses, 5)


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("columns", ["votes", "arena"])
def test_a_round_trip_changes_nothing(tmp_path: Path, ending: str, columns: str) -> None:
    data = with_gold_and_repeats()
    path = tmp_path / f"votes{ending}"
    path.write_bytes(WRITERS[ending](TABLES[columns](data, everything=True)))
    again = data_of(read_foreign(path), "s")
    for name in ("participant", "left", "right", "outcome", "rt_ms", "expected", "repeat_of"):
        assert getattr(again.responses, name).tolist() == getattr(data.responses, name).tolist(), name
    items = [again.items[i] for i in again.responses.item]
    assert items == [data.items[i] for i in data.responses.item]
    assert (again.at == data.at).all() and again.inputs.tolist() == data.inputs.tolist()
    assert [m.key for m in again.methods] == [m.key for m in data.methods]
    assert WRITERS[ending](TABLES[columns](again, everything=True)) == path.read_bytes()


@settings(max_examples=25, deadline=None)
@given(
    names=st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=8)
        .map(lambda name: " ".join(name.split()))
        .filter(bool),
        min_size=3, max_size=3, unique=True,
    )
)  # fmt: skip
def test_any_name_is_read_back(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    votes = rated(methods=3, participants=2, votes=6)
    data = replace(study_of(votes, 3), methods=tuple(MethodRow(name, name, False) for name in names))
    path = tmp_path_factory.mktemp("names") / "votes.csv"
    path.write_bytes(to_csv(votes_of(data)))
    frame = read_foreign(path)
    assert frame["left"].tolist() == [names[i] for i in votes.left]
    assert frame["right"].tolist() == [names[i] for i in votes.right]


def test_gold_pairs_without_methods_are_read_back(tmp_path: Path) -> None:
    data = with_gold_and_repeats()
    b = data.responses
    gold = b.expected != -1
    nobody = [np.where(gold, -1, column) for column in (b.item, b.left, b.right)]
    data = replace(data, responses=replace(b, item=nobody[0], left=nobody[1], right=nobody[2]))
    for columns in ("votes", "arena"):
        path = tmp_path / f"{columns}.csv"
        path.write_bytes(to_csv(TABLES[columns](data, everything=True)))
        again = data_of(read_foreign(path), "s")
        assert again.responses.left.tolist() == data.responses.left.tolist()
        assert again.responses.expected.tolist() == data.responses.expected.tolist()
        assert report_of(again).quality.gold == report_of(data).quality.gold


def test_gold_pairs_and_repeats_are_exported_on_request_only() -> None:
    data = with_gold_and_repeats()
    assert len(votes_of(data)) == data.responses.counted.sum() < len(votes_of(data, everything=True)) == 120
    assert set(votes_of(data)["kind"]) == {"main"}


def test_counts_add_up_and_can_be_fitted(tmp_path: Path) -> None:
    data = study_of(rated(), 5)
    counts, votes = tmp_path / "counts.csv", tmp_path / "votes.csv"
    counts.write_bytes(to_csv(counts_of(data)))
    votes.write_bytes(to_csv(votes_of(data)))
    assert counts_of(data)["count"].sum() == len(data.responses)
    one, other = (fit_table(read_table(path))["methods"] for path in (counts, votes))
    for name in one:
        assert one[name]["log_worth"] == pytest.approx(other[name]["log_worth"])


def test_an_unknown_ending_is_refused() -> None:
    with pytest.raises(BadStudy, match="parquet"):
        writer_for(".xlsx")


def test_a_study_is_exported_from_the_database(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    worths = dict(zip(METHODS, (-1.0, -0.3, 0.3, 1.0), strict=True))
    simulate_raters(store, "small", Preferences(worths), Raters(2, 5, 2))
    frame = votes_of(read_study(store, "small"))
    stored = [(v.item, v.left, v.right, v.outcome, v.rt_ms, v.at) for v in stored_votes(store, "small")]
    columns = ("item", "left", "right", "outcome", "rt_ms", "at")
    assert list(zip(*(frame[name] for name in columns), strict=True)) == stored
    assert set(frame["source"]) == {"simulated"} and frame["participant"].tolist() == [1] * 5 + [2] * 5
    store.close()


BATTLES = """model_a,model_b,winner,judge,question_id,tstamp
gpt,llama,model_a,anna,7,1700000000.5
llama,gpt,tie (bothbad),ben,7,1700000001
gpt,vicuna,model_b,anna,8,1700000002
"""


def test_battles_of_an_arena(tmp_path: Path) -> None:
    path = tmp_path / "battles.csv"
    path.write_text(BATTLES)
    frame = read_foreign(path)
    assert frame["outcome"].tolist() == ["L", "T", "R"] and frame["item"].tolist() == ["7", "7", "8"]
    assert frame["participant"].tolist() == ["anna", "ben", "anna"]
    assert frame["at"][0] == "2023-11-14T22:13:20.500Z"


def test_a_log_of_conversations(tmp_path: Path) -> None:
    """Chats are skipped, and addresses are replaced by numbers."""
    path = tmp_path / "log.jsonl"
    path.write_text(
        '{"tstamp": 1700000000, "type": "chat", "model": "x", "ip": "1.2.3.4"}\n'
        '{"tstamp": 1700000001, "type": "leftvote", "models": ["x", "y"], "ip": "1.2.3.4"}\n'
        '{"tstamp": 1700000002, "type": "bothbad_vote", "models": ["y", "x"], "ip": "5.6.7.8"}\n'
    )
    frame = read_foreign(path)
    assert frame[["left", "right", "outcome"]].to_numpy().tolist() == [["x", "y", "L"], ["y", "x", "T"]]
    assert frame["participant"].tolist() == ["1", "2"] and "1.2.3.4" not in frame.to_csv()


def test_a_table_of_another_tool_is_fitted_without_conversion(tmp_path: Path) -> None:
    """Messages name the lines of the file, including blank ones."""
    path = tmp_path / "battles.csv"
    path.write_text("model_a,model_b,winner,judge\nx,y,model_a,1\n\ny,x,model_a,2\nx,y,tie (bothbad),1\n")
    table = read_table(path)
    assert table.names == ("x", "y") and table.votes.outcome.tolist() == [0, 0, 2]
    assert table.votes.participant is not None and table.votes.participant.tolist() == [0, 1, 0]
    path.write_text("model_a,model_b,winner\nx,y,model_a\n\nx,y,neither\n")
    with pytest.raises(BadVotes, match="Line 4: winner is 'neither'"):
        read_table(path)


def test_winners_and_losers_have_no_side(tmp_path: Path) -> None:
    path = tmp_path / "games.csv"
    path.write_text("winner,loser\nA,B\nB,A\nA,C\nC,A\n")
    frame = read_foreign(path)
    assert frame["position"].tolist() == ["0"] * 4
    path.write_bytes(to_csv(frame))
    assert fit_table(read_table(path), position=True)["position"] is None


def test_tables_of_wins(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("item_a,item_b,win_a,win_b,tie\nx,y,5,3,1\ny,z,4,2,0\nx,z,6,2,2\n")
    frame = read_foreign(path)
    told = frame[["left", "right", "outcome", "count"]].to_numpy().tolist()
    assert ["x", "y", "L", "5"] in told and ["x", "z", "T", "2"] in told and set(frame["position"]) == {"0"}
    path.write_bytes(to_csv(frame))
    assert fit_table(read_table(path))["status"] == "ok"


@pytest.mark.parametrize(
    "text",
    [
        "winner,loser,tie\nx,y,0\ny,x,False\nx,y,1\n",
        "item_left;item_right;result_left\nx;y;1\ny;x;1\nx;y;0\n",
        "player1\tplayer2\twin1\twin2\tties\nx\ty\t1\t1\t1\n",
        "home.team,away.team,home.wins,away.wins,draws\nx,y,1,1,1\n",
    ],
    ids=["ties beside winners", "results", "players", "home and away"],
)
def test_votes_in_the_forms_of_other_tools(tmp_path: Path, text: str) -> None:
    """Each form has one win of either method, and a tie."""
    path = tmp_path / "votes.csv"
    path.write_text(text)
    table = read_table(path)
    found = fit_table(table)
    assert (found["votes"], found["log_nu"]) == (3, pytest.approx(0, abs=1e-9))
    assert sorted(table.votes.outcome.tolist())[2] == 2 and found["methods"]["x"]["log_worth"] == 0
    assert len(read_foreign(path)) == 3


def test_a_column_that_may_be_a_count_gives_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    for header in ("left,right,outcome,n", "model_a,model_b,winner,n"):
        path.write_text(f"{header}\nx,y,L,5\nx,y,R,4\n")
        assert read_table(path).warnings == (
            "The column 'n' is not used. If it counts votes, please call it count.",
        )
    path.write_text("left,right,outcome,n,count\nx,y,L,1,5\nx,y,R,2,4\n")
    assert read_table(path).warnings == ()


def test_without_sides_a_report_has_no_order_effect(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    rows = "".join(f"{who},x,y,{'ab'[who % 2]}\n{who},y,z,{'abt'[who % 3]}\n" for who in range(12))
    path.write_text("rater,item_a,item_b,outcome\n" + rows)
    found = report_of(data_of(read_frame(path), "votes"))
    assert found.ranking.status == "ok" and found.ranking.order_effect is None
    assert found.counts.left_share is None
    assert {rule.name for rule in found.quality.rules} == {"gold", "repeats", "speed"}
    assert "no order effect" not in {variant.name for variant in found.reliability.variants}


@pytest.mark.parametrize(
    ("head", "answers"),
    [
        ("participant,item,left,right,outcome", ("L", "R", "T")),
        ("judge,question_id,model_a,model_b,winner", ("model_a", "model_b", "tie")),
    ],
)
def test_lines_without_an_outcome_are_left_out_by_report_and_fit(
    tmp_path: Path, head: str, answers: tuple[str, str, str]
) -> None:
    path = tmp_path / "votes.csv"
    rows = [f"p{n % 12},i{n % 5},x,y,{answers[n % 3]}" for n in range(60)]
    path.write_text("\n".join([head, *rows[:30], "p1,i1,x,y,", "p2,i1,x,y,NA", *rows[30:]]))
    found = report_of(read_report_table(path))
    fitted = fit_table(read_table(path))
    left_out = "Lines left out as they have no outcome: 2."
    assert left_out in found.warnings and left_out in fitted["warnings"]
    assert found.counts.votes == fitted["votes"] == 60
    path.write_text("\n".join([head, "p1,i1,x,y,", "p2,i1,x,y,maybe"]))
    with pytest.raises(BadVotes, match="Line 3: (outcome|winner) is 'maybe'"):
        read_report_table(path)


def test_an_empty_table_has_a_report(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text("participant,item,left,right,outcome\n")
    found = report_of(data_of(read_frame(path), "votes"))
    assert (found.ranking.status, found.counts.votes) == ("no_votes", 0)
    assert not found.ranking.methods and not found.ranking.pairs


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("model_a,model_b,winner\nx,y,both\n", "Line 2: winner is 'both'"),
        ("model_a,model_b,winner\nx,y,model_a\nx,x,tie\n", "Line 3: right is 'x'"),
        ("left,right,outcome\nx,,L\n", "Line 2: right is ''"),
        ("model_a,model_b,winner,left\nx,y,model_a,z\n", "left is 'z'"),
        ("a,b,c\n1,2,3\n", "needs columns"),
        ("", "is empty"),
        ("winner,loser,draw\nx,y,0\nx,y,perhaps\n", "Line 3: draw is 'perhaps'"),
        ("item_left,item_right,result_left\nx,y,2\n", "result_left is '2', but should be 1, 0 or -1"),
    ],
)
def test_unreadable_tables_are_refused_with_the_reason(tmp_path: Path, table: str, message: str) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(table)
    with pytest.raises(BadVotes, match=message.replace("(", r"\(")):
        read_foreign(path)


def test_winners_by_name_and_side(tmp_path: Path) -> None:
    """model_a may be on the right, and the winner may be given by name."""
    path = tmp_path / "votes.csv"
    path.write_text("model_a,model_b,winner,left\nx,y,x,model_b\ny,x,x,model_a\nx,y,tie,y\n")
    frame = read_foreign(path)
    assert frame[["left", "right", "outcome"]].to_numpy().tolist() == [list("yxR"), list("yxR"), list("yxT")]


def test_parquet_is_small_and_typed() -> None:
    frame = pd.read_parquet(io.BytesIO(to_parquet(arena_of(study_of(rated(), 5)))))
    assert frame["winner"].isin(["model_a", "model_b", "tie"]).all()
    assert frame["rt_ms"].isna().all() and frame["tstamp"].dtype == np.float64
