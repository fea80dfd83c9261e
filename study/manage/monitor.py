"""Show organizers the progress of a study while people vote: counts, and no scores."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from study.config.study_configs import config_of
from study.database import monitor_queries
from study.database.monitor_queries import PairCount
from study.database.store import Store
from study.manage.results import Scores, scores_at

MINUTES = 60


@dataclass(frozen=True)
class Times:
    """Hold response times in milliseconds: 10 %, 50 % and 90 % of the latest answers were faster."""

    tenth: int
    median: int
    ninetieth: int


@dataclass(frozen=True)
class Checks:
    """Count answered gold pairs and wrong answers to them, and repeated pairs and differing answers."""

    gold: int
    gold_wrong: int
    repeats: int
    repeats_different: int


@dataclass(frozen=True)
class Monitor:
    """Hold the progress of one version of a study.

    people: status → participants; "away" are active ones without a request in the last half hour, "declined"
    those who did not consent. free: places left, None without a limit. votes: answers that are scored.
    per_minute: answers in each of the last 60 minutes, the current one last. coverage: votes with each pair
    of methods, a symmetric matrix in the order of `methods`. fewest, most: votes with one pair of pictures.
    dropouts: [0] people who stopped before their first answer, [1] after one, and so on. scores: if they may
    be read now.
    """

    state: str
    people: dict[str, int]
    target: int | None
    maximum: int | None
    free: int | None
    votes: int
    per_minute: list[int]
    methods: list[str]
    coverage: list[list[int]]
    fewest: int
    most: int
    times: Times | None
    dropouts: list[int]
    trials: int
    checks: Checks
    scores: Scores


def monitor(store: Store, slug: str, version: int) -> Monitor:
    """Return the progress of a version of a study. Raises BadStudy for an unknown one."""
    with store.reading() as tx:
        study = tx.study(slug, version)
        people = monitor_queries.count_people(tx, study.id)
        pairs = monitor_queries.count_pairs(tx, study.id)
        minutes = monitor_queries.votes_by_minute(tx, study.id, MINUTES)
        times = monitor_queries.latest_times(tx, study.id)
        stopped = monitor_queries.answers_of_dropouts(tx, study.id)
        gold, gold_right = monitor_queries.count_gold(tx, study.id)
        repeats, repeats_alike = monitor_queries.count_agreeing_repeats(tx, study.id)
        now, methods = tx.now, monitor_queries.method_titles(tx, study.id)
    answers = [pair.answers for pair in pairs]
    maximum = study.max_participants
    expected = people.get("active", 0) + people.get("complete", 0)
    return Monitor(
        state=study.status,
        people=people,
        target=config_of(study).participants.target,
        maximum=maximum,
        free=None if maximum is None else max(0, maximum - expected),
        votes=sum(pair.first for pair in pairs),
        per_minute=_per_minute(minutes, now),
        methods=methods,
        coverage=_coverage(methods, pairs),
        fewest=min(answers, default=0),
        most=max(answers, default=0),
        times=Times(*(_quantile(times, share) for share in (0.1, 0.5, 0.9))) if times else None,
        dropouts=_histogram(stopped),
        trials=study.practice + study.votes_per_participant + study.gold + study.repeats,
        checks=Checks(gold, gold - gold_right, repeats, repeats - repeats_alike),
        scores=scores_at(study, people.get("complete", 0)),
    )


def _per_minute(counts: dict[str, int], now: str) -> list[int]:
    """Return the counts of the last minutes in order, 0 for those without votes; now: ISO 8601 in UTC."""
    moment = datetime.fromisoformat(now.replace("Z", "+00:00")).astimezone(timezone.utc)
    minutes = [moment - timedelta(minutes=ago) for ago in reversed(range(MINUTES))]
    return [counts.get(minute.strftime("%Y-%m-%dT%H:%M"), 0) for minute in minutes]


def _coverage(methods: list[str], pairs: list[PairCount]) -> list[list[int]]:
    index = {title: number for number, title in enumerate(methods)}
    matrix = [[0] * len(methods) for _ in methods]
    for pair in pairs:
        one, other = pair.methods
        matrix[index[one]][index[other]] += pair.answers
        matrix[index[other]][index[one]] += pair.answers
    return matrix


def _quantile(values: list[int], share: float) -> int:
    """Return the smallest of the sorted values that at least this share of them does not exceed."""
    return values[max(0, math.ceil(share * len(values)) - 1)]


def _histogram(numbers: list[int]) -> list[int]:
    counts = Counter(numbers)
    return [counts[number] for number in range(max(numbers, default=-1) + 1)]
