"""Test who may read the results of a study, from its configuration and after a change."""

from pathlib import Path
from typing import Any

import pytest

from study.collect.registration import register
from study.config.recruiting import Participants, Results
from study.config.tables import Stopping
from study.database.rows import StudyRow
from study.database.store import Store
from study.manage.log import entries
from study.manage.results import Scores, may_read, scores_at, scores_now, set_access
from study.manage.states import move
from tests.support.study_world import small_config, small_study


def registered(folder: Path, **access: Any) -> tuple[Store, StudyRow]:
    config = small_config().model_copy(update={"results": Results(**access)})
    store = Store.open(f"sqlite:///{folder / 'votes.db'}")
    return store, register(store, small_study(folder / "small", config=config))


def test_new_studies_are_open_to_organizers_only(tmp_path: Path) -> None:
    _, row = registered(tmp_path)
    assert not may_read(row, key="", organizer=False) and may_read(row, key="", organizer=True)


@pytest.mark.parametrize("access", ["link", "public"])
def test_the_configuration_decides(tmp_path: Path, access: str) -> None:
    _, row = registered(tmp_path, access=access)
    assert may_read(row, key=row.results_key, organizer=False)
    assert may_read(row, key="guess", organizer=False) is (access == "public")
    assert may_read(row, key="", organizer=False) is (access == "public")


def test_a_change_makes_a_new_key_and_is_logged(tmp_path: Path) -> None:
    store, row = registered(tmp_path, access="link")
    set_access(store, "small", 1, "link", "anna")
    with store.reading() as tx:
        changed = tx.study("small", 1)
    assert changed.results_key != row.results_key
    assert not may_read(changed, key=row.results_key, organizer=False)
    set_access(store, "small", 1, "organizers", "anna")
    with store.reading() as tx:
        shut = tx.study("small", 1)
    assert not may_read(shut, key=changed.results_key, organizer=False) and shut.results_key == ""
    assert [(entry.who, entry.details["access"]) for entry in entries(store, row.id)] == [
        ("anna", "organizers"),
        ("anna", "link"),
    ]


@pytest.mark.parametrize(
    ("completed", "scores"),
    [
        (9, Scores(False, "early", 2, 0)),
        (10, Scores(True, "planned", 2, 1)),
        (20, Scores(True, "planned", 2, 2)),
    ],
)
def test_scores_are_open_at_planned_analyses(tmp_path: Path, completed: int, scores: Scores) -> None:
    plan = {"participants": Participants(target=20), "stopping": Stopping(looks=[0.5, 1.0])}
    config = small_config().model_copy(update=plan)
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    row = register(store, small_study(tmp_path / "small", config=config))
    assert scores_at(row, completed) == scores


def test_without_a_target_scores_are_open_once_the_study_is_closed(tmp_path: Path) -> None:
    store, row = registered(tmp_path)
    assert not scores_at(row, 1000).open
    for state in ("active", "closed"):
        move(store, "small", 1, state, "anna")
    with store.reading() as tx:
        assert scores_at(tx.study("small", 1), 0) == Scores(True, "closed")


def test_scores_that_others_may_read_are_open(tmp_path: Path) -> None:
    store, row = registered(tmp_path)
    assert scores_now(store, "small").reason == "early"
    set_access(store, "small", row.version, "link", "anna")
    assert scores_now(store, "small") == Scores(True, "shared")


def test_scores_of_a_study_without_registration_are_open(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    row = register(store, small_study(tmp_path / "small"))
    assert scores_at(row, 0) == Scores(True, "unregistered")
