"""Test the configuration that the settings and the files of a build give."""

from pathlib import Path

from demo.study_builds.drafts import config_of, material_of
from study.config.config import StudyConfig
from tests.support.study_material import write_material

STUDY = {"slug": "made", "title": "Made"}


def config(folder: Path, methods: list[str], **trials: int) -> StudyConfig:
    found = config_of({"study": STUDY, "stimuli": {"methods": methods}, "trials": trials, "plan": {}}, folder)
    assert isinstance(found, StudyConfig), found
    return found


def test_the_last_pictures_are_for_practice(tmp_path: Path) -> None:
    folder = write_material(tmp_path, 4)
    assert config(folder, ["composite", "mkl"]).stimuli.practice == []
    assert config(folder, ["composite", "mkl"], practice=2).stimuli.practice == ["scene2", "scene3"]
    assert config(folder, ["composite", "mkl", "reinhard"], practice=2).stimuli.practice == ["scene3"]
    assert config(folder, ["composite", "mkl"], practice=9).stimuli.practice == ["scene1", "scene2", "scene3"]


def test_gold_pairs_and_the_anchor_follow_from_what_there_is(tmp_path: Path) -> None:
    folder = write_material(tmp_path, 1)
    without = config(folder, ["mkl", "reinhard"])
    assert (without.stimuli.anchor, without.stimuli.gold) == ("mkl", "")
    (folder / "gold").mkdir()
    assert config(folder, ["mkl", "composite"], gold=2).stimuli.gold == "gold"
    assert config(folder, ["mkl", "composite"]).stimuli.anchor == "composite"


def test_practice_pairs_take_the_place_of_the_last_pictures(tmp_path: Path) -> None:
    folder = write_material(tmp_path, 4)
    (folder / "practice").mkdir()
    stimuli = config(folder, ["composite", "mkl"], practice=2).stimuli
    assert (stimuli.practice_pairs, stimuli.practice) == ("practice", [])
    assert material_of(folder).practice == folder / "practice"


def test_wrong_tables_are_named(tmp_path: Path) -> None:
    found = config_of({"study": STUDY, "stimuli": {"methods": ["a", "b"]}, "trials": {"votes": 0}}, tmp_path)
    assert isinstance(found, list) and [problem.place for problem in found] == ["trials.votes"]
