"""Simulate raters with known log-worths, who enrol like people and are marked as simulated."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from uuid import uuid4

from study.collect.enrolment import Applicant, PreparedStudy, admit, identify, prepare
from study.database import queries
from study.database.rows import NewVote, TrialContent
from study.database.store import Store
from study.database.transaction import Transaction
from study.records import BadStudy
from study.votes import LEFT, OUTCOMES, POSITIONS, RIGHT, TIE, VIEW

SOURCE = "simulated"
BATCH = 50  # raters in one transaction
TIMES = (800, 6000)  # milliseconds for an answer: the shortest and the longest
SD_OF_TIMES = math.sqrt(((TIMES[1] - TIMES[0] + 1) ** 2 - 1) / 12)  # all are equally probable
TOOLS = ("zoom", "flip", "reference", "outline")  # used on a pair, or not
COVARIATES = ("rt_ms", *(VIEW + name for name in TOOLS))
GOLD_DIFFERENCE = 4.0  # log-worths between the sides of a gold pair: few raters choose the worse one


@dataclass(frozen=True)
class Preferences:
    """Hold Davidson's model of all raters: log-worths by key of the method, and the tie parameter log ν.

    much: share of much better among decided votes on equal methods, in a study with grades. covariate: one of
    COVARIATES, or ""; effect: its effect on the log-worth of the left method, by one standard deviation.
    """

    log_worths: Mapping[str, float]
    log_nu: float = -1.0
    much: float = 0.3
    covariate: str = ""
    effect: float = 0.0


def draw_choice(log_worths: Sequence[float], log_nu: float, rng: Random) -> str:
    """Draw the best of several pictures by Luce's rule (1959): the position from "1", or "T".

    No difference has the weight of the geometric mean of the worths times ν (Firth, Kosmidis and Turner
    2019), which is Davidson's for two.
    """
    tie = math.exp(log_nu + sum(log_worths) / len(log_worths))
    weights = [*(math.exp(worth) for worth in log_worths), tie]
    return rng.choices([*POSITIONS[: len(log_worths)], OUTCOMES[TIE]], weights)[0]


def draw_outcome(log_worth_left: float, log_worth_right: float, log_nu: float, rng: Random) -> str:
    """Draw one answer under Davidson's model (1970): "L", "R" or "T"."""
    weights = [
        math.exp(log_worth_left),
        math.exp(log_worth_right),
        math.exp(log_nu + (log_worth_left + log_worth_right) / 2),
    ]
    return rng.choices(OUTCOMES, weights)[0]


def draw_grade(advantage: float, much: float, rng: Random) -> int:
    """Draw the grade of a decided vote: 2, much better, or 1, by a cumulative logit.

    advantage: log-worth of the method that is better, less that of the other. much: probability of 2 where
    both are equal.
    """
    threshold = math.log(2 / much - 1)
    share = (1 + math.exp(-advantage)) / (1 + math.exp(threshold - advantage))
    return 2 if rng.random() < share else 1


@dataclass(frozen=True)
class Raters:
    """Hold how many raters cast up to how many votes each, and the seed of their answers."""

    participants: int
    votes: int
    seed: int = 0


