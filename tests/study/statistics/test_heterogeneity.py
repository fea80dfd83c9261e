"""Check the estimates of differing preferences against simulations with known variation."""

import numpy as np
import pytest

from study.statistics.heterogeneity import estimate_heterogeneity
from study.votes import NONE, Responses
from tests.support.rated import counted, rated


@pytest.mark.parametrize("sd", [0.0, 0.5, 1.0])
def test_known_variation_between_participants_is_estimated(sd: float) -> None:
    """Average ten studies of 60 participants; log-worths do not vary between items."""
    found, items = [], []
    for seed in range(10):
        votes = rated(participants=60, votes=24, seed=seed, taste_sd=sd)
        _, result = counted(votes, 5)
        found.append(estimate_heterogeneity(votes, votes.participant, result))
        items.append(estimate_heterogeneity(votes, votes.item, result))
    assert np.mean([s.sd for s in found if s]) == pytest.approx(sd, abs=0.12)
    assert abs(np.mean([s.z for s in items if s])) < 1


def test_known_variation_between_items_is_estimated() -> None:
    votes = rated(participants=200, item_sd=0.6, seed=4)
    found = estimate_heterogeneity(votes, votes.item, counted(votes, 5)[1])
    assert found is not None and found.p < 1e-6 and found.sd == pytest.approx(0.6, abs=0.15)


def test_no_estimate_where_nobody_saw_a_method_twice() -> None:
    """Two votes of one participant on four different methods share no preference."""
    rng = np.random.default_rng(0)
    methods = rng.permuted(np.tile(np.arange(6), (300, 1)), axis=1)[:, :4]
    people, none = np.repeat(np.arange(300), 2), np.full(600, NONE)
    left, right = methods[:, :2].ravel(), methods[:, 2:].ravel()
    votes = Responses(people, people, left, right, rng.integers(0, 2, 600), none, none, none)
    assert estimate_heterogeneity(votes, people, counted(votes, 6)[1]) is None


def test_no_estimate_for_a_single_participant() -> None:
    votes = rated(participants=1, votes=60)
    assert estimate_heterogeneity(votes, votes.participant, counted(votes, 5)[1]) is None
