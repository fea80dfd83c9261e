"""Check diffusion pipelines as methods with a tiny random pipeline; nothing is downloaded."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from model.edit.render import render
from model.images.composite import Composite
from model.methods.diffusion import (
    MODELS,
    PROMPT,
    DiffusionFailed,
    DiffusionModel,
    _pipeline_inputs,
    harmonize,
    predict,
    repaint,
)
from tests.support.tiny_diffusion import save_tiny_pipeline

pytest.importorskip("transformers", reason="diffusion needs transformers")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> DiffusionModel:
    """Return a pipeline that runs on the processor in a second."""
    folder = save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))
    return DiffusionModel(
        "tiny",
        "Tiny",
        str(folder),
        "StableDiffusionInpaintPipeline",
        steps=3,
        strength=0.9,
        side=64,
        cpu=True,
    )


def scene(dtype: Any = np.uint8, size: tuple[int, int] = (90, 130), *, background: bool = False) -> Composite:
    rng = np.random.default_rng(0)
    image = rng.integers(0, np.iinfo(dtype).max, (*size, 3), dtype)
    matte = np.zeros(size, np.float32)
    matte[20:60, 30:80] = 1
    return Composite(image, matte, image.copy() if background else None)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("paste", [False, True])
def test_a_pipeline_runs_and_keeps_the_background(tiny: DiffusionModel, dtype: Any, paste: bool) -> None:
    composite = scene(dtype)
    result = harmonize(replace(tiny, paste=paste), composite)
    inside = composite.matte == 1
    assert (result.dtype, result.shape) == (composite.image.dtype, composite.image.shape)
    assert np.array_equal(result[~inside], composite.image[~inside])
    assert (result[inside] != composite.image[inside]).mean() > 0.9


def test_the_change_is_fitted_unless_the_model_says_paste(tiny: DiffusionModel) -> None:
    composite = scene()
    _, after = repaint(tiny, composite)
    assert np.array_equal(harmonize(tiny, composite), render(composite, predict(tiny, composite)))
    pasted = harmonize(replace(tiny, paste=True), composite)
    enlarged = cv2.resize(after, (130, 90), interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(pasted[composite.matte == 1], enlarged[composite.matte == 1])


def test_the_image_depends_on_the_seed(tiny: DiffusionModel) -> None:
    before, first = repaint(tiny, scene())
    assert before.shape == first.shape == (48, 64, 3)
    assert np.array_equal(first, repaint(tiny, scene())[1])
    assert not np.array_equal(first, repaint(replace(tiny, seed=1), scene())[1])


def test_the_sides_of_the_small_copy_are_multiples_of_16() -> None:
    image, matte, behind = _pipeline_inputs(scene(np.uint16, (90, 130), background=True), 64)
    assert image.shape == (48, 64, 3) and matte.shape == (48, 64) and behind is not None
    assert image.dtype == np.uint8 and behind.shape == image.shape
    assert _pipeline_inputs(scene(size=(90, 130)), 512)[0].shape == (96, 128, 3)


def test_without_a_gpu_a_pipeline_is_refused(tiny: DiffusionModel) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(DiffusionFailed, match=r"Tiny needs a GPU with about 13 GB of memory.*cpu = true"):
        repaint(replace(tiny, cpu=False, memory=13), scene())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pipeline": "NoSuchPipeline"}, "diffusers has no pipeline NoSuchPipeline"),
        ({"model": "nobody/nothing"}, "nobody/nothing is not on this machine; HARMONY_ALLOW_DOWNLOAD=1"),
    ],
)
def test_the_reason_names_what_is_missing(tiny: DiffusionModel, change: dict[str, Any], message: str) -> None:
    with pytest.raises(DiffusionFailed, match=message):
        repaint(replace(tiny, **change), scene())


def test_a_folder_without_a_pipeline_is_refused(tiny: DiffusionModel, tmp_path: Path) -> None:
    with pytest.raises(DiffusionFailed, match="cannot be loaded"):
        repaint(replace(tiny, model=str(tmp_path)), scene())


def test_no_model_is_downloaded_without_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARMONY_ALLOW_DOWNLOAD", "0")
    missing = [replace(model, model=f"nobody/{model.name}") for model in MODELS]
    assert all("is not on this machine" in str(model.reason) for model in missing)
    monkeypatch.setenv("HARMONY_ALLOW_DOWNLOAD", "1")
    assert all(model.reason is None for model in missing)


def test_the_pipelines_exist_and_share_one_prompt() -> None:
    import diffusers

    assert all(hasattr(diffusers, model.pipeline) for model in MODELS)
    assert {model.prompt for model in MODELS} == {PROMPT}
