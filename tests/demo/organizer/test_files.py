"""Test that every file about a study can be made, for each of its versions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.organizer.files import STUDY_FILES, StudyFile, Wanted
from study.database.store import Store
from tests.support.study_world import open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.mark.parametrize("file", STUDY_FILES, ids=lambda file: file.ending)
def test_every_file_is_written(store: Store, file: StudyFile) -> None:
    for version in (1, None):
        assert len(file.make(Wanted(store, "small", version, "anna", "key"))) > 20