def simulate_raters(
    store: Store,
    slug: str,
    preferences: Preferences,
    raters: Raters,
    version: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Let raters cast their votes, and answer other trials on the way; return the number of votes cast.

    progress: called with the number of raters so far. Raises BadStudy where people have voted: their votes
    and simulated ones must not be mixed; Refused like `enrol`.
    """
    if raters.participants < 1 or raters.votes < 1:
        raise BadStudy("Please simulate at least one rater with at least one vote.")
    study = prepare(store, slug, version)
    if preferences.covariate and (preferences.covariate not in COVARIATES or study.row.pictures > 2):
        listed = ", ".join(COVARIATES)
        raise BadStudy(f"Answers can depend on one of {listed}, in studies of pairs. Please choose one.")
    with store.reading() as tx:
        if queries.sources(tx.connection, study.row.id) - {SOURCE}:
            raise BadStudy("People have voted in this study. Please simulate in another database.")
    rng, cast = Random(raters.seed), 0
    for start in range(0, raters.participants, BATCH):
        numbers = range(start, min(start + BATCH, raters.participants))
        with store.transaction() as tx:
            cast += sum(_rate(tx, study, preferences, raters, rng) for _ in numbers)
        progress(numbers.stop)
    return cast


def _rate(
    tx: Transaction, study: PreparedStudy, preferences: Preferences, raters: Raters, rng: Random
) -> int:
    """Enrol a rater who answers their trials until enough votes are cast; return the number of votes."""
    applicant = Applicant(source=SOURCE)
    participant = admit(tx, study, applicant, identify(study, applicant)).id
    contents = queries.trial_contents(tx.connection, participant)
    reached = [number for number, content in enumerate(contents) if content.counts]
    reached = reached[raters.votes : raters.votes + 1]
    end = reached[0] if reached else len(contents)
    ties = study.row.allow_ties
    if preferences.covariate:
        covariates = Random(f"covariate {raters.seed} {participant}")
        answers = [_with_covariate(content, preferences, ties, covariates) for content in contents[:end]]
    else:
        answers = [_answer(content, preferences, ties, rng) for content in contents[:end]]
    if study.config is not None and study.config.trials.answers == "graded":
        # Random numbers of their own: a seed keeps the votes that it has without grades.
        grades = Random(f"grades {raters.seed} {participant}")
        answers = [
            _graded(answer, content, preferences, grades)
            for answer, content in zip(answers, contents, strict=False)
        ]
    tx.add_votes(answers, [content.trial for content in contents[end:]])
    if end == len(contents):
        tx.finish(participant)
    return sum(content.counts for content in contents[:end])


def _answer(content: TrialContent, preferences: Preferences, ties: bool, rng: Random) -> NewVote:
    """Draw the answer of a rater to a trial."""
    log_nu = preferences.log_nu if ties else -math.inf
    left, right = _log_worths(content, preferences)
    if content.further:
        others = (preferences.log_worths[method] for method in content.further)
        choice = draw_choice((left, right, *others), log_nu, rng)
    else:
        choice = draw_outcome(left, right, log_nu, rng)
    rng.getrandbits(128)  # drawn by earlier releases: a seed keeps its votes
    return NewVote(content.trial, choice, rng.randint(*TIMES), str(uuid4()), "mouse")


def _with_covariate(content: TrialContent, preferences: Preferences, ties: bool, rng: Random) -> NewVote:
    """Draw an answer whose preference for the left side depends on the covariate of the vote."""
    name = preferences.covariate
    milliseconds, used = rng.randint(*TIMES), rng.random() < 0.5
    value = (milliseconds - sum(TIMES) / 2) / SD_OF_TIMES if name == "rt_ms" else 2 * used - 1.0
    left, right = _log_worths(content, preferences)
    log_nu = preferences.log_nu if ties else -math.inf
    choice = draw_outcome(left + preferences.effect * value, right, log_nu, rng)
    vote = NewVote(content.trial, choice, milliseconds, str(uuid4()), "mouse")
    if name == "rt_ms":
        return vote
    view = {**dict.fromkeys(TOOLS, 0), name.removeprefix(VIEW): int(used)}
    screen = {"milliseconds_zoomed": 0, "shown": [480, 320], "ratio": 1, "stacked": False}
    return replace(vote, view_json=json.dumps({**view, **screen}, sort_keys=True))


def _graded(answer: NewVote, content: TrialContent, preferences: Preferences, rng: Random) -> NewVote:
    """Return the same answer with a grade, if it is decided."""
    if answer.outcome not in (OUTCOMES[LEFT], OUTCOMES[RIGHT]):
        return answer
    left, right = _log_worths(content, preferences)
    advantage = left - right if answer.outcome == OUTCOMES[LEFT] else right - left
    return replace(answer, grade=draw_grade(advantage, preferences.much, rng))


def _log_worths(content: TrialContent, preferences: Preferences) -> tuple[float, float]:
    """Return the log-worths of the left and the right side of a trial."""
    if content.left is not None and content.right is not None:
        return preferences.log_worths[content.left], preferences.log_worths[content.right]
    left, right = (GOLD_DIFFERENCE * (content.better == OUTCOMES[side]) for side in (LEFT, RIGHT))
    return left, right
