"""Simulate raters with known log-worths, who take the same steps as people and are marked as simulated."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from uuid import UUID

from study.collect.enrolment import Applicant, PreparedStudy, prepare
from study.collect.participation import Answer, begin, cast_vote, show_next_trial
from study.database import queries
from study.database.rows import TrialContent
from study.database.store import Store
from study.records import BadStudy
from study.votes import LEFT, OUTCOMES, RIGHT

SOURCE = "simulated"
GOLD_DIFFERENCE = 4.0  # log-worths between the sides of a gold pair: few raters choose the worse one


@dataclass(frozen=True)
class Preferences:
    """Hold Davidson's model of all raters: log-worths by key of the method, and the tie parameter log ν."""

    log_worths: Mapping[str, float]
    log_nu: float = -1.0


def draw_outcome(log_worth_left: float, log_worth_right: float, log_nu: float, rng: Random) -> str:
    """Draw one answer under Davidson's model (1970): "L", "R" or "T"."""
    weights = [
        math.exp(log_worth_left),
        math.exp(log_worth_right),
        math.exp(log_nu + (log_worth_left + log_worth_right) / 2),
    ]
    return rng.choices(OUTCOMES, weights)[0]


@dataclass(frozen=True)
class Raters:
    """Hold how many raters cast up to how many votes each, and the seed of their answers."""

    participants: int
    votes: int
    seed: int = 0


def simulate_raters(
    store: Store, slug: str, preferences: Preferences, raters: Raters, version: int | None = None
) -> int:
    """Let raters cast their votes, and answer other trials on the way; return the number of votes cast.

    Raises BadStudy where people have voted: their votes and simulated ones must not be mixed.
    """
    if raters.participants < 1 or raters.votes < 1:
        raise BadStudy("Please simulate at least one rater with at least one vote.")
    study = prepare(store, slug, version)
    with store.reading() as tx:
        if queries.sources(tx.connection, study.row.id) - {SOURCE}:
            raise BadStudy("People have voted in this study. Please simulate in another database.")
    rng = Random(raters.seed)
    return sum(_rate(store, study, preferences, raters.votes, rng) for _ in range(raters.participants))


def _rate(store: Store, study: PreparedStudy, preferences: Preferences, votes: int, rng: Random) -> int:
    """Answer the trials of a new rater until `votes` votes are cast; return their number."""
    token, cast = begin(store, study, Applicant(source=SOURCE)).token, 0
    while (trial := show_next_trial(store, token)) is not None:
        with store.reading() as tx:
            content = queries.trial_content(tx.connection, trial.trial_token)
        if content.counts and cast == votes:
            break
        cast += content.counts
        left, right = _log_worths(content, preferences)
        log_nu = preferences.log_nu if trial.allow_tie else -math.inf
        choice = draw_outcome(left, right, log_nu, rng)
        uuid = str(UUID(int=rng.getrandbits(128), version=4))
        cast_vote(store, token, Answer(trial.trial_token, choice, uuid, rt_ms=rng.randint(800, 6000)))
    return cast


def _log_worths(content: TrialContent, preferences: Preferences) -> tuple[float, float]:
    """Return the log-worths of the left and the right side of a trial."""
    if content.left is not None and content.right is not None:
        return preferences.log_worths[content.left], preferences.log_worths[content.right]
    left, right = (GOLD_DIFFERENCE * (content.better == OUTCOMES[side]) for side in (LEFT, RIGHT))
    return left, right
