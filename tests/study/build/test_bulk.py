"""Test how items of a study are made on an engine: the same bytes, and what is finished is kept."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from model.bulk.run import HERE, Engine
from study.build.bulk import FinishedItems
from study.build.material import Material
from study.build.study_folder import EngineReports, Reports, study_from_sources, study_on_engine
from study.config.config import StudyConfig
from study.records import BadStudy
from tests.support.study_material import SIDE, material_config, without_names, write_material


def on_engine(material: Material, config: StudyConfig, out: Path, engine: Engine = HERE) -> list[str]:
    lines: list[str] = []
    reports = EngineReports(line=lines.append)
    assert study_on_engine(material, config, out, reports=reports, engine=engine) == out
    return lines


def test_every_engine_makes_the_same_study(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "m", 4, ("rival",))
    (folder / "prompts.csv").write_text("name,prompt\nscene1.png,Make it snow\n")
    (folder / "results" / "methods.json").write_text(json.dumps({"rival": {"version": "2"}}))
    config = material_config("composite", "mkl", "rival")
    viewing = config.viewing.model_copy(update={"reference": "composite", "outline": True})
    stimuli = config.stimuli.model_copy(update={"practice": ["scene3"]})
    config = config.model_copy(update={"viewing": viewing, "stimuli": stimuli})
    material = Material(folder, folder / "results")
    expected = study_from_sources(material, config, tmp_path / "plain", reports=Reports())
    assert len(on_engine(material, config, tmp_path / "here")) == 4
    assert on_engine(material, config, tmp_path / "two", Engine(workers=2))[-1].startswith("4/4 scene")
    assert without_names(tmp_path / "here") == without_names(tmp_path / "two") == without_names(expected)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "m", "plain", "two"]


def test_images_without_masks_are_made_on_an_engine(tmp_path: Path) -> None:
    for level, method in ((40, "one"), (90, "two")):
        (tmp_path / "m/results" / method).mkdir(parents=True)
        for name in ("a", "b"):
            path = tmp_path / "m/results" / method / f"{name}.png"
            cv2.imwrite(str(path), np.full((40, 60, 3), level, np.uint8))
    given: dict[str, Any] = material_config("one", "two").model_dump(mode="json")
    given["stimuli"]["kind"] = "images"
    config, material = StudyConfig.model_validate(given), Material(tmp_path / "m", tmp_path / "m/results")
    expected = study_from_sources(material, config, tmp_path / "plain", reports=Reports())
    on_engine(material, config, tmp_path / "two", Engine(workers=2))
    assert without_names(tmp_path / "two") == without_names(expected)


def test_a_build_that_was_ended_goes_on_with_the_rest(tmp_path: Path) -> None:
    folder, out = write_material(tmp_path / "m", 4), tmp_path / "out"
    material, config = Material(folder), material_config("composite", "mkl")

    def end_after_two(line: str) -> None:
        if line.startswith("2/4"):
            raise BadStudy("ended")

    with pytest.raises(BadStudy, match="ended"):
        study_on_engine(material, config, out, reports=EngineReports(line=end_after_two), engine=HERE)
    kept = sorted(FinishedItems.beside(out).folder.iterdir())
    assert len(kept) == 2 and not out.exists()
    kept[0].write_bytes(kept[0].read_bytes()[:-1])  # a damaged one does not count
    lines = on_engine(material, config, out)
    assert [line.split()[0] for line in lines] == ["2/4", "3/4", "4/4"]
    assert without_names(out) == without_names(
        study_from_sources(material, config, tmp_path / "plain", reports=Reports())
    )


def test_a_changed_mask_is_made_again(tmp_path: Path) -> None:
    folder, out = write_material(tmp_path / "m", 2), tmp_path / "out"
    material, config = Material(folder), material_config("composite", "mkl")

    def end(_line: str) -> None:
        raise BadStudy("ended")

    with pytest.raises(BadStudy, match="ended"):
        study_on_engine(material, config, out, reports=EngineReports(line=end), engine=HERE)
    pixels = np.zeros((SIDE, SIDE * 3 // 2, 3), np.uint8)
    pixels[:20, :20] = 255
    cv2.imwrite(str(folder / "mask" / "scene0.png"), pixels)
    assert len(on_engine(material, config, out)) == 2
