"""Test the cache of pictures for the pages."""

import os
import time
from pathlib import Path

import pytest

from demo.pictures.view_cache import ViewCache, url_of


@pytest.fixture
def views(tmp_path: Path) -> ViewCache:
    return ViewCache(tmp_path / "views", key="k")


def test_what_is_put_is_found(views: ViewCache) -> None:
    name = views.put(b"picture", ".jpg")
    assert views.find(name).read_bytes() == b"picture"
    assert url_of(name) == f"/view/{name}"


def test_the_same_bytes_are_kept_once(views: ViewCache) -> None:
    assert views.put(b"a", ".jpg") == views.put(b"a", ".jpg")
    assert len(list(views.folder.iterdir())) == 1


def test_names_cannot_be_guessed_without_the_key(views: ViewCache) -> None:
    assert views.put(b"a", ".jpg") != ViewCache(views.folder, key="other").put(b"a", ".jpg")


@pytest.mark.parametrize(
    "name", ["", "../secret", "..", "x.jpg", "a" * 32, "A" * 32 + ".jpg", "a" * 32 + ".jpg/.."]
)
def test_other_names_are_refused(views: ViewCache, name: str) -> None:
    views.folder.mkdir(parents=True)
    with pytest.raises(KeyError):
        views.find(name)


def test_a_new_path_can_be_written_and_found(views: ViewCache) -> None:
    path = views.new_path(".png")
    path.write_bytes(b"file")
    assert views.find(path.name) == path


def test_old_views_are_swept_and_touched_ones_stay(views: ViewCache) -> None:
    old, kept = (views.put(data, ".jpg") for data in (b"old", b"kept"))
    for name in (old, kept):
        os.utime(views.find(name), (time.time() - 100,) * 2)
    assert views.touch(kept)
    assert views.sweep(max_age=50) == 1
    assert views.find(kept)
    assert not views.touch(old)


def test_sweeping_leaves_folders_alone(views: ViewCache) -> None:
    (views.folder / "sub.dir").mkdir(parents=True)
    assert views.sweep(max_age=-1) == 0
