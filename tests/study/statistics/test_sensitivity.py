"""Check the comparison of analyses, and the influence of a participant against refits without them."""

import numpy as np
import pytest

from study.statistics.covariance import clustered_covariance, standard_errors
from study.statistics.sensitivity import influence, variants
from study.votes import Responses
from tests.support.rated import counted, rated


def without(votes: Responses, participant: int) -> Responses:
    return votes.votes(np.arange(votes.participant.max() + 1) != participant)


def test_influence_is_close_to_refitting() -> None:
    votes = rated(taste_sd=1.0, participants=12)
    _, result = counted(votes, 5)
    covariance = clustered_covariance(result, votes.as_votes(), 5)
    assert covariance is not None and result.log_worths is not None
    found = influence(result, votes, 5, covariance)
    refitted = [counted(without(votes, who), 5)[1].log_worths for who in range(12)]
    shifts = np.abs(np.stack([w for w in refitted if w is not None]) - result.log_worths)
    exact = (shifts / standard_errors(covariance)[:5]).max(axis=1)
    assert found == pytest.approx(exact, rel=0.1)


def test_a_stubborn_participant_stands_out() -> None:
    votes = rated(participants=30)
    stubborn = votes.participant == 7
    votes.outcome[stubborn] = np.where(votes.left < votes.right, 0, 1)[stubborn]
    _, result = counted(votes, 5)
    covariance = clustered_covariance(result, votes.as_votes(), 5)
    assert covariance is not None
    assert np.argmax(influence(result, votes, 5, covariance)) == 7


def test_variants_are_compared_with_the_primary_analysis() -> None:
    votes = rated(taste_sd=0.8)
    found = {v.name: v for v in variants(votes, {"fewer": without(votes, 0)}, 5)}
    primary = found["primary"]
    assert primary.order == pytest.approx(1) and primary.turned == 0 and primary.votes == 800
    assert found["fewer"].participants == 39 and found["fewer"].votes == 780
    independent = found["errors as if votes were independent"]
    assert independent.log_worths == primary.log_worths
    assert primary.errors is not None and independent.errors is not None
    assert np.mean(primary.errors) > 1.1 * np.mean(independent.errors)
    half = found["ties as half a win each"]
    assert half.log_worths is not None and primary.log_worths is not None
    assert max(half.log_worths) < max(primary.log_worths)


def test_a_variant_without_a_ranking_has_a_status() -> None:
    """Leave only ties after one participant is removed."""
    votes = rated(participants=2, votes=60)
    votes.outcome[votes.participant == 1] = 2
    found = {v.name: v for v in variants(votes, {"second alone": without(votes, 0)}, 5)}
    alone = found["second alone"]
    assert (alone.status, alone.log_worths, alone.order) == ("no_votes", None, None)
