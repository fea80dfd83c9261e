"""Predict small, render full: the network sees 256×256 pixels, its edit is applied to all of them.

PyTorch takes a second or more to load, so it is imported where it is used: `import model` stays quick.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.edit.edit import Edit
from model.edit.fit import MAX_SIDE as FIT_SIDE
from model.edit.fit import fit_edit
from model.edit.render import render
from model.images.arrays import Pixels, top_level
from model.images.composite import MIN_SIDE, Composite, to_depth
from model.images.icc import from_srgb, is_srgb, to_srgb
from model.images.row_blocks import bounding_box
from model.network.checkpoint import BadWeights, fit_state, is_stored

if TYPE_CHECKING:
    from torch import Tensor, nn

    from model.network.network import HarmonizerNetwork

TYPICAL_ERROR = 5.0  # levels by which the network would change an object that needs nothing, as a rule
GREY_LIMIT = 2.0  # levels between the channels of a black-and-white picture, which should remain one
SMALL_OBJECT = 0.003  # share of the picture; a smaller object is looked at from nearer
CROP_FACTOR = 4  # and then fills a quarter of what is seen
DEFAULT_WEIGHTS = Path(__file__).resolve().parent.parent / "weights" / "harmonizer.safetensors"


@dataclass(frozen=True, eq=False)
class Result:
    """image: like the composite's, H×W×3 of its dtype. edit: what was applied. seconds: how long it took."""

    image: Pixels
    edit: Edit
    seconds: float


class Harmonizer:
    """A trained network behind one call. Holds nothing but the network: safe to share between threads.

    network: B×3×256×256 sRGB in 0-1 and B×1×256×256 matte in 0-1 → curves B×3×N and log-gain B×1×g×g.
    """

    def __init__(self, network: "nn.Module") -> None:
        self._network = network.eval()

    def __call__(self, composite: Composite) -> Result:
        """Predict an edit and apply it at the composite's own size."""
        began = time.perf_counter()
        edit = self.predict(composite)
        return Result(render(composite, edit), edit, time.perf_counter() - began)

    def predict(self, composite: Composite) -> Edit:
        """The network's edit for this composite; the same at any size of the picture.

        The edit acts on the picture's own encoding. Where its profile is not sRGB, the network sees an sRGB
        copy, and the answer is the edit that does to the picture what the network's does to that copy.
        """
        if is_srgb(composite.metadata.icc):
            return self._predict(composite)
        small, icc = composite.resize_to_fit(FIT_SIDE), composite.metadata.icc or b""
        own = to_depth(small.image, np.dtype(np.uint8))
        known = Composite(to_srgb(own, icc), small.matte)
        harmonized = from_srgb(render(known, self._predict(known)), icc)
        return fit_edit(own, harmonized, small.matte).edit

    def _predict(self, composite: Composite) -> Edit:
        import torch

        from model.network.network import INPUT_SIZE, apply_curves, apply_shading

        seen = network_input(composite, INPUT_SIZE)
        near = seen[1].mean() < SMALL_OBJECT
        if near:
            seen = network_input(crop_around_object(composite), INPUT_SIZE)
        image, matte = (torch.from_numpy(array)[None] for array in seen)
        with torch.inference_mode():
            curves, shading = self._network(image, matte)
            change = 255 * (apply_shading(apply_curves(image, curves), shading) - image)
            power = float((change.square() * matte).sum() / (3 * matte.sum()).clamp(min=1e-6))
        if 255 * float((image.amax(1) - image.amin(1)).mean()) < GREY_LIMIT:
            curves = curves.mean(1, keepdim=True).expand(-1, 3, -1)
        edit = Edit(curves[0].numpy().copy(), shading[0, 0].numpy().copy())
        trust = edit_confidence(power)
        # From near, the map is not that of the whole picture, over which it would be laid.
        return edit.blend(curves=trust, shading=0 if near else trust)


def edit_confidence(power: float) -> float:
    """The share of an edit to believe, 0-1, when it would change the object by `power` levels² on average.

    Wiener's rule, signal / (signal + noise): where the network asks for no more than it is commonly wrong by,
    the object may well be in harmony already; where it asks for much, nearly all is done.
    """
    return power / (power + TYPICAL_ERROR**2)


def network_input(composite: Composite, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What the network sees: 3×size×size sRGB in 0-1 and 1×size×size matte in 0-1.

    The picture is squeezed into a square, as in training: nothing is cut off, and curves and shading
    are laid over the whole picture again, whatever its shape.
    """
    image: NDArray[Any] = cv2.resize(composite.image, (size, size), interpolation=cv2.INTER_AREA)
    matte: NDArray[Any] = cv2.resize(composite.matte, (size, size), interpolation=cv2.INTER_AREA)
    scaled = image.transpose(2, 0, 1).astype(np.float32) / np.float32(top_level(image.dtype))
    return np.ascontiguousarray(scaled), matte[None].clip(0, 1)


def crop_around_object(composite: Composite) -> Composite:
    """The square in which the object takes a quarter of the side, as far as the picture goes."""
    box = bounding_box(composite.matte)
    side = max(CROP_FACTOR * max(extent.stop - extent.start for extent in box), MIN_SIDE)

    def about(extent: slice, whole: int) -> slice:
        first = max(0, min((extent.start + extent.stop - side) // 2, whole - side))
        return slice(first, first + side)

    part = tuple(about(*each) for each in zip(box, composite.matte.shape, strict=True))
    return Composite(composite.image[part], composite.matte[part])


def load_harmonizer(path: str | Path | None = None) -> Harmonizer:
    """The harmonizer with the weights of a .safetensors file; by default those that come with the software.

    Raises BadWeights, see `load_network`.
    """
    return Harmonizer(load_network(DEFAULT_WEIGHTS if path is None else Path(path)))


def load_network(path: Path) -> "HarmonizerNetwork":
    """The network with the weights of a .safetensors file.

    Raises BadWeights where the file is missing, damaged, or made for another network (the keys are named).
    """
    from model.network.network import HarmonizerNetwork

    network = HarmonizerNetwork()
    fit_state(network, _read_weights(path), path.name)
    return network


def check_weights(path: Path) -> None:
    """Whether a .safetensors file is there and whole, as quickly as can be told. Raises BadWeights."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(_existing(path), "numpy"):
            pass
    except (SafetensorError, OSError):
        raise _damaged(path) from None


def _read_weights(path: Path) -> dict[str, "Tensor"]:
    """Name → float32 tensor."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return {key: value.float() for key, value in load_file(_existing(path)).items() if is_stored(key)}
    except (SafetensorError, OSError):
        raise _damaged(path) from None


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise BadWeights(f"The weights {path.name} were not found. Train them with `python -m model train`.")
    return path


def _damaged(path: Path) -> BadWeights:
    return BadWeights(f"{path.name} is not a weights file, or it is damaged.")
