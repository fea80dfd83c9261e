"""The study that is there from the first start on."""

import time
from pathlib import Path

import pytest

from demo.examples import EXAMPLES
from demo.first_study import METHODS, SLUG, ensure_first_study
from study.report import build_report
from study.session import enrol, next_trial
from study.store import Store
from tests.study_world import open_store, picture_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def store(folder: Path) -> Store:
    store = Store.open(f"sqlite:///{folder / 'votes.db'}")
    ensure_first_study(store, folder)
    assert store.current_study() == SLUG
    return store


def test_somebody_can_take_part(store: Store) -> None:
    trial = next_trial(store, enrol(store, SLUG))
    assert trial is not None
    assert picture_of(store, trial.left_media).read_bytes()[:4] == b"\x89PNG"


def test_every_example_is_there_with_every_method(folder: Path, store: Store) -> None:
    assert store
    pictures = list((folder / "studies" / SLUG).rglob("*.png"))
    assert len(pictures) == len(EXAMPLES) * len(METHODS)


def test_the_report_is_ready_without_votes(store: Store) -> None:
    report = build_report(store, SLUG)
    assert report.status == "no_votes"
    assert {score.key for score in report.methods} == set(METHODS)


def test_a_second_start_builds_nothing(folder: Path, store: Store) -> None:
    began = time.perf_counter()
    ensure_first_study(store, folder)
    assert time.perf_counter() - began < 1


def test_a_study_of_somebody_is_not_joined_by_ours(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    ensure_first_study(store, tmp_path)
    assert store.current_study() == "small"
    store.close()
