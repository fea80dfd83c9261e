"""Test how a study is made from folders: faults by file, progress, and pictures that are kept."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from study.build.checks import BadMaterial, check_material
from study.build.material import Material
from study.build.progress import Progress
from study.build.study_folder import Reports, study_from_sources
from study.config.config import StudyConfig
from study.records import BadStudy
from tests.support.study_material import material_config, write_material


def faults(folder: Path, *methods: str) -> list[str]:
    found = check_material(Material(folder, folder / "results"), material_config(*methods))
    return [str(finding) for finding in found if finding.level == "error"]


def build(folder: Path, out: str, reports: Reports) -> Path:
    config = material_config("composite", "mean_gain")
    return study_from_sources(
        Material(folder), config, folder.parent / out, reports=reports, keep_in=folder.parent / "kept"
    )


def kept(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (folder / "kept").iterdir()}


def pictures(out: Path) -> list[bytes]:
    manifest = json.loads((out / "study.json").read_text())
    files = [entry["file"] for item in manifest["items"] for entry in item["stimuli"].values()]
    found = [cv2.imread(str(out / "stimuli" / file)) for file in files]
    return [picture.tobytes() for picture in found if picture is not None]


def test_missing_masks_and_double_names_are_named_by_file(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "m", 4, ("rival",))
    (folder / "mask" / "scene0.png").unlink()
    (folder / "composite" / "scene1.webp").write_bytes((folder / "composite" / "scene1.png").read_bytes())
    assert faults(folder, "composite", "rival") == [
        "error: composite/scene1.png: scene1.png and scene1.webp have one name. Please keep one of them.",
        "error: composite/scene0.png: There is no mask for scene0. "
        "Please put one into mask/ under the same name.",
    ]


def test_unreadable_pictures_and_wrong_results_are_found_together(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "m", 3, ("rival",))
    (folder / "composite" / "scene0.png").write_bytes(b"no picture")
    cv2.imwrite(str(folder / "results" / "rival" / "scene1.png"), np.zeros((20, 20, 3), np.uint8))
    (folder / "results" / "rival" / "scene2.png").unlink()
    methods = ("composite", "rival", "magic")
    assert [line.split(": ")[1] for line in faults(folder, *methods)] == [
        "magic", "composite/scene0", "rival/scene1.png", "rival/scene2"
    ]  # fmt: skip
    material, config = Material(folder, folder / "results"), material_config(*methods)
    with pytest.raises(BadMaterial, match="Nothing was built: 4 errors"):
        study_from_sources(material, config, tmp_path / "out", reports=Reports())
    assert not (tmp_path / "out").exists()


def write_pair(folder: Path, worse: int = 40) -> Path:
    """Write one pair with a known answer, of which the worse picture has this width."""
    for side, width in (("better", 40), ("worse", worse)):
        (folder / side).mkdir(parents=True)
        cv2.imwrite(str(folder / side / "scene0.png"), np.full((40, width, 3), width, np.uint8))
    return folder


@pytest.mark.parametrize(("kind", "key"), [("gold", "gold"), ("practice", "practice_pairs")])
def test_pairs_with_a_known_answer_have_one_size(tmp_path: Path, kind: str, key: str) -> None:
    folder = write_material(tmp_path / "m")
    config = material_config("composite", "mkl")
    stimuli = config.stimuli.model_copy(update={key: kind})
    config = config.model_copy(update={"stimuli": stimuli})
    material = replace(Material(folder), **{kind: write_pair(tmp_path / kind, 41)})
    (finding,) = check_material(material, config)
    assert (finding.file, finding.message) == (
        f"{kind}/worse/scene0.png", "it should have the size of its pair."
    )  # fmt: skip
    (tmp_path / kind / "better" / "scene0.png").unlink()
    assert "equal names" in str(check_material(material, config)[0])


def test_practice_pairs_are_made_beside_an_item_of_the_same_name(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "m")
    config = material_config("composite", "mkl")
    stimuli = config.stimuli.model_copy(update={"practice_pairs": "practice"})
    config = config.model_copy(update={"stimuli": stimuli})
    material = replace(Material(folder), practice=write_pair(tmp_path / "practice"))
    out = study_from_sources(material, config, tmp_path / "out", reports=Reports())
    (pair,) = json.loads((out / "study.json").read_text())["practice"]
    assert pair["key"] == "practice/scene0" and pair["stimuli"].keys() == {"better", "worse"}


def test_a_build_that_was_ended_goes_on_with_the_pictures_that_it_kept(tmp_path: Path) -> None:
    folder, made = write_material(tmp_path / "m", 3), []

    def end_after_four(progress: Progress) -> None:
        made.append(progress)
        if progress.done == 4:
            raise BadStudy("ended")

    with pytest.raises(BadStudy, match="ended"):
        build(folder, "out", Reports(progress=end_after_four))
    assert (made[0].total, made[0].seconds_left, made[-1].item) == (6, None, "scene1")
    assert made[-1].seconds_left is not None
    before = kept(tmp_path)
    assert len(before) == 4
    out = build(folder, "out", Reports())
    assert before.items() <= kept(tmp_path).items() and len(kept(tmp_path)) == 6
    again = study_from_sources(
        Material(folder), material_config("composite", "mean_gain"), tmp_path / "fresh", reports=Reports()
    )
    assert pictures(out) == pictures(again)


def test_a_changed_composite_is_not_taken_from_what_was_kept(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "m")
    first = pictures(build(folder, "a", Reports()))
    path = folder / "composite" / "scene0.png"
    picture = cv2.imread(str(path))
    assert picture is not None
    cv2.imwrite(str(path), 255 - picture)
    second = pictures(build(folder, "b", Reports()))
    assert len(kept(tmp_path)) == 6
    assert first[:2] != second[:2] and first[2:] == second[2:]


def test_results_of_any_editing_task_make_a_study_without_masks(tmp_path: Path) -> None:
    for level, method in ((40, "one"), (90, "two")):
        (tmp_path / "results" / method).mkdir(parents=True)
        for name in ("a", "b"):
            path = tmp_path / "results" / method / f"{name}.png"
            cv2.imwrite(str(path), np.full((40, 60, 3), level, np.uint8))
    config = images_config("one", "two")
    material = Material(tmp_path, tmp_path / "results")
    out = study_from_sources(material, config, tmp_path / "out", reports=Reports())
    assert [picture[0] for picture in pictures(out)] == [40, 90, 40, 90]
    (tmp_path / "results" / "two" / "a.png").unlink()
    cv2.imwrite(str(tmp_path / "results" / "two" / "b.png"), np.zeros((40, 50, 3), np.uint8))
    assert [str(finding) for finding in check_material(material, config)] == [
        "error: two/a: the picture is missing.",
        "error: two/b.png: it is 50×40 pixels, but another method's picture is 60×40.",
    ]


def test_inputs_and_prompts_are_shown_beside_images(tmp_path: Path) -> None:
    for folder, level in (("results/one", 40), ("results/two", 90), ("inputs", 7)):
        (tmp_path / folder).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / folder / "a.png"), np.full((40, 60, 3), level, np.uint8))
    (tmp_path / "prompts.csv").write_text('name,prompt\na.png,"Make it snow, please"\n')
    config = images_config("one", "two", reference="composite")
    material = Material(tmp_path, tmp_path / "results")
    out = study_from_sources(material, config, tmp_path / "out", reports=Reports())
    (item,) = json.loads((out / "study.json").read_text())["items"]
    assert item["context"]["prompt"] == {"text": "Make it snow, please"}
    shown = cv2.imread(str(out / "stimuli" / item["context"]["composite"]["file"]))
    assert shown is not None and shown.max() == 7
    (tmp_path / "inputs" / "a.png").unlink()
    (tmp_path / "prompts.csv").write_text("file;text\n")
    assert [finding.file for finding in check_material(material, config)] == ["prompts.csv", "inputs/a"]


def images_config(*methods: str, reference: str = "none") -> StudyConfig:
    stimuli = {"methods": list(methods), "kind": "images", "anchor": methods[0]}
    study, viewing = {"slug": "made", "title": "Made"}, {"reference": reference}
    return StudyConfig.model_validate({"study": study, "stimuli": stimuli, "viewing": viewing})
