"""Test versions of studies, their states, and the study of a bare address, in SQLite and in PostgreSQL."""

from pathlib import Path

import numpy as np
import pytest

from study.collect.enrolment import Applicant, enrol
from study.collect.participation import show_next_trial
from study.collect.registration import register
from study.collect.stimulus_files import check_stimuli, missing_folder
from study.database.responses.load_responses import read_study
from study.database.store import Store
from study.manage.log import entries
from study.manage.states import (
    activate,
    all_versions,
    close,
    delete_draft,
    make_default,
    move,
    open_folder,
    pause,
    reopen,
    versions,
)
from study.records import BadStudy, Refused
from study.report.build import build_report
from tests.support.study_world import answer_all, picture_of, plain_study, shown, small_study, vote

WHO = "ada"


def another(folder: Path, slug: str) -> Path:
    """Build a study with another name."""
    picture = np.zeros((40, 60, 3), np.uint8)
    methods = {"a": lambda item: item, "b": lambda item: item + 90}
    return plain_study(folder, {"one": picture, "two": picture}, methods, {"votes": 2}, slug=slug)


def test_a_new_version_is_a_draft_and_hides_no_votes(store: Store, tmp_path: Path) -> None:
    open_folder(store, small_study(tmp_path / "a"), WHO)
    answer_all(store, enrol(store, "small"))
    half = enrol(store, "small")
    vote(store, half, shown(store, half))
    second = register(store, small_study(tmp_path / "b", items=4))
    assert (second.version, second.status, second.activated_at) == (2, "draft", None)
    assert build_report(store, "small").counts.votes == 13
    activate(store, "small", 2, WHO)
    assert build_report(store, "small").counts.votes == 0
    assert build_report(store, "small").warnings[0].startswith("Version 1 of this study has 13 votes")
    assert build_report(store, "small", 1).counts.votes == 13
    assert read_study(store, "small", 1).version == 1
    assert [(one.version, one.votes, one.participants) for one in versions(store, "small")] == [
        (1, 13, 2),
        (2, 0, 0),
    ]
    assert shown(store, half).number == 2, "a participant stays in their version"
    with pytest.raises(BadStudy, match="version 3"):
        read_study(store, "small", 3)


def test_a_draft_admits_nobody_until_it_is_active(store: Store, tmp_path: Path) -> None:
    register(store, small_study(tmp_path / "a"))
    with pytest.raises(Refused, match="not open"):
        enrol(store, "small")
    activate(store, "small", None, WHO)
    token = enrol(store, "small")
    pause(store, "small", None, WHO)
    with pytest.raises(Refused, match="paused"):
        show_next_trial(store, token)
    with pytest.raises(BadStudy, match="is paused: it cannot become paused, only active or closed"):
        pause(store, "small", None, WHO)
    close(store, "small", None, WHO)
    with pytest.raises(BadStudy, match="closed: it cannot become active"):
        activate(store, "small", None, WHO)
    reopen(store, "small", None, WHO)
    assert show_next_trial(store, token) is not None
    states = [(one.who, one.action, one.details["version"]) for one in entries(store)]
    assert states == [(WHO, action, 1) for action in ("active", "closed", "paused", "active")]


def test_a_draft_with_faults_stays_a_draft(store: Store, tmp_path: Path) -> None:
    folder = small_study(tmp_path / "a")
    row = register(store, folder)
    manifest = folder / "study.json"
    manifest.write_text(manifest.read_text().replace('"Small study"', '"Another"'))
    with pytest.raises(BadStudy, match="study.json: was changed"):
        activate(store, "small", None, WHO)
    picture = next((folder / "stimuli").iterdir())
    picture.write_bytes(picture.read_bytes() + b"!")
    with pytest.raises(BadStudy, match="is not the picture that was built"):
        activate(store, "small", row.version, WHO)
    assert versions(store, "small")[0].status == "draft" and entries(store) == []


def test_a_bare_address_serves_the_study_that_was_chosen(store: Store, tmp_path: Path) -> None:
    assert store.current_study() is None
    open_folder(store, small_study(tmp_path / "a"), WHO)
    assert store.current_study() == "small", "the only active study"
    open_folder(store, another(tmp_path / "b", "other"), WHO)
    assert store.current_study() is None, "nobody chose one of two"
    make_default(store, "small", None, WHO)
    register(store, another(tmp_path / "c", "third"))
    assert store.current_study() == "small"
    register(store, small_study(tmp_path / "d", items=4))
    with pytest.raises(BadStudy, match="draft"):
        make_default(store, "small", 2, WHO)
    activate(store, "small", 2, WHO)
    assert [one.is_default for one in versions(store, "small")] == [False, True]
    with pytest.raises(BadStudy, match="Version 2 of small was opened later"):
        make_default(store, "small", 1, WHO)


def test_only_drafts_are_deleted_and_their_ids_are_never_given_again(store: Store, tmp_path: Path) -> None:
    first = register(store, small_study(tmp_path / "a"))
    with store.reading() as tx:
        before = {row.id for row in tx.stimuli_of(first.id)}
    delete_draft(store, "small", None, WHO)
    assert all_versions(store) == () and store.current_study() is None
    with pytest.raises(BadStudy, match="no study"):
        read_study(store, "small")
    again = open_folder(store, tmp_path / "a", WHO)
    with store.reading() as tx:
        assert not before & {row.id for row in tx.stimuli_of(again.id)} and again.id != first.id
    answer_all(store, enrol(store, "small", Applicant()))
    with pytest.raises(BadStudy, match="is not a draft"):
        delete_draft(store, "small", None, WHO)
    assert [one.action for one in entries(store)] == ["active", "delete"]


def test_a_state_may_be_asked_for_twice(store: Store, tmp_path: Path) -> None:
    open_folder(store, small_study(tmp_path / "a"), WHO)
    for state in ("active", "paused", "paused", "closed", "active"):
        move(store, "small", None, state, WHO)
    assert [one.action for one in entries(store)] == ["active", "closed", "paused", "active"]
    with pytest.raises(BadStudy, match="active, paused or closed"):
        move(store, "small", None, "draft", WHO)


def test_the_data_folder_can_be_moved(store: Store, tmp_path: Path) -> None:
    here, there = tmp_path / "data", tmp_path / "moved"
    inside = Store(store.engine, home=here)
    open_folder(inside, small_study(here / "studies" / "small"), WHO)
    trial = shown(inside, enrol(inside, "small"))
    here.rename(there)
    assert missing_folder(inside, "small")
    moved = Store(store.engine, home=there)
    assert missing_folder(moved, "small") == "" and check_stimuli(moved, "small") == []
    assert picture_of(moved, trial.left_media).is_relative_to(there)


def test_places_outside_the_data_folder_are_stored_in_full(store: Store, tmp_path: Path) -> None:
    inside = Store(store.engine, home=tmp_path / "data")
    open_folder(inside, small_study(tmp_path / "elsewhere"), WHO)
    assert missing_folder(Store(store.engine, home=tmp_path / "another"), "small") == ""
