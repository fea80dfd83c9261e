"""Check that stimuli are lossless and blind, and that a study folder is complete or does not exist."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from skimage import data

from study.collect.manifest import pictures_of, read_manifest
from study.collect.padding import PADDING, webp_chunks
from study.collect.picture_sizes import MAX_SIDE, scaled, stored_sizes
from study.collect.registration import register
from study.collect.stimuli import SAME_TIME, KnownPairs, StudySources, build_study
from study.collect.validate import check_study
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
        assert re.fullmatch(r"[0-9a-f]{32}\.webp", file.name)
        assert set(webp_chunks(file.read_bytes())) <= {b"VP8X", b"VP8L", PADDING}
        assert not any(name.encode() in file.read_bytes() for name in METHODS)


def test_all_files_of_an_item_have_one_length_and_one_time(tmp_path: Path) -> None:
    """Noise and flat pictures differ in compressed length, which would reveal their method."""
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    methods = {"same": lambda x: x, "flat": lambda x: x * 0, "coarse": lambda x: x // 64 * 64}
    gold = {"g": (noise, noise // 128 * 128)}
    config = config_from_options(list(methods), {"slug": "s", "title": "S"})
    sources = StudySources({"cat": data.chelsea(), "noise": noise}, methods, gold=KnownPairs(gold))
    folder = build_study(tmp_path / "s", config, sources)
    found: dict[tuple[str, tuple[int, int]], list[os.stat_result]] = {}
    for picture in pictures_of(read_manifest(folder)):
        stat = (folder / "stimuli" / picture.file).stat()
        found.setdefault((picture.item, picture.size), []).append(stat)
    assert {key: len(stats) for key, stats in found.items()} == {
        **dict.fromkeys({("cat", (451, 300)), ("noise", (640, 480))}, 3),
        ("noise", (512, 384)): 3,
        ("noise", (410, 307)): 3,
        **{("g", size): 2 for size in ((640, 480), (512, 384), (410, 307))},
    }
    for stats in found.values():
        assert len({stat.st_size for stat in stats}) == 1
        assert {stat.st_mtime_ns for stat in stats} == {SAME_TIME * 10**9}


def test_a_gold_pair_may_have_the_name_of_a_composite(tmp_path: Path) -> None:
    config = config_from_options(["same", "flat"], {"slug": "s", "title": "S"})
    methods = {"same": lambda x: x, "flat": lambda x: x * 0}
    gold = KnownPairs({"cat": (GREY, GREY + 9), "dog": (GREY, GREY + 9)})
    folder = build_study(tmp_path / "s", config, StudySources({"cat": GREY + 5}, methods, gold=gold))
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    assert register(store, folder).slug == "s"
    store.close()
    assert [pair["key"] for pair in read_manifest(folder)["gold"]] == ["gold/cat", "gold/dog"]


def test_smaller_sizes_are_means_of_areas_and_16_bits_are_rounded_once() -> None:
    assert stored_sizes(1500, 3000)[:2] == ((512, MAX_SIDE), (410, 819))
    assert stored_sizes(6000, 4000, 4096)[0] == (4096, 2731)
    assert stored_sizes(300, 200) == ((300, 200),) and stored_sizes(4000, 1)[-1] == (419, 1)
    stripes = np.zeros((8, 8, 3), np.uint16)
    stripes[:, ::2] = 65535
    assert set(scaled(stripes, (4, 4)).flat) == {128}  # of 127.5; rounded to 8 bits before: 127 or 128
    assert scaled(np.full((8, 8, 3), 65535, np.uint16), (8, 8)).max() == 255


def test_full_resolution_keeps_the_size_of_the_method(tmp_path: Path) -> None:
    config = config_from_options(["same", "flat"], {"slug": "s", "title": "S"})
    viewing = config.viewing.model_copy(update={"full_resolution": True})
    large = np.tile(data.chelsea(), (5, 5, 1))[:1200, :2000]
    sources = StudySources({"a": large}, {"same": lambda x: x, "flat": flat(9)})
    folder = build_study(tmp_path / "s", config.model_copy(update={"viewing": viewing}), sources)
    item = read_manifest(folder)["items"][0]
    assert (item["width"], item["height"]) == (2000, 1200)
    assert [one["width"] for one in item["stimuli"]["same"]["smaller"]] == [
        1600,
        1280,
        1024,
        819,
        655,
        524,
        419,
    ]
    stored = cv2.imread(str(folder / "stimuli" / item["stimuli"]["same"]["file"]))
    assert stored is not None and np.array_equal(stored[:, :, ::-1], large)


def test_the_unprocessed_composite_is_stored_in_the_sizes_of_the_stimuli(tmp_path: Path) -> None:
    config = config_from_options(["same", "flat"], {"slug": "s", "title": "S"})
    viewing = config.viewing.model_copy(update={"reference": "composite"})
    config = config.model_copy(update={"viewing": viewing})
    sources = StudySources({"a": data.chelsea()}, {"same": lambda x: x, "flat": flat(9)})
    with pytest.raises(BadStudy, match="no such pictures"):
        build_study(tmp_path / "s", config, sources)
    sources = replace(sources, contexts={"composite": lambda x: 255 - x}, prompts={"a": "Make it red"})
    gold = dict.fromkeys(("known", "bare"), (GREY, GREY + 9))
    sources = replace(sources, gold=KnownPairs(gold, {"known": GREY + 99}))
    manifest = read_manifest(build_study(tmp_path / "s", config, sources))
    item = manifest["items"][0]
    assert [pair.get("context", {}).keys() for pair in manifest["gold"]] == [{"composite"}, set()]
    told = [found.file for found in check_study(tmp_path / "s") if "to compare with" in found.message]
    assert told == ["bare"]
    context, stimulus = item["context"]["composite"], item["stimuli"]["same"]
    assert (context["width"], context["height"]) == (stimulus["width"], stimulus["height"])
    stored = cv2.imread(str(tmp_path / "s" / "stimuli" / context["file"]))
    assert stored is not None and np.array_equal(stored[:, :, ::-1], 255 - data.chelsea())
    assert item["context"]["prompt"] == {"text": "Make it red"}


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
