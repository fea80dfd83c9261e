"""Bring the counts of a study up to date, from the votes of those who did something since the last time.

The votes of a participant are read after their state. So votes that come meanwhile are counted now or, as the
state differs then, the next time. Several processes may do this at the same time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from study.config.config import StudyConfig
from study.config.tables import Exclusion
from study.counts.moments import Counts, Packed, Size, count, pack
from study.database.counts.tallies import (
    Stale,
    Total,
    put_in,
    stale_people,
    store_total,
    take_out,
    take_out_all,
    take_out_unlinked,
    total_for_update,
)
from study.database.responses.load_responses import answers_of, number_of_items
from study.database.rows import StudyRow
from study.database.store import Store
from study.database.transaction import Transaction
from study.records import BadStudy
from study.statistics.data_quality import flags, response_quality
from study.votes import Bools, Responses

FORMAT = "1"  # of packed votes and counts; a change of either needs another number
PEOPLE = 1000  # counted in one transaction
PAIRS_ONLY = (
    "Counts are kept of studies that show two pictures at a time. `python -m study report` reads this one."
)
TOO_LARGE = (
    "This study has too many methods and pictures for counts. `python -m study report` reads all votes."
)
OTHER_RULES = "Another version of this program counts the votes of this study. Please use one version."


@dataclass(frozen=True)
class Rules:
    """Hold how the votes of a study are counted: the sizes of the arrays, and who is left out."""

    size: Size
    exclude: Exclusion

    def __str__(self) -> str:
        limits = self.exclude.model_dump_json() if self.exclude.rules else ""
        return f"{FORMAT} {self.size.methods} {self.size.items} {limits}"


def bring_up_to_date(store: Store, study: StudyRow) -> Counts:
    """Count the votes that came or went since the last time; return the counts of all.

    Raises BadStudy for a study whose votes cannot be counted so, Unavailable.
    """
    rules = rules_of(store, study)
    with store.transaction() as tx:
        if total_for_update(tx, study.id).rules != str(rules):
            take_out_all(tx, study.id)
            store_total(tx, study.id, Total(str(rules), Counts.zero(rules.size).to_bytes()))
    with store.reading() as tx:
        stale = iter(stale_people(tx, study.id))
    while some := list(islice(stale, PEOPLE)):
        votes = _read_votes(store, study, some, rules)
        with store.transaction(durable=False) as tx:
            before = _total(tx, study.id, rules)
            old = take_out(tx, [one.participant for one in some])
            new = put_in(tx, study.id, votes)
            _store(tx, study.id, rules, before + _counts(new, rules.size) - _counts(old, rules.size))
    return _without_unlinked(store, study.id, rules)


def rules_of(store: Store, study: StudyRow) -> Rules:
    """Return how the votes of a study are counted. Raises BadStudy where they cannot be."""
    with store.reading() as tx:
        size = Size(len(store.layout(tx, study.id).methods), number_of_items(tx.connection, study.id))
    if study.pictures > 2:
        raise BadStudy(PAIRS_ONLY)
    if not size.fits:
        raise BadStudy(TOO_LARGE)
    config = StudyConfig.from_json(study.config_json) if study.config_json else None
    return Rules(size, config.exclude if config else Exclusion())


def _read_votes(store: Store, study: StudyRow, people: Sequence[Stale], rules: Rules) -> dict[Stale, bytes]:
    """Return the votes of these people that count, packed; none for people whose votes do not count."""
    counting = [one.participant for one in people if one.counts]
    with store.reading() as tx:
        answers, ids = answers_of(tx.connection, study, counting)
    votes = answers.votes(_kept(answers, len(ids), rules.exclude))
    packed, own = pack(votes, rules.size.methods), np.argsort(votes.participant, kind="stable")
    ends = np.cumsum(np.bincount(votes.participant, minlength=len(ids)))
    parts = dict(zip(ids, np.split(packed[own], ends[:-1]), strict=True)) if ids else {}
    return {one: parts[one.participant].tobytes() if one.participant in parts else b"" for one in people}


def _kept(answers: Responses, people: int, exclude: Exclusion) -> Bools:
    """Mark the people whom no rule of the study leaves out."""
    marked = flags(response_quality(answers, people), exclude.limits)
    return np.asarray(~np.any([np.zeros(people, bool), *(marked[rule] for rule in exclude.rules)], axis=0))


def _counts(parts: Sequence[bytes], size: Size) -> Counts:
    """Return the counts of the packed votes of several participants."""
    votes: list[Packed] = [np.frombuffer(part, np.uint32) for part in parts]
    who = np.repeat(np.arange(len(votes)), [len(own) for own in votes])
    return count(who, np.concatenate([np.zeros(0, np.uint32), *votes]), size)


def _without_unlinked(store: Store, study: int, rules: Rules) -> Counts:
    """Take out the votes of people who are gone; return the counts."""
    while True:
        with store.transaction(durable=False) as tx:
            found = _total(tx, study, rules)
            gone = take_out_unlinked(tx, study, PEOPLE)
            if not gone:
                return found
            _store(tx, study, rules, found - _counts(gone, rules.size))


def _total(tx: Transaction, study: int, rules: Rules) -> Counts:
    total = total_for_update(tx, study)
    if total.rules != str(rules):
        raise BadStudy(OTHER_RULES)
    return Counts.from_bytes(total.counts)


def _store(tx: Transaction, study: int, rules: Rules, counts: Counts) -> None:
    store_total(tx, study, Total(str(rules), counts.to_bytes()))
