"""Check errors for few and unequal groups: against a direct computation, and by their coverage."""

import numpy as np
import pytest

from study.statistics.bradley_terry import Fit, fit, tabulate
from study.statistics.cluster_errors import cluster_errors, two_way_errors
from study.statistics.covariance import clustered_covariance, group_scores
from study.statistics.davidson import Pairings, Sums, information, moments
from study.statistics.multiple_comparisons import PEOPLE, PEOPLE_AND_PICTURES, errors_of
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import Floats, Ints, Votes

K = 4
SIDES = ("left", "right", "outcome")


def drawn(seed: int, sizes: list[int], taste_sd: float = 0.5, items: int = 12) -> tuple[Votes, Ints, Fit]:
    """Draw participants with these numbers of votes; return votes, items and their fit."""
    rng = np.random.default_rng(seed)
    taste = Taste(np.linspace(-0.6, 0.6, K), order_effect=0.1, taste_sd=taste_sd)
    parts = [draw_votes(taste, participants=1, votes_each=size, items=items, rng=rng) for size in sizes]
    left, right, outcome = (np.concatenate([getattr(votes, side) for votes, _ in parts]) for side in SIDES)
    votes = Votes(left, right, outcome, participant=np.repeat(np.arange(len(sizes)), sizes))
    item = np.concatenate([item for _, item in parts])
    return votes, item, fit(tabulate(votes, K), list("abcd"), order_effect=True)


def directly(result: Fit, votes: Votes, group: Ints) -> tuple[Floats, Floats]:
    """Return the CR2 covariance and the degrees of freedom, with all G×G covariances written out."""
    assert result.covariance is not None
    sizes, axes = np.linalg.eigh(result.covariance)
    root = axes * np.sqrt(np.maximum(sizes, 0)) @ axes.T
    scores = group_scores(result, votes, K, group) @ root
    share = []
    for one in range(int(group.max()) + 1):
        own = group == one
        pairings = Pairings(votes.left[own], votes.right[own], np.ones(int(own.sum()), np.int64), K)
        means = moments(pairings, result.theta[None], np.array([True]))
        totals = np.ones((1, int(own.sum())))
        share.append(root @ information(pairings, Sums(totals, np.zeros((1, K + 2))), means)[0] @ root)
    corrected, towards = [], []
    contrasts = (np.eye(K + 2)[:K] - np.concatenate([np.full(K, 1 / K), [0, 0]])) @ root
    for one, part in enumerate(share):
        values, vectors = np.linalg.eigh(np.eye(K + 2) - part)
        inverse = vectors / np.sqrt(values) @ vectors.T
        corrected.append(inverse @ scores[one])
        towards.append(contrasts @ inverse)
    middle = sum(np.outer(z, z) for z in corrected)
    degrees = []
    for k in range(K):
        u = [t[k] for t in towards]
        omega = np.array(
            [
                [u[g] @ ((g == h) * share[g] - share[g] @ share[h]) @ u[h] for h in range(len(u))]
                for g in range(len(u))
            ]
        )
        degrees.append(np.trace(omega) ** 2 / (omega**2).sum())
    return root @ middle @ root, np.array(degrees)


@pytest.mark.parametrize("sizes", [[20] * 12, [120] + [10] * 11, [5] * 30])
def test_it_equals_a_direct_computation(sizes: list[int]) -> None:
    votes, _, result = drawn(1, sizes)
    assert votes.participant is not None
    found = cluster_errors(result, votes, votes.participant, K)
    covariance, degrees = directly(result, votes, votes.participant)
    assert found is not None
    # Groups with a small share of the information use a series, which is exact to 1e-4.
    assert found.covariance[:K, :K] == pytest.approx(covariance[:K, :K], rel=2e-3, abs=1e-6)
    assert found.degrees == pytest.approx(degrees.min(), rel=1e-3)


def test_equal_groups_have_about_one_degree_less_than_groups() -> None:
    votes, _, result = drawn(2, [24] * 40)
    assert votes.participant is not None
    found = cluster_errors(result, votes, votes.participant, K)
    plain = clustered_covariance(result, votes, K)
    assert found is not None and plain is not None
    assert 36 < found.degrees < 39
    assert np.diagonal(found.covariance)[:K] == pytest.approx(np.diagonal(plain)[:K], rel=0.03)


def test_a_dominant_participant_leaves_few_degrees_of_freedom() -> None:
    votes, _, result = drawn(3, [400] + [10] * 29)
    assert votes.participant is not None
    found = cluster_errors(result, votes, votes.participant, K)
    assert found is not None and 1 <= found.degrees < 4


def test_the_numbers_of_groups_do_not_matter() -> None:
    votes, item, result = drawn(4, [20] * 10)
    one, other = (cluster_errors(result, votes, group, K) for group in (item, 7 * (item.max() - item) + 3))
    assert one is not None and other is not None
    assert one.covariance == pytest.approx(other.covariance) and one.degrees == pytest.approx(other.degrees)


def test_one_group_has_no_errors() -> None:
    votes, item, result = drawn(5, [60])
    assert votes.participant is not None
    assert cluster_errors(result, votes, votes.participant, K) is None
    assert two_way_errors(result, votes, item, K) is None


def test_errors_by_both_are_at_least_those_by_each() -> None:
    votes, item, result = drawn(6, [20] * 20)
    both, people = errors_of(result, votes, K, item), errors_of(result, votes, K)
    assert both is not None and people is not None
    assert (both.between >= people.between - 1e-12).all()
    assert (both.words, people.words) == (PEOPLE_AND_PICTURES, PEOPLE)


@pytest.mark.slow
@pytest.mark.parametrize(("items", "item_sd", "people"), [(10, 0.5, 40), (25, 0.0, 30)])
def test_intervals_cover_the_population_of_people_and_pictures(
    items: int, item_sd: float, people: int
) -> None:
    rng, covered = np.random.default_rng(7), []
    taste = Taste(np.zeros(K), order_effect=0.1, taste_sd=0.3, item_sd=item_sd)  # equal: no attenuation
    for _ in range(150):
        votes, item = draw_votes(taste, participants=people, votes_each=18, items=items, rng=rng)
        result = fit(tabulate(votes, K), list("abcd"), order_effect=True)
        errors = errors_of(result, votes, K, item)
        assert errors is not None and result.log_worths is not None
        distance = np.abs(np.subtract.outer(result.log_worths, result.log_worths))
        covered.append((distance <= errors.factor * errors.between)[np.triu_indices(K, 1)].mean())
    assert 0.92 < np.mean(covered) < 0.985
