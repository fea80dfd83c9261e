"""Test that the archive of a study gives the same report again, and that damaged ones are refused."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import update

from study.__main__ import main
from study.bundle.archive import read_bundle, write_bundle
from study.collect.enrolment import enrol
from study.config.questions import PairQuestion
from study.database.schema import VoteRow
from study.database.store import Store
from study.manage.people import people, reject
from study.records import BadStudy
from study.report.build import build_report, report_of
from study.report.json_form import to_json
from study.report.markdown import to_markdown
from tests.support.study_world import answer_all, open_store, person, shown, small_config, vote

FURTHER = '{"photograph": "R"}'  # the answer to the further question on each pair
VIEW = {
    **{"zoom": 2, "flip": 1, "reference": 0, "milliseconds_zoomed": 900},
    **{"stacked": True, "ratio": 2, "shown": [600, 400]},
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a study with repeats in which five people answered, and one was rejected."""
    questions = [PairQuestion(key="photograph", text="Which is nearer to a photograph?")]
    config = small_config(repeats=2).model_copy(update={"questions": questions})
    store = open_store(tmp_path, config=config)
    for number, choice in enumerate("LRTLR"):
        answer_all(store, enrol(store, "small", person(f"p{number}")), choice, FURTHER)
    half = enrol(store, "small", person("half"))
    vote(store, half, shown(store, half), "T", answers=FURTHER)
    enrol(store, "small", person("silent"))
    reject(store, "small", 1, people(store, "small")[4].code, "anna", "blind")
    return store


@pytest.fixture
def archive(store: Store, tmp_path: Path) -> Path:
    path = tmp_path / "small.zip"
    write_bundle(store, "small", 1, path)
    return path


def test_the_report_is_the_same_again(store: Store, archive: Path) -> None:
    assert to_json(report_of(read_bundle(archive))) == to_json(build_report(store, "small"))


def test_grades_further_questions_and_views_come_back(store: Store, tmp_path: Path) -> None:
    details = {
        "grade": 2,
        "answers_json": '{"photograph": "L"}',
        "view_json": json.dumps(VIEW),
    }
    with store.transaction() as tx:
        tx.connection.execute(update(VoteRow).where(VoteRow.outcome != "T").values(**details))
    write_bundle(store, "small", 1, tmp_path / "graded.zip")
    again = read_bundle(tmp_path / "graded.zip")
    assert again.details is not None and set(again.details.answers) == {"photograph"}
    assert to_json(report_of(again)) == to_json(build_report(store, "small"))


def test_the_command_writes_what_report_reads(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "small.zip")
    assert main(["bundle", path, "--database", str(store.engine.url)]) == 0
    capsys.readouterr()
    assert main(["report", "--bundle", path]) == 0
    assert capsys.readouterr().out == to_markdown(build_report(store, "small"))
    (tmp_path / "small.zip").write_bytes(b"no archive")
    assert main(["report", "--bundle", path]) == 2
    assert "not a complete archive" in capsys.readouterr().err


def test_an_archive_without_votes_is_read(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    write_bundle(store, "small", 1, tmp_path / "empty.zip")
    assert to_json(report_of(read_bundle(tmp_path / "empty.zip"))) == to_json(build_report(store, "small"))


def test_it_has_all_pictures_and_no_codes(store: Store, archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        names = set(opened.namelist())
        text = b"".join(opened.read(name) for name in names if not name.startswith("pictures/")).decode()
    assert sum(name.startswith("pictures/") for name in names) >= 3 * 4
    assert {
        "registration/study.json",
        "registration/preregistration.md",
        "counts.csv",
        "report.html",
    } <= names
    assert not any(one.code in text for one in people(store, "small"))


def test_the_same_study_gives_the_same_archive(store: Store, archive: Path, tmp_path: Path) -> None:
    write_bundle(store, "small", 1, tmp_path / "again.zip")
    with zipfile.ZipFile(archive) as one, zipfile.ZipFile(tmp_path / "again.zip") as other:
        assert one.read("votes.csv") == other.read("votes.csv") and one.namelist() == other.namelist()


def changed(archive: Path, name: str, content: bytes | None) -> Path:
    """Return a copy in which one file has another content, or is left out."""
    copy = archive.with_name("changed.zip")
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(copy, "w") as target:
        for one in source.namelist():
            if one != name:
                target.writestr(one, source.read(one))
        if content is not None:
            target.writestr(name, content)
    return copy


@pytest.mark.parametrize("content", [None, b"participant,left\n"])
@pytest.mark.parametrize("name", ["votes.csv", "study.json", "report.html", "SHA256SUMS"])
def test_changed_archives_are_refused(archive: Path, name: str, content: bytes | None) -> None:
    with pytest.raises(BadStudy, match=r"changed\.zip"):
        read_bundle(changed(archive, name, content))


def test_files_that_are_no_archives_are_refused(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.zip").write_bytes(archive.read_bytes()[:-2000])
    for name in ("cut.zip", "nothing.zip"):
        with pytest.raises(BadStudy, match="complete archive"):
            read_bundle(tmp_path / name)


def test_missing_pictures_are_an_error(store: Store, tmp_path: Path) -> None:
    with store.reading() as tx:
        shutil.rmtree(tx.study("small").folder)
    with pytest.raises(BadStudy, match="missing"):
        write_bundle(store, "small", 1, tmp_path / "small.zip")
