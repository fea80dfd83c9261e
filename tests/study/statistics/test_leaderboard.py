"""Compare scores that follow each vote with fits of all votes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.statistics.bradley_terry import fit, tabulate
from study.statistics.leaderboard import Leaderboard
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import LEFT, RIGHT, TIE, Votes

NAMES = ("a", "b", "c", "d")
VOTE = st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([LEFT, RIGHT, TIE]))


def same(board: Leaderboard) -> None:
    """Check every number of the board against a fit that does not know the board."""
    whole = fit(board.counts, NAMES, order_effect=board.order_effect)
    assert (board.fit.status, board.fit.explain) == (whole.status, whole.explain)
    if whole.status == "ok":
        assert whole.covariance is not None and board.fit.covariance is not None
        np.testing.assert_allclose(board.fit.theta, whole.theta, atol=1e-8, rtol=0)
        np.testing.assert_allclose(board.fit.covariance, whole.covariance, atol=1e-7, rtol=1e-7)


@settings(max_examples=60, deadline=None)
@given(st.lists(VOTE.filter(lambda vote: vote[0] != vote[1]), max_size=40), st.booleans())
def test_votes_that_arrive_one_by_one_give_the_scores_of_all(
    votes: list[tuple[int, int, int]], order_effect: bool
) -> None:
    """Start without votes: on the way, scores come and go as votes link and separate the methods."""
    board = Leaderboard.of(np.zeros((2, 4, 4, 3)), NAMES, order_effect=order_effect)
    for vote in votes:
        board = board.add(*vote)
        same(board)
    for vote in votes[::2]:
        board = board.add(*vote, votes=-1)
        same(board)


def test_a_vote_among_very_many_is_counted() -> None:
    """A million votes, then five hundred for one method: the scores follow, and equal those of all votes."""
    rng = np.random.default_rng(4)
    taste = Taste(np.linspace(-1, 1, 4), -1.0, 0.1)
    votes, _ = draw_votes(taste, participants=10_000, votes_each=100, rng=rng)
    first = board = Leaderboard.of(tabulate(votes, 4), NAMES, order_effect=True)
    for _ in range(500):
        board = board.add(0, 3, LEFT)
    same(board)
    assert board.fit.log_worths is not None and first.fit.log_worths is not None
    assert board.fit.log_worths[0] > first.fit.log_worths[0] + 1e-4
    added = Votes(*(np.concatenate([old, np.full(500, new)]) for old, new in zip(
        (votes.left, votes.right, votes.outcome), (0, 3, LEFT), strict=True)))  # fmt: skip
    assert (tabulate(added, 4) == board.counts).all()


def test_votes_that_were_not_given_cannot_be_taken_back() -> None:
    board = Leaderboard.of(np.zeros((4, 4, 3)), NAMES).add(0, 1, TIE)
    with pytest.raises(ValueError, match="not counted"):
        board.add(1, 0, TIE, votes=-1)
