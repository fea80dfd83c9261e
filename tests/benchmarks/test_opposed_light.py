"""Check composites of opposed light, and the table of what the shading map changes in them."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.accuracy import light_direction, opposed_light, realism
from benchmarks.accuracy.light_direction import mirrored, plainest, ramp, stops
from benchmarks.accuracy.photographs import to_light
from model.images.composite import Composite
from model.network.harmonizer import DEFAULT_WEIGHTS

SIDE = 96


def lit(object_light: float, scene_light: float) -> Composite:
    """Return a grey disc on a grey scene; light increases to the right by stops from middle to edge."""
    across = np.linspace(-1, 1, SIDE)[None, :].repeat(SIDE, 0)
    matte = np.zeros((SIDE, SIDE), np.float32)
    cv2.circle(matte, (SIDE // 2, SIDE // 2), SIDE // 4, (1.0,), -1)
    light = np.where(matte > 0, 0.2 * 2 ** (2 * object_light * across), 0.3 * 2 ** (scene_light * across))
    grey = np.rint(255 * light.clip(0, 1) ** (1 / 2.2)).astype(np.uint8)
    return Composite(np.stack([grey] * 3, axis=-1), matte)


def test_the_ramp_is_in_stops_from_the_middle_to_the_edge() -> None:
    picture = lit(0.5, -1.0)
    assert ramp(stops(picture.image), picture.matte > 0.5).slope == pytest.approx(0.5, abs=0.05)
    assert ramp(stops(picture.image), picture.matte == 0).slope == pytest.approx(-1, abs=0.1)


def test_two_colours_side_by_side_are_no_ramp() -> None:
    image = np.full((SIDE, SIDE, 3), (200, 60, 60), np.uint8)
    image[:, : SIDE // 2] = (20, 40, 90)
    inside = np.ones((SIDE, SIDE), bool)
    assert ramp(stops(image), inside).slope > 0.5
    assert ramp(stops(image), inside, to_light(image / 255.0)).slope == pytest.approx(0, abs=1e-6)


def test_a_mirrored_object_is_lit_from_the_other_side() -> None:
    photograph = lit(0.5, 0.5)
    composite = mirrored(photograph)
    assert ramp(stops(composite.image), composite.matte > 0.5).slope == pytest.approx(-0.5, abs=0.05)
    assert np.array_equal(composite.image[:8], photograph.image[:8])
    assert light_direction.hole_of(photograph.matte) < 0.1


def test_only_photographs_with_one_direction_count_the_plainest_first() -> None:
    weak, strong, against, flat = lit(0.2, 0.5), lit(-0.8, -0.5), lit(0.8, -0.5), lit(0.8, 0.0)
    cases = plainest(iter([weak, against, flat, strong]), 4)
    assert [case.photograph for case in cases] == [strong, weak]
    assert [case.side for case in cases] == [-1, 1]
    assert [case.photograph for case in plainest(iter([weak, strong]), 1)] == [strong]


def test_the_ramp_along_the_scene_is_negative_in_composites() -> None:
    (case,) = plainest(iter([lit(-0.6, -0.5)]), 1)
    assert opposed_light.along_scene(case, case.photograph.image, case.photograph) > 0.4
    assert opposed_light.along_scene(case, case.composite.image, case.composite) < -0.4


def test_lines_for_photographs_and_composites(
    three_photographs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    for number, light in enumerate((0.6, 0.4, -0.5)):
        picture = lit(light, light)
        cv2.imwrite(str(tmp_path / "images" / f"{number}.png"), picture.image)
        cv2.imwrite(str(tmp_path / "masks" / f"{number}.png"), (255 * picture.matte).astype(np.uint8))
    monkeypatch.setattr(realism, "MEMBERS", 2)
    monkeypatch.setattr(realism, "CHECKED", 1)
    monkeypatch.setattr(opposed_light, "BATCHES", 2)
    sheet = tmp_path / "sheet.png"
    judge = ["--judge", str(three_photographs), "--held-out", str(three_photographs), "--sheet", str(sheet)]
    words = [str(tmp_path), "--weights", str(DEFAULT_WEIGHTS), *judge]
    monkeypatch.setattr(sys, "argv", ["opposed_light", *words])
    opposed_light.main()
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert lines[2].startswith("| 3 photographs | harmonizer | +")
    assert lines[3].startswith("| 3 composites | harmonizer | -")
    assert len({line.count("|") for line in lines}) == 1
    assert sheet.is_file()
