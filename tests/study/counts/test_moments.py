"""Test that counts give the scores and errors that the votes give."""

import numpy as np
import pytest

from study.counts.errors import errors_from_counts, people_errors, two_way_errors
from study.counts.moments import Counts, Size, count, pack
from study.statistics.bradley_terry import Fit, fit, tabulate
from study.statistics.cluster_errors import two_way_errors as two_way_errors_of_votes
from study.statistics.covariance import clustered_covariance
from study.statistics.multiple_comparisons import errors_of
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import Floats, Ints, Votes, make_responses

METHODS, ITEMS = 5, 12


def drawn(people: int, *, ties: float = -1.0, order: float = 0.2, seed: int = 1) -> tuple[Votes, Ints]:
    """Return votes of people who differ in taste, and the item of each."""
    taste = Taste(np.linspace(-1, 1, METHODS), ties, order, 0.5, 0.3)
    rng = np.random.default_rng(seed)
    return draw_votes(taste, participants=people, votes_each=20, items=ITEMS, rng=rng)


def counted(votes: Votes, item: Ints, rows: Ints | slice = slice(None)) -> Counts:
    assert votes.participant is not None
    who = votes.participant[rows]
    given = make_responses(who, votes.left[rows], votes.right[rows], votes.outcome[rows], item=item[rows])
    return count(who, pack(given, METHODS), Size(METHODS, ITEMS))


def fitted(cells: Floats, order_effect: bool = True) -> Fit:
    return fit(cells, [f"m{m}" for m in range(METHODS)], order_effect=order_effect)


@pytest.mark.parametrize("ties", [-1.0, -50.0], ids=["ties", "no ties"])
@pytest.mark.parametrize("order_effect", [True, False])
def test_errors_are_those_of_the_votes(ties: float, order_effect: bool) -> None:
    votes, item = drawn(60, ties=ties)
    counts = counted(votes, item)
    assert (counts.cells == tabulate(votes, METHODS)[1]).all()
    result = fitted(tabulate(votes, METHODS), order_effect)
    people, whole = people_errors(result, counts), two_way_errors_of_votes(result, votes, item, METHODS)
    assert people is not None and whole is not None
    assert people.covariance == pytest.approx(clustered_covariance(result, votes, METHODS), abs=1e-14)
    # With CR2 by participant from the votes, everything else is equal too.
    found = two_way_errors(result, counts, whole.people)
    assert found is not None
    assert found.items.covariance == pytest.approx(whole.items.covariance, abs=1e-12)
    assert found.together.covariance == pytest.approx(whole.together.covariance, abs=1e-12)
    assert found.together.degrees == pytest.approx(whole.together.degrees)


def test_a_thousand_people_have_the_errors_of_the_report() -> None:
    votes, item = drawn(1000)
    result = fitted(tabulate(votes, METHODS))
    found, wanted = (
        errors_from_counts(result, counted(votes, item)),
        errors_of(result, votes, METHODS, item),
    )
    assert found is not None and wanted is not None
    assert found.errors == pytest.approx(wanted.errors, rel=2e-3)
    assert found.between == pytest.approx(wanted.between, rel=2e-3)
    assert found.words == wanted.words


def test_people_can_be_added_and_taken_out() -> None:
    votes, item = drawn(40)
    assert votes.participant is not None
    first = np.flatnonzero(votes.participant < 15)
    rest = np.flatnonzero(votes.participant >= 15)
    whole = counted(votes, item)
    for one, other in (
        (counted(votes, item, first) + counted(votes, item, rest), whole),
        (whole - counted(votes, item, rest), counted(votes, item, first)),
        (Counts.from_bytes(whole.to_bytes()), whole),
        (whole - whole, Counts.zero(Size(METHODS, ITEMS))),
    ):
        assert all((getattr(one, name) == getattr(other, name)).all() for name in vars(whole))


def test_no_votes_and_one_voter_have_no_errors_of_their_own() -> None:
    assert not count(np.zeros(0, int), np.zeros(0, np.uint32), Size(3, 4)).cells.any()
    votes, item = drawn(1)
    assert people_errors(fitted(tabulate(votes, METHODS)), counted(votes, item)) is None
