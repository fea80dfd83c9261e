"""Raters with known worths, through the same use cases as people. Marked as simulated wherever they show."""

import math
from collections.abc import Mapping
from random import Random
from typing import Any
from uuid import UUID

from study.collect.participation import Applicant, cast_vote, enrol, next_trial
from study.database import queries
from study.database.store import Store
from study.records import BadStudy
from study.votes import OUTCOMES

SOURCE = "simulated"
OBVIOUS = 4.0  # log-worths between the sides of a gold pair: few get it wrong


def draw_outcome(log_worth_left: float, log_worth_right: float, log_nu: float, rng: Random) -> str:
    """One answer under Davidson's model: "L", "R" or "T"."""
    weights = [
        math.exp(log_worth_left),
        math.exp(log_worth_right),
        math.exp(log_nu + (log_worth_left + log_worth_right) / 2),
    ]
    return rng.choices(OUTCOMES, weights)[0]


def simulate_raters(
    store: Store,
    slug: str,
    log_worths: Mapping[str, float],
    *,
    participants: int,
    votes: int,
    seed: int = 0,
    log_nu: float = -1.0,
) -> int:
    """Let raters cast up to `votes` votes each, and answer what lies between; the number of votes cast.

    Raises BadStudy where people have voted already: their votes and invented ones must not mix.
    """
    if participants < 1 or votes < 1:
        raise BadStudy("Please let one rater at least cast one vote at least.")
    with store.transaction() as tx:
        if queries.sources(tx.connection, tx.study(slug)["id"]) - {SOURCE}:
            raise BadStudy("People have voted in this study. Please simulate in another database.")
    rng = Random(seed)
    return sum(_rate(store, slug, log_worths, votes, log_nu, rng) for _ in range(participants))


def _rate(
    store: Store, slug: str, log_worths: Mapping[str, float], votes: int, log_nu: float, rng: Random
) -> int:
    token, cast = enrol(store, slug, Applicant(source=SOURCE)), 0
    while (trial := next_trial(store, token)) is not None:
        with store.reading() as tx:
            behind = queries.answer_key(tx.connection, trial.trial_token)
        if behind["counts"] and cast == votes:
            break
        cast += behind["counts"]
        left, right = (_liking(behind, side, log_worths) for side in ("left", "right"))
        choice = draw_outcome(left, right, log_nu if trial.allow_tie else -math.inf, rng)
        uuid = str(UUID(int=rng.getrandbits(128), version=4))
        cast_vote(store, token, trial.trial_token, choice, client_uuid=uuid, rt_ms=rng.randint(800, 6000))
    return cast


def _liking(behind: Mapping[str, Any], side: str, log_worths: Mapping[str, float]) -> float:
    if behind["better"] is None:
        return log_worths[behind[side]]
    return OBVIOUS if behind["better"] == side[0].upper() else 0.0
