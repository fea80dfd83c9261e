"""Decide what a participant gets at the end: the last form, the code and the way back, their own choices."""

from collections.abc import Mapping
from dataclasses import dataclass

from study.collect.enrolment import hash_token
from study.collect.forms import checked_answers, questions_of
from study.collect.recruitment import Ending, Way, ending
from study.config.config import StudyConfig
from study.config.study_configs import config_of
from study.database import people_queries
from study.database.people_queries import EndingRow, OwnChoice
from study.database.store import Store
from study.database.transaction import Transaction
from study.records import Refused


@dataclass(frozen=True)
class Farewell:
    """Hold the end of a participation. form: the questions after the trials are not answered yet.

    results: everybody may read the results of the study. own_choices: the participant may read their own.
    """

    form: bool
    ending: Ending = Ending()
    slug: str = ""
    results: bool = False
    own_choices: bool = False


def farewell(store: Store, token: str, personal: str) -> Farewell:
    """Return the end for a participant who has answered all trials. Raises Refused for an unknown one.

    personal: completion code of participants who have none in the database.
    """
    with store.reading() as tx:
        person, config = _known(tx, token)
        asked = questions_of(config, "after")
        if asked and not people_queries.has_answered(tx.connection, person.id, "after"):
            return Farewell(form=True)
        way = _way(tx, person, config)
    return Farewell(
        form=False,
        ending=ending(config, person.source, way, person.code or personal),
        slug=person.slug,
        results=person.results_access == "public",
        own_choices=_may_read_choices(person, config),
    )


def screened(store: Store, token: str, personal: str) -> Ending:
    """Return the end for somebody whom the screener did not admit. Raises Refused for an unknown one."""
    with store.reading() as tx:
        person, config = _known(tx, token)
    return ending(config, person.source, "screened", person.code or personal)


def answer_form(store: Store, token: str, slug: str, given: Mapping[str, str]) -> None:
    """Store the answers to the form after the trials; the same again changes nothing.

    slug: of the study that the token has to belong to. Raises Refused for an unknown participant, before the
    last trial, and for missing answers.
    """
    with store.transaction() as tx:
        person, config = _known(tx, token, slug)
        if person.status != "complete":
            raise Refused("not_understood")
        answers = checked_answers(questions_of(config, "after"), given)
        tx.add_person_answers(person.id, "after", answers)


def read_choices(store: Store, token: str, slug: str) -> list[OwnChoice]:
    """Return a participant's choices, after the study has closed. Raises Refused before."""
    with store.reading() as tx:
        person, config = _known(tx, token, slug)
        if not _may_read_choices(person, config):
            raise Refused("choices_later")
        return people_queries.own_choices(tx.connection, person.id)


def _known(tx: Transaction, token: str, slug: str = "") -> tuple[EndingRow, StudyConfig]:
    """Return a participant and the configuration of their study. Raises Refused for an unknown token."""
    person = people_queries.ending_row(tx.connection, hash_token(token))
    study = people_queries.study_of(tx.connection, hash_token(token))
    if person is None or study is None or slug not in ("", study.slug):
        raise Refused("unknown_participant")
    return person, config_of(study)


def _may_read_choices(person: EndingRow, config: StudyConfig) -> bool:
    return config.results.own_choices and person.study_status == "closed" and person.status == "complete"


def _way(tx: Transaction, person: EndingRow, config: StudyConfig) -> Way:
    """Return "failed" where a code for it exists and too few gold pairs were answered rightly."""
    if not config.participants.codes.failed:
        return "complete"
    rightly, shown = people_queries.gold_answers(tx.connection, person.id)
    return "failed" if shown and rightly / shown < config.exclude.gold else "complete"
