"""Run diffusion pipelines as methods: repaint a small copy, then apply its change to the full-size image.

diffusers and transformers take seconds to load, so they are imported when a pipeline first runs. Nothing is
downloaded unless HARMONY_ALLOW_DOWNLOAD=1.
"""

import inspect
import os
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.edit.edit import Edit
from model.edit.render import render
from model.images.arrays import Pixels
from model.images.composite import Composite, to_depth
from model.methods.common.pasting import fit_small, paste

SETTING = "HARMONY_ALLOW_DOWNLOAD"
# Fixed: it is part of the published description of every study that uses it.
PROMPT = (
    "match the pasted object's colour, exposure, white balance and light direction to the scene; "
    "keep identity, shape, texture and background unchanged"
)
MULTIPLE = 16  # pixels; every pipeline accepts sides that are multiples of it
GIB = 2**30

_lock = Lock()  # a pipeline is not thread-safe


class DiffusionFailed(ValueError):
    """Report a pipeline that cannot run here. The message is shown to people as it is."""


@dataclass(frozen=True)
class DiffusionModel:
    """Describe a pipeline and its settings. Equal settings give equal images on one machine.

    model: id on the Hugging Face hub, or a folder. pipeline: its class in diffusers.
    side: longest side, in pixels, of the copy that it repaints. strength: initial share of noise, 0-1.
    memory: GiB that it needs on a GPU. cpu: allow it to run without a GPU.
    paste: blend the enlarged copy, with its blur and generated texture, instead of fitting an edit to it.
    """

    name: str
    title: str
    model: str
    pipeline: str
    licence: str = "see its model card"
    prompt: str = PROMPT
    seed: int = 0
    steps: int = 30
    strength: float = 0.35
    guidance: float = 7.5
    side: int = 512
    memory: float = 0
    cpu: bool = False
    paste: bool = False

    @property
    def reason(self) -> str | None:
        """Return the reason why it cannot run here, found without loading it; None where it can."""
        missing = [package for package in ("diffusers", "transformers") if not find_spec(package)]
        if missing:
            return f"install {' and '.join(missing)} first"
        if self._present or downloads_allowed():
            return None
        return f"{self.model} is not on this machine; {SETTING}=1 lets it be downloaded"

    @property
    def _present(self) -> bool:
        """Return true if the weights are on this machine, in a folder or in the cache of downloads."""
        if Path(self.model).is_dir():
            return True
        if not find_spec("huggingface_hub") or self.model.count("/") != 1:
            return False
        from huggingface_hub import try_to_load_from_cache

        return isinstance(try_to_load_from_cache(self.model, "model_index.json"), str)


MODELS = (
    DiffusionModel(
        "flux2_klein",
        "FLUX.2 klein 4B",
        "black-forest-labs/FLUX.2-klein-4B",
        "Flux2KleinInpaintPipeline",
        "Apache-2.0",
        steps=8,
        strength=0.5,
        guidance=1,
        side=1024,
        memory=13,
    ),
    DiffusionModel(
        "sd_inpaint",
        "Stable Diffusion inpainting",
        "stable-diffusion-v1-5/stable-diffusion-inpainting",
        "StableDiffusionInpaintPipeline",
        "CreativeML OpenRAIL-M",
        memory=4,
    ),
)


def downloads_allowed() -> bool:
    """Return true if the person who runs the software has allowed the download of models."""
    return os.environ.get(SETTING) == "1"


def repaint(model: DiffusionModel, composite: Composite) -> tuple[Pixels, Pixels]:
    """Run the pipeline; return its input and its output, each h×w×3 uint8 with sides of about `side` at most.

    Raises DiffusionFailed.
    """
    if model.reason:
        raise DiffusionFailed(f"{model.title} cannot run here: {model.reason}.")
    import torch

    device = _device(model)
    inputs = _pipeline_inputs(composite, model.side)
    try:
        with _lock:
            after = _run(model, _load(model.model, model.pipeline, device, model.memory), inputs)
    except torch.OutOfMemoryError:
        raise DiffusionFailed(
            f"{model.title} ran out of memory on {device}. It needs a GPU{_memory(model)}; "
            "a smaller side in its settings needs less."
        ) from None
    return inputs[0], after


