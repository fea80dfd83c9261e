"""Test the fit of a table of rankings, and what is refused and stated about its lines."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from study.__main__ import main
from study.report.build import report_of
from study.report.paper import paper_files
from study.statistics.simulated_votes import Taste, draw_votes
from study.vote_files.fit import fit_table
from study.vote_files.fit_rankings import fit_ranking_table
from study.vote_files.fit_text import table_to_text
from study.vote_files.foreign_formats import read_answers
from study.vote_files.read import BadVotes, VoteTable
from study.vote_files.read_rankings import RankingTable
from study.vote_files.report_tables import read_report_table
from study.votes import LEFT, RIGHT, Votes

HEAD = "participant,item,trial,method,position,rank\n"
NAMES = ("east", "north", "south", "west")


def drawn() -> VoteTable:
    taste = Taste(np.linspace(-1, 1, 4), order_effect=0.3, taste_sd=0.4)
    votes, item = draw_votes(taste, participants=25, votes_each=24, items=11, rng=np.random.default_rng(2))
    return VoteTable(NAMES, votes, item)


def pairs_as_rankings(table: VoteTable) -> str:
    """Return the lines of a table of rankings; trials are numbered anew for each participant."""
    votes, lines = table.votes, []
    assert votes.participant is not None and table.item is not None
    for n, outcome in enumerate(votes.outcome):
        trial = f"p{votes.participant[n]},i{table.item[n]},{n % 24 + 1}"
        left, right = ((1, 2), (2, 1), (1, 1))[outcome]
        lines.append(f"{trial},{NAMES[votes.left[n]]},1,{left}")
        lines.append(f"{trial},{NAMES[votes.right[n]]},2,{right}")
    return HEAD + "\n".join(lines) + "\n"


def read(tmp_path: Path, text: str) -> RankingTable:
    path = tmp_path / "rankings.csv"
    path.write_text(text, encoding="utf-8")
    table = read_answers(path)
    assert isinstance(table, RankingTable)
    return table


def test_pairs_as_rankings_have_the_scores_of_pairs(tmp_path: Path) -> None:
    pairs = fit_table(drawn(), position=True)
    found = fit_ranking_table(read(tmp_path, pairs_as_rankings(drawn())), position=True)
    for name, score in found["methods"].items():
        expected = {key: pairs["methods"][name][key] for key in score}
        assert score == pytest.approx(expected, abs=1e-8) and {"se", "se_model", "elo"} <= set(score)
    assert found["ties"]["2"]["log_odds"] == pytest.approx(pairs["log_nu"], abs=1e-8)
    assert found["positions"]["1"]["effect"] == pytest.approx(pairs["position"], abs=1e-8)
    assert found["warnings"] == pairs["warnings"] and found["interval"] == pairs["interval"]
    assert (found["votes"], found["participants"]) == (600, 25) and found["methods_in_trial"] == {"2": 600}


def best_of_three() -> str:
    """Return choices of the best of three, in which a method is better the later its letter."""
    rng, lines = np.random.default_rng(4), []
    for trial in range(300):
        shown = rng.permutation(4)[:3]
        odds = np.exp(shown * 0.7 + np.array([0.4, 0, 0]))
        best = rng.choice(3, p=odds / odds.sum())
        for place, method in enumerate(shown):
            rank = 1 if place == best else 2
            lines.append(f"p{trial % 15},i{trial % 12},{trial},{'abcd'[method]},{place + 1},{rank}")
    return HEAD + "\n".join(lines) + "\n"


def test_the_command_prints_scores_of_choices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rankings.csv"
    path.write_text(best_of_three(), encoding="utf-8")
    assert main(["fit", str(path), "--position"]) == 0
    printed = capsys.readouterr().out.splitlines()
    order = [line.split()[0] for line in printed if line[:2] in ("a ", "b ", "c ", "d ")]
    assert order == ["d", "c", "b", "a"]
    assert any("300 rankings, 15 participants" in line for line in printed)
    assert any(line.startswith("position 1 beside the last +") for line in printed)
    assert main(["fit", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["methods_in_trial"] == {"3": 300.0}
    assert main(["report", "--votes", str(path), "--anchor", "b"]) == 0
    printed_report = capsys.readouterr().out
    assert "Best of 3 pictures" in printed_report and "## Compared with b" in printed_report
    assert main(["fit", str(path), "--penalty", "firth"]) == 2
    assert "--penalty firth is for votes on pairs, and these are rankings" in capsys.readouterr().err


def test_whole_rankings_have_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its scores are those of the fit; positions and pictures are not in the table."""
    lines = ["participant,trial,method,rank"]
    rng, worths = np.random.default_rng(8), np.linspace(-1, 1, 5)
    for trial in range(300):
        shown = rng.permutation(5)[:4]
        order = np.argsort(-(worths[shown] + rng.gumbel(size=4)))
        ranks = np.empty(4, int)
        ranks[order] = (1, 2, 3, 4) if trial % 10 else (1, 1, 2, 3)
        lines += [f"p{trial % 20},{trial},m{m},{rank}" for m, rank in zip(shown, ranks, strict=True)]
    path = tmp_path / "rankings.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    report = report_of(read_report_table(path))
    fitted = fit_ranking_table(read(tmp_path, "\n".join(lines)))
    for score in report.ranking.methods:
        same = fitted["methods"][score.key]
        assert score.log_worth == pytest.approx(same["log_worth"]) and score.se == pytest.approx(same["se"])
    assert report.best_of is not None and report.best_of.ranked and report.best_of.ties == 30
    assert report.best_of.positions == () and report.counts.votes == 300
    assert "ranked the pictures of 300 trials" in paper_files(report)["methods.txt"]
    assert main(["report", "--votes", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "Rankings of 4 pictures" in printed and "with an effect of the position" not in printed
    path.write_text("\n".join([*lines, "p1,900,m1,1", "p1,900,m2,2"]), encoding="utf-8")
    assert main(["report", "--votes", str(path)]) == 2
    assert "equally many methods, but these show 2 and 4" in capsys.readouterr().err


def test_a_bootstrap_of_people_agrees_with_the_errors(tmp_path: Path) -> None:
    table = read(tmp_path, best_of_three())
    found = fit_ranking_table(table, position=True, replicates=200, anchor="b")
    drawn = found["bootstrap"]
    assert drawn["failed"] == 0 and found["scales"]["anchor"]["anchor"] == "b"
    for name, score in found["methods"].items():
        assert drawn["methods"][name]["se"] == pytest.approx(score["se"], rel=0.5)
        assert drawn["methods"][name]["low"] < score["log_worth"] < drawn["methods"][name]["high"]
    assert found["bootstrap"] == fit_ranking_table(table, position=True, replicates=200)["bootstrap"]
    assert "200 bootstrap samples" in table_to_text(found)
    with pytest.raises(BadVotes, match="No method is called 'x'"):
        fit_ranking_table(table, anchor="x")


def test_a_bootstrap_of_pairs_as_rankings_is_that_of_pairs(tmp_path: Path) -> None:
    votes = drawn()
    pairs = fit_table(votes, position=True, replicates=60)["bootstrap"]
    rankings = read(tmp_path, pairs_as_rankings(votes))
    ranked = fit_ranking_table(rankings, position=True, replicates=60)["bootstrap"]
    for name in NAMES:
        assert ranked["methods"][name]["se"] == pytest.approx(pairs["methods"][name]["se"], rel=0.35)


def test_rankings_without_scores_are_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rankings.csv"
    path.write_text("trial,method,rank\n1,a,1\n1,b,2\n1,c,2\n2,a,1\n2,b,2\n2,c,3\n", encoding="utf-8")
    assert main(["fit", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "no finite scores: a is above" in printed and "--penalty phantom" in printed
    assert main(["fit", str(path), "--penalty", "phantom"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("half a vote of each method against a phantom" in line for line in lines)
    assert [line.split()[0] for line in lines[-3:]] == ["a", "b", "c"]


def test_penalised_pairs_as_rankings_have_the_scores_of_pairs(tmp_path: Path) -> None:
    votes = drawn()
    others = ~((votes.votes.left == 3) & (votes.votes.outcome != LEFT))
    others &= ~((votes.votes.right == 3) & (votes.votes.outcome != RIGHT))  # west, the last, always wins
    kept = Votes(*(getattr(votes.votes, name)[others] for name in ("left", "right", "outcome")))
    assert votes.votes.participant is not None and votes.item is not None
    kept = replace(kept, participant=votes.votes.participant[others])
    table = VoteTable(NAMES, kept, votes.item[others])
    pairs = fit_table(table, penalty="phantom")["penalised"]["methods"]
    found = fit_ranking_table(read(tmp_path, pairs_as_rankings(table)), penalty="phantom")
    assert found["status"] == "separated"
    for name in NAMES:
        for key in ("log_worth", "se_model"):
            assert found["penalised"]["methods"][name][key] == pytest.approx(pairs[name][key], rel=1e-4)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("p,i,1,a,1,1\np,i,1,a,2,2\n", "Line 3: method is 'a'"),
        ("p,i,1,a,1,1\np,i,1,b,1,2\n", "Line 3: position is '1'"),
        ("p,i,1,a,1,1\np,j,1,b,2,2\n", "Line 3: item is 'j'"),
        ("p,i,1,a,1,0\np,i,1,b,2,2\n", "Line 2: rank is '0'"),
        ("p,i,1,a,1,1\np,i,1,b,2,\n", "Line 3: rank is ''"),
        ("p,i,1,a,x,1\np,i,1,b,2,2\n", "Line 2: position is 'x'"),
        ("p,i,,a,1,1\n", "Line 2: trial is ''"),
        ("p,i,1,,1,1\n", "Line 2: method is ''"),
    ],
)
def test_lines_that_are_refused(tmp_path: Path, lines: str, message: str) -> None:
    with pytest.raises(BadVotes, match=message):
        read(tmp_path, HEAD + lines)


def test_lines_that_are_left_out_are_counted(tmp_path: Path) -> None:
    lines = "p,i,1,a,1,1\np,i,1,b,2,2\np,i,2,a,1,\np,i,2,b,,\nq,i,3,a,1,1\n,i,4,b,1,1\n,i,4,a,2,2\n"
    table = read(tmp_path, HEAD + lines)
    assert table.rankings.trials == 2 and table.names == ("a", "b")
    joined = " ".join(table.warnings)
    assert "no rank: 2." in joined and "one method only: 1." in joined and "who answered" in joined


def test_an_empty_table(tmp_path: Path) -> None:
    found = fit_ranking_table(read(tmp_path, HEAD))
    assert found["status"] == "no_votes" and found["votes"] == 0
