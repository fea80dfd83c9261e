"""Test that every file about a study can be made, for each of its versions."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.organizer.files import STUDY_FILES, StudyFile, TooEarly, Wanted, check_archive
from study.collect.enrolment import enrol
from study.config.recruiting import Participants
from study.config.tables import Stopping
from study.database.store import Store
from study.manage.states import move
from study.records import BadStudy
from tests.support.study_world import answer_all, open_store, small_config

PAPER = ("table.tex", "figure.svg", "methods.txt", "paper.bib")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


OF_PAIRS = [file for file in STUDY_FILES if file.ending != "rankings.csv"]


@pytest.mark.parametrize("file", OF_PAIRS, ids=lambda file: file.ending)
def test_every_file_is_written(store: Store, file: StudyFile) -> None:
    for choice in "LLRRT":
        answer_all(store, enrol(store, "small"), choice)
    move(store, "small", 1, "closed", "anna")  # before, so few people have no scores that hold at any look
    for version in (1, None):
        assert len(file.make(Wanted(store, "small", version, "anna", "key"))) > 20


def test_rankings_are_written_where_the_best_of_several_was_chosen(store: Store, tmp_path: Path) -> None:
    (file,) = (file for file in STUDY_FILES if file.ending == "rankings.csv")
    with pytest.raises(BadStudy, match="two pictures at a time"):
        file.make(Wanted(store, "small", 1, "anna", "key"))
    folder = tmp_path / "three"
    folder.mkdir()
    several = open_store(folder, config=small_config(pictures=3))
    answer_all(several, enrol(several, "small"), "2")
    table = file.make(Wanted(several, "small", 1, "anna", "key")).decode()
    assert table.startswith("participant,item,trial,method,position,rank") and table.count("\n") == 37
    several.close()


@pytest.mark.parametrize("file", [file for file in STUDY_FILES if file.ending in PAPER])
def test_a_file_for_a_paper_without_scores_is_refused_with_the_reason(store: Store, file: StudyFile) -> None:
    with pytest.raises(BadStudy, match="nothing to print yet"):
        file.make(Wanted(store, "small", 1, "anna", "key"))


def test_between_planned_analyses_a_file_has_the_scores_of_the_last(tmp_path: Path) -> None:
    plan = {"participants": Participants(target=4), "stopping": Stopping(looks=[0.5, 1.0])}
    store = open_store(tmp_path, config=small_config().model_copy(update=plan))
    wanted = Wanted(store, "small", 1, "anna", "key")
    (file,) = (file for file in STUDY_FILES if file.ending == "report.json")
    answer_all(store, enrol(store, "small"), "L")
    with pytest.raises(TooEarly):
        file.make(wanted)
    for choice in "RT":
        answer_all(store, enrol(store, "small"), choice)
    report = json.loads(file.make(wanted))
    assert (report["votes"], report["participants"]) == (24, 2)
    with pytest.raises(TooEarly):
        check_archive(wanted)
    store.close()