def predict(model: DiffusionModel, composite: Composite) -> Edit:
    """Fit the edit that explains the pipeline's change to its copy."""
    return fit_small(composite, *repaint(model, composite))


def harmonize(model: DiffusionModel, composite: Composite) -> Pixels:
    """Return the image at the composite's size: by the fitted edit, or with `paste` by the enlarged copy."""
    if not model.paste:
        return render(composite, predict(model, composite))
    _, after = repaint(model, composite)
    height, width = composite.matte.shape
    enlarged = cv2.resize(after, (width, height), interpolation=cv2.INTER_CUBIC)
    return paste(composite, to_depth(enlarged, composite.image.dtype))


def _pipeline_inputs(composite: Composite, side: int) -> tuple[Pixels, Pixels, Pixels | None]:
    """Return image, matte (grey) and background, 8 bits, sides at most `side` and multiples of 16."""
    height, width = composite.matte.shape
    scale = min(1.0, side / max(height, width))
    size = tuple(max(MULTIPLE, round(scale * length / MULTIPLE) * MULTIPLE) for length in (width, height))
    eight = np.dtype(np.uint8)

    def small(pixels: Pixels) -> Pixels:
        interpolation = cv2.INTER_AREA if size[0] < width else cv2.INTER_CUBIC
        return cv2.resize(to_depth(pixels, eight), size, interpolation=interpolation)

    matte = np.rint(255 * composite.matte).astype(np.uint8)
    behind = composite.background
    return small(composite.image), small(matte), None if behind is None else small(behind)


def _device(model: DiffusionModel) -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if model.cpu:
        return "cpu"
    raise DiffusionFailed(
        f"{model.title} needs a GPU{_memory(model)}. Without one it takes minutes to hours; "
        "cpu = true in its settings runs it all the same."
    )


@lru_cache(maxsize=1)
def _load(folder: str, name: str, device: str, memory: float) -> Any:
    """Return the pipeline on its device; if the GPU has less than `memory` GiB free, load it part by part."""
    import diffusers
    import torch

    build = getattr(diffusers, name, None)
    if build is None:
        raise DiffusionFailed(f"diffusers has no pipeline {name}. Please update it.")
    try:
        pipeline = build.from_pretrained(
            folder,
            dtype=torch.bfloat16 if device == "cuda" else torch.float32,
            local_files_only=not downloads_allowed(),
        )
    except (OSError, ValueError) as error:  # diffusers raises these for files that it cannot find or read
        raise DiffusionFailed(f"{folder} cannot be loaded: {str(error).splitlines()[0]}") from None
    pipeline.set_progress_bar_config(disable=True)
    if device == "cuda" and torch.cuda.mem_get_info()[0] < memory * GIB and find_spec("accelerate"):
        pipeline.enable_model_cpu_offload()
    else:
        pipeline.to(device)
    return pipeline


def _run(model: DiffusionModel, pipeline: Any, inputs: tuple[Pixels, Pixels, Pixels | None]) -> Pixels:
    import torch
    from PIL import Image

    image, matte, background = (None if part is None else Image.fromarray(part) for part in inputs)
    assert image is not None
    takes_reference = "image_reference" in inspect.signature(pipeline.__call__).parameters
    reference = {"image_reference": background} if background is not None and takes_reference else {}
    output = pipeline(
        prompt=model.prompt,
        image=image,
        mask_image=matte,
        height=image.height,
        width=image.width,
        strength=model.strength,
        num_inference_steps=model.steps,
        guidance_scale=model.guidance,
        # The CPU generates the same noise on every machine.
        generator=torch.Generator("cpu").manual_seed(model.seed),
        output_type="np",
        **reference,
    )
    picture: NDArray[Any] = np.rint(255 * np.clip(np.nan_to_num(output.images[0]), 0, 1))
    return picture.astype(np.uint8)


def _memory(model: DiffusionModel) -> str:
    return f" with about {model.memory:g} GB of memory" if model.memory else ""
