"""Test that other numbers of methods, people and pictures change nothing but the numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.statistics.bradley_terry import fit, tabulate
from study.statistics.scales.picture_scores import picture_scores
from study.statistics.scales.spread import picture_spread
from study.statistics.scales.supported_cycles import preferences
from study.statistics.scales.thurstone import fit_thurstone
from study.votes import Votes, make_responses
from tests.support.rated import rated

METHODS, PICTURES, PEOPLE = 4, 8, 30
VOTES = rated(methods=METHODS, participants=PEOPLE, items=PICTURES, item_sd=0.5)


@settings(max_examples=10, deadline=None)
@given(
    st.permutations(range(METHODS)),
    st.permutations(range(PICTURES)),
    st.permutations(range(PEOPLE)),
    st.permutations(range(len(VOTES))),
)
def test_results_follow_the_names(
    methods: list[int], pictures: list[int], people: list[int], rows: list[int]
) -> None:
    name, picture, person = np.array(methods), np.array(pictures), np.array(people)
    left, right = name[VOTES.left][rows], name[VOTES.right][rows]
    who, item, outcome = person[VOTES.participant][rows], picture[VOTES.item][rows], VOTES.outcome[rows]
    renamed = Votes(left, right, outcome, participant=who)
    plain = VOTES.as_votes()
    before, after = (fit(tabulate(v, METHODS), [""] * METHODS, order_effect=True) for v in (plain, renamed))

    links = [fit_thurstone(tabulate(v, METHODS), order_effect=True) for v in (plain, renamed)]
    assert links[0] is not None and links[1] is not None
    assert links[1].scores[name] == pytest.approx(links[0].scores, abs=1e-8)

    pairs = preferences(plain, before, METHODS, VOTES.item), preferences(renamed, after, METHODS, item)
    for one in ("net", "p"):
        first, second = (getattr(found, one) for found in pairs)
        assert second[np.ix_(name, name)] == pytest.approx(first, rel=1e-9, abs=1e-12)

    spreads = (
        picture_spread(VOTES, VOTES.item, before),
        picture_spread(make_responses(who, left, right, outcome, item=item), item, after),
    )
    assert spreads[0] is not None and spreads[1] is not None
    assert (spreads[1].sd, spreads[1].high) == pytest.approx((spreads[0].sd, spreads[0].high))

    none = np.zeros((METHODS, METHODS))
    scores = (
        picture_scores(plain, VOTES.item, before, none, 0.5),
        picture_scores(renamed, item, after, none, 0.5),
    )
    assert scores[0] is not None and scores[1] is not None
    assert scores[1].log_worths[picture][:, name] == pytest.approx(scores[0].log_worths, abs=1e-6)
    assert scores[1].without[picture][:, name] == pytest.approx(scores[0].without, abs=1e-6)
