"""Check the flags of each rule for a participant among others, and the measures behind them."""

from itertools import groupby
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.statistics.data_quality import RULES, Limits, flags, response_quality, wilson
from study.votes import NONE, Responses

Row = tuple[int, int, int, int, int, int]  # left, right, outcome, rt_ms, expected, repeat_of


def responses(people: list[list[Row]]) -> Responses:
    """Return the rows of all participants; repeat_of counts within the participant."""
    who: list[int] = []
    rows: list[Row] = []
    for number, own in enumerate(people):
        start = len(rows)
        who += [number] * len(own)
        rows += [(*r[:5], r[5] if r[5] == NONE else r[5] + start) for r in own]
    columns = np.array(rows, np.int64).reshape(-1, 6).T
    left, right, outcome, rt_ms, expected, repeat_of = columns
    participant = np.array(who, np.int64)
    return Responses(participant, np.arange(len(rows)), left, right, outcome, rt_ms, expected, repeat_of)


def answer(outcome: int, rt_ms: int = 2000, expected: int = NONE, repeat_of: int = NONE) -> Row:
    return (0, 1, outcome, rt_ms, expected, repeat_of)


CAREFUL = [answer(n % 2, 1500 + n) for n in range(30)]


def flagged(own: list[Row]) -> set[str]:
    """Return the rules that flag a participant between two others who are never flagged."""
    rows = responses([CAREFUL, own, CAREFUL])
    found = flags(response_quality(rows, 3), Limits())
    assert set(found) == set(RULES) and not any(f[0] or f[2] for f in found.values())
    return {rule for rule, who in found.items() if who[1]}


def test_a_careful_participant_is_not_flagged() -> None:
    assert flagged(CAREFUL) == set()


def test_no_flags_without_data() -> None:
    assert flagged([]) == set() and flagged([answer(0, NONE)]) == set()


def test_wrong_gold() -> None:
    right, wrong = answer(0, expected=0), answer(1, expected=0)
    assert flagged([*CAREFUL, wrong, right, wrong]) == {"gold"}
    assert flagged([*CAREFUL, wrong, right, right]) == set()
    assert flagged([*CAREFUL, answer(2, expected=0)]) == {"gold"}


def test_fast_clicks() -> None:
    assert flagged([answer(n % 2, 399) for n in range(11)]) == {"speed"}
    assert flagged([answer(n % 2, 100 if n < 5 else 900) for n in range(11)]) == set()


def test_always_the_same_side() -> None:
    assert flagged([answer(int(n % 8 == 0)) for n in range(40)]) == {"side"}


def test_a_long_run() -> None:
    assert flagged([answer(2)] * 12) == {"run"}
    assert flagged([answer(2)] * 11) == set()


def test_repeats_on_the_other_side_must_name_the_same_method() -> None:
    first = [(0, 1, 0, 2000, NONE, NONE), (2, 3, 1, 2000, NONE, NONE)] * 3
    same = [(b, a, 1 - o, 2000, NONE, n) for n, (a, b, o, *_) in enumerate(first)]
    other = [(b, a, o, 2000, NONE, n) for n, (a, b, o, *_) in enumerate(first)]
    assert flagged([*first, *same]) == set()
    assert flagged([*first, *other]) == {"repeats"}
    quality = response_quality(responses([[*first, *same[:4], *other[4:]]]), 1)
    assert (quality.repeats_consistent[0], quality.repeats_total[0]) == (4, 6)
    assert (quality.votes[0], quality.answers[0]) == (6, 12)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 5000)), max_size=12), min_size=1, max_size=5
    )
)
def test_measures_equal_those_of_each_participant_alone(people: list[list[tuple[int, int]]]) -> None:
    quality = response_quality(responses([[answer(o, t) for o, t in own] for own in people]), len(people))
    for who, own in enumerate(people):
        times = [t for _, t in own if t >= 0]
        assert quality.median_ms[who] == median(times) if times else np.isnan(quality.median_ms[who])
        assert quality.run[who] == max((len(list(run)) for _, run in groupby(o for o, _ in own)), default=0)
        assert quality.left[who] == sum(o == 0 for o, _ in own)


def test_gold_pairs_and_repeats_are_not_votes() -> None:
    rows = responses([[answer(0), answer(0, expected=1), answer(1, repeat_of=0)], [answer(1)]])
    assert len(rows.votes()) == 2 and rows.votes(np.array([False, True])).participant.tolist() == [1]


def test_wilson_intervals() -> None:
    """Compare with Newcombe, Statistics in Medicine 17, 1998, table I: 81 of 263 and 0 of 20."""
    share = wilson(81, 263)
    assert (round(share.low, 4), round(share.high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 20).high == pytest.approx(0.1611, abs=1e-4) and wilson(0, 20).low == 0
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0, 1)
