"""Test the workbench with a small network that always predicts the same edit."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from demo.pictures.workbench import EXPORTS, Inputs, Job, Strength, Workbench
from model import BadImage, Edit, Harmonizer, render
from model.images.background import measure_background
from model.images.files import read_picture, write_picture
from tests.support.picture_files import picture_files

CURVES = np.linspace(0, 1, 5, dtype=np.float32)[None].repeat(3, 0) ** 0.5
EDIT = Edit(CURVES, np.full((4, 4), 0.2, np.float32))


class ConstantNetwork(nn.Module):
    """Predict always the same edit: other tests cover what a trained network predicts."""

    def forward(self, image: torch.Tensor, matte: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        assert image.shape[2:] == matte.shape[2:]
        return torch.from_numpy(EDIT.curves)[None], torch.from_numpy(EDIT.shading)[None, None]


@pytest.fixture
def harmonizer() -> Harmonizer:
    return Harmonizer(ConstantNetwork())


@pytest.fixture
def workbench(harmonizer: Harmonizer, tmp_path: Path) -> Workbench:
    return Workbench(harmonizer, picture_files(tmp_path))


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    mask = np.zeros((48, 64, 3), np.uint8)
    mask[10:30, 20:40] = 255
    write_picture(tmp_path / "my photo.png", np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8))
    write_picture(tmp_path / "mask.png", mask)
    return Inputs(composite=str(tmp_path / "my photo.png"), mask=str(tmp_path / "mask.png"))


@pytest.fixture
def job(workbench: Workbench, inputs: Inputs) -> Job:
    return workbench.harmonize(inputs)


def test_a_job_describes_what_was_done(job: Job, inputs: Inputs, harmonizer: Harmonizer) -> None:
    assert (job.inputs, job.width, job.height) == (inputs, 64, 48)
    assert (job.about, job.background, job.changed) == ("PNG, 8 bit, sRGB", 48 * 64 - 400, 0)
    assert job.edit.to_json() == harmonizer.predict(inputs.read()).to_json()


def test_its_views_can_be_found(workbench: Workbench, job: Job) -> None:
    assert {workbench.views.find(name).suffix for name in job.views} == {".jpg", ".png"}


def test_views_of_large_pictures_are_small(workbench: Workbench, tmp_path: Path) -> None:
    mask = np.zeros((40, 3200, 3), np.uint8)
    mask[5:35, 100:3000] = 255
    write_picture(tmp_path / "wide.png", np.full((40, 3200, 3), 90, np.uint8))
    write_picture(tmp_path / "mask.png", mask)
    job = workbench.harmonize(Inputs(str(tmp_path / "wide.png"), str(tmp_path / "mask.png")))
    sizes = {read_picture(workbench.views.find(name)).pixels.shape[1] for name in job.views}
    assert (job.width, sizes) == (3200, {1600})


def test_no_strength_shows_the_composite(workbench: Workbench, job: Job) -> None:
    view = read_picture(workbench.views.find(workbench.adjust(job, Strength(0, 0)))).pixels
    before = read_picture(workbench.views.find(job.before)).pixels
    assert np.abs(view.astype(int) - before).max() <= 3  # a JPEG was written twice


def test_strength_changes_the_view(workbench: Workbench, job: Job) -> None:
    assert len({workbench.adjust(job, Strength(c, s)) for c in (0, 1) for s in (0, 1.5)}) == 4


@pytest.mark.parametrize(("percent", "strength"), [(-5, 0), (0, 0), (100, 1), (150, 1.5), (1e9, 1.5)])
def test_strength_is_kept_in_its_range(percent: float, strength: float) -> None:
    assert Strength.from_percent(percent, percent) == Strength(strength, strength)


def test_the_file_is_the_composite_at_full_size_with_the_edit(
    workbench: Workbench, job: Job, harmonizer: Harmonizer
) -> None:
    name, title = workbench.export(job, Strength(0.5, 1.5), "png")
    composite = job.inputs.read()
    expected = render(composite, harmonizer.predict(composite).blend(0.5, 1.5))
    picture = read_picture(workbench.views.find(name)).pixels
    assert title == "my-photo-harmonized.png"
    assert np.array_equal(picture, expected)
    assert measure_background(composite, picture).changed == 0


@pytest.mark.parametrize("kind", EXPORTS)
def test_every_kind_of_file_is_written(workbench: Workbench, job: Job, kind: str) -> None:
    name, title = workbench.export(job, Strength(), kind)
    assert workbench.views.find(name).stat().st_size > 100
    assert title == f"my-photo-{EXPORTS[kind].name}"


def test_transparency_is_in_the_download(workbench: Workbench, inputs: Inputs, tmp_path: Path) -> None:
    composite = inputs.read()
    alpha = np.linspace(0, 1, 48 * 64, dtype=np.float32).reshape(48, 64)
    write_picture(tmp_path / "glass.png", composite.image, alpha=alpha)
    job = workbench.harmonize(replace(inputs, composite=str(tmp_path / "glass.png")))
    written = {
        kind: read_picture(workbench.views.find(workbench.export(job, Strength(), kind)[0])).alpha
        for kind in ("png", "tif", "jpg")
    }
    source = read_picture(tmp_path / "glass.png").alpha
    assert source is not None and written["jpg"] is None
    for kept in (written["png"], written["tif"]):
        assert kept is not None and np.array_equal(kept, source)


def test_the_edit_is_exported_as_it_is_shown(workbench: Workbench, job: Job) -> None:
    name, _ = workbench.export(job, Strength(0.5, 0), "json")
    shown = job.edit.blend(0.5, 0)
    assert json.loads(workbench.views.find(name).read_text()) == json.loads(shown.to_json())


def test_examples_are_harmonized_once(workbench: Workbench, inputs: Inputs) -> None:
    assert workbench.harmonize_once(inputs) is workbench.harmonize_once(inputs)


def test_examples_are_harmonized_again_when_their_views_are_gone(
    workbench: Workbench, inputs: Inputs
) -> None:
    first = workbench.harmonize_once(inputs)
    workbench.views.sweep(max_age=-1)
    again = workbench.harmonize_once(inputs)
    assert again is not first
    assert workbench.views.find(again.after)


@pytest.mark.parametrize(
    ("inputs_given", "message"),
    [
        (Inputs(), "picture"),
        (Inputs(mask="m.png"), "picture"),
        (Inputs(pasted=True, background="b.png"), "cut-out"),
        (Inputs(composite="/nowhere/x.png", mask="/nowhere/m.png"), "x.png"),
    ],
)
def test_missing_pictures_are_asked_for(inputs_given: Inputs, message: str) -> None:
    with pytest.raises(BadImage, match=message):
        inputs_given.read()


def test_the_mask_may_be_the_transparency(tmp_path: Path, inputs: Inputs) -> None:
    composite = inputs.read()
    write_picture(tmp_path / "cut.png", composite.image, alpha=composite.matte)
    alone = replace(inputs, composite=str(tmp_path / "cut.png"), mask="").read()
    assert np.array_equal(alone.matte > 0.5, composite.matte > 0.5)


def test_a_cutout_is_pasted_into_its_background(tmp_path: Path, inputs: Inputs) -> None:
    composite = inputs.read()
    write_picture(tmp_path / "cut.png", 255 - composite.image, alpha=composite.matte)
    pasted = Inputs(background=inputs.composite, cutout=str(tmp_path / "cut.png"), pasted=True)
    assert measure_background(pasted.read(), composite.image).changed == 0
    assert pasted.stem == "my-photo"


def test_a_changed_background_is_noticed(inputs: Inputs) -> None:
    composite = inputs.read()
    changed = composite.image.copy()
    changed[0, 0, 0] ^= 1
    assert measure_background(composite, changed).changed == 1


def test_the_stage_opens_with_the_border_on_the_object(job: Job) -> None:
    assert job.focus == pytest.approx(29.5 / 63)
