"""Test what organizers may change after the start of a study, and what stays frozen."""

from pathlib import Path
from typing import Any

import pytest

from study.collect.enrolment import enrol, prepare
from study.config.config import StudyConfig
from study.database.store import Store
from study.manage.changes import change, effective_config
from study.manage.log import entries
from study.manage.states import close, open_folder
from study.records import BadStudy, Refused
from study.report.build import build_report
from tests.support.study_world import answer_all, small_config, small_study

CONFIG = StudyConfig.model_validate(
    {
        **small_config().model_dump(),
        "participants": {"target": 1, "maximum": 1},
        "consent": {"text": "Old text.", "version": "1"},
        "texts": {"de": {"consent": "Alter Text."}},
    }
)


@pytest.fixture
def small(store: Store, tmp_path: Path) -> Store:
    """Open a small study with a frozen configuration for one participant."""
    open_folder(store, small_study(tmp_path / "small", config=CONFIG), "ada")
    return store


def changed(store: Store, **changes: Any) -> StudyConfig:
    return change(store, "small", None, changes, "ada")


def config_now(store: Store) -> StudyConfig:
    with store.reading() as tx:
        return effective_config(tx.study("small"))


def test_the_number_of_people_can_change_and_the_hash_stays(small: Store) -> None:
    answer_all(small, enrol(small, "small"))
    with pytest.raises(Refused, match="enough"):
        enrol(small, "small")
    changed(small, participants={"maximum": 3})
    changed(small, participants={"target": 2}, study={"title": "Another title"})
    assert enrol(small, "small")
    with small.reading() as tx:
        study = tx.study("small")
    assert (study.title, study.max_participants) == ("Another title", 3)
    assert study.config_sha256 == CONFIG.sha256 and StudyConfig.from_json(study.config_json) == CONFIG
    assert config_now(small).participants.target == 2
    assert prepare(small, "small").config == config_now(small)
    first, second = build_report(small, "small").warnings[:2]
    assert first.startswith("Changed after the start, 20") and "participants.maximum (3)." in first
    assert "participants.target (2), study.title (Another title)." in second
    assert [one.action for one in entries(small)] == ["change", "change", "active"]


def test_a_new_consent_text_needs_a_new_version(small: Store) -> None:
    for texts in ({"consent": {"text": "New."}}, {"texts": {"de": {"consent": "Neu."}}}):
        with pytest.raises(BadStudy, match="new version"):
            changed(small, **texts)
    changed(small, consent={"text": "New.", "version": "2"}, texts={"de": {"consent": "Neu."}})
    found = config_now(small)
    assert (found.consent.text, found.consent.version, found.texts["de"].consent) == ("New.", "2", "Neu.")
    changed(small, consent={"contact": "the lab"})
    assert config_now(small).consent.text == "New."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trials": {"votes": 3}}, "trials.votes cannot be changed: votes depend on it"),
        ({"study": {"question": "Other?"}}, "study.question cannot be changed"),
        ({"texts": {"en": {"question": "Other?"}}}, "texts.en.question cannot be changed"),
        ({"exclude": {"rules": ["speed"]}}, "exclude.rules cannot be changed"),
        ({"nonsense": 3}, "nonsense cannot be changed"),
        ({"participants": 3}, "participants cannot be changed"),
        ({"participants": {"maximum": "many"}}, "participants.maximum: "),
        ({"participants": {"target": 5}}, "participants.maximum: Is smaller than the target."),
        ({"closes_at": "tomorrow"}, "is not a time"),
        ({"closes_at": "2027-01-31T18:00"}, "is not a time"),
    ],
)
def test_what_votes_depend_on_is_frozen(small: Store, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadStudy, match=message):
        changed(small, **changes)
    assert config_now(small) == CONFIG and [one.action for one in entries(small)] == ["active"]


def test_nobody_enrols_after_the_end(small: Store) -> None:
    changed(small, participants={"maximum": 9}, closes_at="2020-01-31T18:00:00+01:00")
    with small.reading() as tx:
        assert tx.study("small").closes_at == "2020-01-31T17:00:00.000Z"
    with pytest.raises(Refused, match="over|closed|ended"):
        enrol(small, "small")
    changed(small, closes_at="2999-01-31T18:00:00Z")
    assert enrol(small, "small")
    changed(small, closes_at=None)
    assert enrol(small, "small")


def test_a_closed_study_stays_as_it_is(small: Store) -> None:
    close(small, "small", None, "ada")
    with pytest.raises(BadStudy, match="is closed"):
        changed(small, participants={"maximum": 3})


def test_a_study_without_a_configuration_takes_limits_too(store: Store, tmp_path: Path) -> None:
    open_folder(store, small_study(tmp_path / "small"), "ada")
    changed(store, study={"title": "New title"}, participants={"maximum": 1})
    changed(store, study={"title": "Newest title"})
    assert enrol(store, "small")
    with pytest.raises(Refused, match="enough"):
        enrol(store, "small")
    assert build_report(store, "small").study.title == "Newest title"
