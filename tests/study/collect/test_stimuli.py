"""Check that stimuli are lossless and blind, and that a study folder is complete or does not exist."""

import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from study.collect.manifest import read_manifest
from study.collect.registration import register
from study.collect.stimuli import MAX_SIDE, SAME_TIME, StudySources, build_study, fit_screen
from study.config.config import config_from_options
from study.database.store import Store
from study.records import BadStudy
from tests.support.study_world import METHODS, flat, plain_study, small_study

GREY = np.zeros((32, 32, 3), np.uint8)


def test_stimuli_hold_the_exact_pixels_of_the_method(tmp_path: Path) -> None:
    cat = data.chelsea()
    methods = {"same": lambda x: x, "negative": lambda x: 255 - x}
    folder = plain_study(tmp_path / "s", {"cat": cat}, methods)
    entry = read_manifest(folder)["items"][0]
    for method, expected in (("same", cat), ("negative", 255 - cat)):
        stored = cv2.imread(str(folder / "stimuli" / entry["stimuli"][method]["file"]))
        assert stored is not None and np.array_equal(stored[:, :, ::-1], expected)


def test_no_property_of_a_file_reveals_the_method(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "s")
    files = sorted((folder / "stimuli").iterdir())
    assert len(files) == 12
    for file in files:
        assert re.fullmatch(r"[0-9a-f]{32}\.png", file.name)
        with Image.open(file) as picture:
            assert picture.info == {}
        assert not any(name.encode() in file.read_bytes() for name in METHODS)


def test_all_files_of_an_item_have_one_length_and_one_time(tmp_path: Path) -> None:
    """Noise and flat pictures differ in compressed length, which would reveal their method."""
    noise = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)
    methods = {"same": lambda x: x, "flat": lambda x: x * 0, "coarse": lambda x: x // 64 * 64}
    gold = {"g": (noise, noise // 128 * 128)}
    config = config_from_options(list(methods), {"slug": "s", "title": "S"})
    sources = StudySources({"cat": data.chelsea(), "noise": noise}, methods, gold=gold)
    folder = build_study(tmp_path / "s", config, sources)
    manifest = read_manifest(folder)
    for item in (*manifest["items"], *manifest["gold"]):
        stats = [(folder / "stimuli" / entry["file"]).stat() for entry in item["stimuli"].values()]
        assert {stat.st_size for stat in stats} == {item["file_bytes"]}
        assert {stat.st_mtime_ns for stat in stats} == {SAME_TIME * 10**9}


def test_large_pictures_are_scaled_down_and_16_bits_rounded() -> None:
    assert fit_screen(np.zeros((3000, 1500, 3), np.uint8)).shape == (MAX_SIDE, 512, 3)
    assert fit_screen(np.full((8, 8, 3), 65535, np.uint16)).max() == 255


def test_a_method_that_changes_the_size_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match="smaller changed the size of a"):
        plain_study(tmp_path / "s", {"a": GREY}, {"same": flat(0), "smaller": lambda x: x[:16]})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slug": "No Good"}, "small letters"),
        ({"methods": {"one": flat(1)}}, "two methods"),
        ({"items": {}}, "no comp"),
        ({"trials": {"votes": 0}}, "trials.votes: |votes: "),
    ],
)
def test_an_impossible_study_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    usual = {"items": {"a": GREY}, "methods": {"a": flat(0), "b": flat(1)}}
    with pytest.raises(BadStudy, match=message):
        plain_study(tmp_path / "s", **{**usual, **change})


def test_a_method_without_pictures_is_refused(tmp_path: Path) -> None:
    config = config_from_options(["a", "b"], {"slug": "s", "title": "S"})
    with pytest.raises(BadStudy, match="no method called 'b'"):
        build_study(tmp_path / "s", config, StudySources({"a": GREY}, {"a": flat(0)}))


def test_an_old_study_is_never_overwritten(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "s")
    before = (folder / "study.json").read_bytes()
    with pytest.raises(BadStudy, match="choose a new folder"):
        small_study(folder)
    assert (folder / "study.json").read_bytes() == before


def test_registering_again_changes_nothing_and_a_new_manifest_is_a_new_version(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'v.db'}")
    register(store, small_study(tmp_path / "a"))
    register(store, tmp_path / "a")
    assert store.summary("small").version == 1
    register(store, small_study(tmp_path / "b"))
    assert store.summary("small").version == 2
    assert [m.key for m in store.summary("small").methods] == list(METHODS)
    store.close()


def test_a_folder_with_a_missing_picture_is_refused(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "s")
    next((folder / "stimuli").iterdir()).unlink()
    with pytest.raises(BadStudy, match="1 pictures of the study are missing"):
        read_manifest(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"items": [1]}), json.dumps({"items": []})])
def test_a_broken_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "study.json").write_text(text)
    with pytest.raises(BadStudy, match="not a study folder"):
        read_manifest(tmp_path)


def test_nobody_sees_a_pair_twice(tmp_path: Path) -> None:
    manifest = json.loads((small_study(tmp_path / "many", votes=99, items=2) / "study.json").read_text())
    assert manifest["votes_per_participant"] == 12
