"""Test that scores from counts are those of the report."""

from pathlib import Path

import pytest

from study.__main__ import main
from study.collect.simulate import Preferences, Raters, simulate_raters
from study.counts.scores import scores_from_counts
from study.database import organizer_queries
from study.database.store import Store
from study.report.build import build_report
from tests.support.study_world import METHODS, open_store, small_config

WORTHS = Preferences({name: 0.4 * place for place, name in enumerate(METHODS)})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path, config=small_config(repeats=2), items=5)


def vote_and_close(store: Store) -> None:
    """Simulate votes, and close the study: after the end, scores need few pictures only."""
    simulate_raters(store, "small", WORTHS, Raters(120, 14))
    with store.transaction() as tx:
        organizer_queries.change_study(tx, tx.study("small").id, status="closed")


def test_scores_are_those_of_the_report(store: Store) -> None:
    vote_and_close(store)
    found, report = scores_from_counts(store, "small"), build_report(store, "small")
    assert (found.counts, found.look and found.look.moment) == (
        report.counts,
        report.look and report.look.moment,
    )
    for one, other in zip(found.ranking.methods, report.ranking.methods, strict=True):
        assert (one.key, one.wins, one.losses, one.ties) == (other.key, other.wins, other.losses, other.ties)
        assert (one.log_worth, one.rank_low, one.rank_high) == (
            other.log_worth,
            other.rank_low,
            other.rank_high,
        )
        assert one.se == pytest.approx(other.se, rel=0.02)
    assert [(pair.a, pair.b, pair.a_wins) for pair in found.ranking.pairs] == [
        (pair.a, pair.b, pair.a_wins) for pair in report.ranking.pairs
    ]
    assert found.ranking.critical == pytest.approx(report.ranking.critical, rel=0.02)
    assert found.ranking.groups == report.ranking.groups


def test_the_command_prints_them(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = ["--database", f"sqlite:///{tmp_path / 'votes.db'}"]
    assert main(["scores", *database]) == 0
    assert "0 votes by 0 participants" in capsys.readouterr().out
    vote_and_close(store)
    assert main(["scores", *database]) == 0
    printed = capsys.readouterr().out
    assert "## Scores" in printed and "## Every pair" in printed and "CR1" in printed
    assert main(["scores", *database, "--study", "other"]) == 2


def test_the_best_of_several_has_no_counts(tmp_path: Path) -> None:
    open_store(tmp_path, config=small_config(pictures=3, votes=6))
    assert main(["scores", "--database", f"sqlite:///{tmp_path / 'votes.db'}"]) == 2
