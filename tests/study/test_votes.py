"""Check the shared codes of outcomes and inputs, and the rows that count as votes."""

from dataclasses import replace

import numpy as np

from study.votes import (
    INPUT_CODES,
    INPUT_KINDS,
    LEFT,
    NONE,
    OUTCOME_CODES,
    OUTCOMES,
    RIGHT,
    TIE,
    Responses,
    make_responses,
)


def test_letters_follow_the_codes() -> None:
    assert [OUTCOMES[code] for code in (LEFT, RIGHT, TIE)] == ["L", "R", "T"]
    assert {"L": LEFT, "R": RIGHT, "T": TIE} == OUTCOME_CODES


def test_unknown_input_follows_the_known_kinds() -> None:
    assert INPUT_KINDS == ("mouse", "keyboard", "touch")
    assert INPUT_CODES == {"mouse": 0, "keyboard": 1, "touch": 2, "": 3}


def responses() -> Responses:
    """Return a vote and a repeat of participant 0, then a gold pair and a vote of participant 1."""
    made = make_responses(np.array([0, 0, 1, 1]), np.zeros(4, int), np.ones(4, int), np.array([0, 1, 2, 0]))
    repeat_of, expected = np.array([NONE, 0, NONE, NONE]), np.array([NONE, NONE, RIGHT, NONE])
    return replace(made, repeat_of=repeat_of, expected=expected)


def test_gold_pairs_and_repeats_do_not_count() -> None:
    assert responses().counted.tolist() == [True, False, False, True]


def test_votes_of_some_participants() -> None:
    votes = responses().votes(np.array([False, True]))
    assert votes.participant.tolist() == [1] and votes.outcome.tolist() == [LEFT]
    assert votes.as_votes().participant is votes.participant
    assert len(responses().votes()) == 2


def test_unknown_times_and_a_single_item_by_default() -> None:
    made = make_responses(np.zeros(2, int), np.zeros(2, int), np.ones(2, int), np.array([0, 1]))
    assert made.rt_ms.tolist() == [NONE, NONE] and made.item.tolist() == [0, 0]
