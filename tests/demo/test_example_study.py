"""Check the example study that exists from the first start on."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import postgresql
from demo.example_study import METHODS, SLUG, ensure_example_study
from demo.examples import EXAMPLES
from demo.operator_routes import wrong_pictures
from study.collect.enrolment import enrol
from study.collect.manifest import pictures_of, read_manifest
from study.collect.participation import show_next_trial
from study.collect.registration import register
from study.collect.stimulus_files import check_stimuli
from study.database.store import Store
from study.manage.states import open_folder
from study.report.build import build_report
from tests.support.study_world import open_store, picture_of, small_study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def store(folder: Path) -> Store:
    store = Store.open(f"sqlite:///{folder / 'votes.db'}")
    ensure_example_study(store, folder)
    assert store.current_study() == SLUG
    return store


def test_somebody_can_take_part(store: Store) -> None:
    trial = show_next_trial(store, enrol(store, SLUG))
    assert trial is not None
    assert picture_of(store, trial.left_media).read_bytes()[8:12] == b"WEBP"


def test_every_example_is_there_with_every_method(folder: Path, store: Store) -> None:
    assert store
    pictures = pictures_of(read_manifest(folder / "studies" / SLUG))
    found = {(picture.item, picture.name) for picture in pictures}
    assert len(found) == len(EXAMPLES) * len(METHODS)


def test_the_report_is_ready_without_votes(store: Store) -> None:
    report = build_report(store, SLUG)
    assert report.ranking.status == "no_votes"
    assert {score.key for score in report.ranking.methods} == set(METHODS)


def test_a_second_start_builds_nothing(folder: Path, store: Store) -> None:
    began = time.perf_counter()
    ensure_example_study(store, folder)
    assert time.perf_counter() - began < 1


def test_a_database_with_a_study_gets_no_example_study(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    ensure_example_study(store, tmp_path)
    assert store.current_study() == "small"
    store.close()


def test_a_draft_alone_keeps_the_example_study_away(tmp_path: Path) -> None:
    """The only study may be a draft, or one of several that nobody chose for the bare address."""
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    register(store, small_study(tmp_path / "small"))
    ensure_example_study(store, tmp_path / "data")
    assert store.current_study() is None and not (tmp_path / "data").exists()
    store.close()


def test_every_running_study_without_pictures_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(tmp_path)
    open_folder(store, small_study(tmp_path / "second", items=4), "test")
    for name in ("small", "second"):
        shutil.rmtree(tmp_path / name)
    ensure_example_study(store, tmp_path / "data")
    assert len(caplog.messages) == 2 == len(wrong_pictures(store))
    store.close()


def versions(store: Store) -> int:
    return store.summary(SLUG).version


def test_a_second_server_with_its_own_folder_adds_no_version(
    store: Store, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ensure_example_study(store, tmp_path)
    assert versions(store) == 1 and list(tmp_path.iterdir()) == []
    assert caplog.messages == []
    trial = show_next_trial(store, enrol(store, SLUG))
    assert trial is not None and picture_of(store, trial.left_media).is_relative_to(folder)


def test_a_folder_of_another_build_is_not_registered(store: Store, folder: Path, tmp_path: Path) -> None:
    """Start a second server on a database of its own, then point it to this one."""
    other = tmp_path / "studies" / SLUG
    shutil.copytree(folder / "studies" / SLUG, other)
    (other / "study.json").write_text((other / "study.json").read_text().replace('"seed": 0', '"seed": 1'))
    ensure_example_study(store, tmp_path)
    assert versions(store) == 1 and check_stimuli(store, SLUG) == []


def test_missing_pictures_are_logged_and_a_moved_folder_is_found(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    here, there = tmp_path / "here", tmp_path / "there"
    shutil.copytree(folder / "studies" / SLUG, here / "studies" / SLUG)
    ensure_example_study(store, here)
    shutil.move(here, there)
    ensure_example_study(store, tmp_path / "a third")
    assert caplog.messages == check_stimuli(store, SLUG)
    assert "not on this machine" in caplog.messages[0] and versions(store) == 1
    ensure_example_study(store, there)
    assert check_stimuli(store, SLUG) == [] and versions(store) == 1 and len(caplog.messages) == 1
    store.close()


START = """
import sys, time
from pathlib import Path
from demo.example_study import ensure_example_study
from study.database.store import Store
from study.manage.states import open_folder
store = Store.open(sys.argv[1])
while not Path(sys.argv[3]).exists():
    time.sleep(0.005)
ensure_example_study(store, Path(sys.argv[2]))
"""


def test_servers_that_start_at_once_end_with_one_version_on_postgresql(folder: Path, tmp_path: Path) -> None:
    """Give each server a build of its own, so that only the registration competes."""
    with postgresql.server() as url:
        go, started = tmp_path / "go", []
        for number in range(3):
            data_dir = tmp_path / str(number)
            study = data_dir / "studies" / SLUG
            shutil.copytree(folder / "studies" / SLUG, study)
            manifest = (study / "study.json").read_text()
            (study / "study.json").write_text(manifest.replace('"seed": 0', f'"seed": {number}'))
            command = [sys.executable, "-c", START, url, str(data_dir), str(go)]
            started.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        time.sleep(0.5)
        go.touch()
        assert [process.communicate()[1] for process in started] == [""] * 3
        store = Store.open(url)
        assert versions(store) == 1
        store.close()
