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

from model.checkpoint import BadWeights, fit_state, is_stored
from model.composite import Composite, shrunk, to_depth
from model.edit import Edit
from model.fitting import MAX_SIDE as FIT_SIDE
from model.fitting import fit_edit
from model.picture import Pixels, top_level
from model.profiles import from_srgb, is_srgb, to_srgb
from model.render import render

if TYPE_CHECKING:
    from torch import Tensor, nn

    from model.network import HarmonizerNetwork

DEFAULT_WEIGHTS = Path(__file__).resolve().parent / "weights" / "harmonizer.safetensors"


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
        small, icc = shrunk(composite, FIT_SIDE), composite.metadata.icc or b""
        own = to_depth(small.image, np.dtype(np.uint8))
        known = Composite(to_srgb(own, icc), small.matte)
        harmonized = from_srgb(render(known, self._predict(known)), icc)
        return fit_edit(own, harmonized, small.matte).edit

    def _predict(self, composite: Composite) -> Edit:
        import torch

        from model.network import INPUT_SIZE

        small = shrink(composite, INPUT_SIZE)
        with torch.inference_mode():
            curves, shading = self._network(*(torch.from_numpy(array)[None] for array in small))
        return Edit(curves[0].numpy().copy(), shading[0, 0].numpy().copy())


def shrink(composite: Composite, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What the network sees: 3×size×size sRGB in 0-1 and 1×size×size matte in 0-1.

    The whole picture is squeezed into a square, as in training: nothing is cut off, and curves and shading
    are laid over the whole picture again, whatever its shape.
    """
    image: NDArray[Any] = cv2.resize(composite.image, (size, size), interpolation=cv2.INTER_AREA)
    matte: NDArray[Any] = cv2.resize(composite.matte, (size, size), interpolation=cv2.INTER_AREA)
    scaled = image.transpose(2, 0, 1).astype(np.float32) / np.float32(top_level(image.dtype))
    return np.ascontiguousarray(scaled), matte[None].clip(0, 1)


def load_harmonizer(path: str | Path | None = None) -> Harmonizer:
    """The harmonizer with the weights of a .safetensors file; by default those that come with the software.

    Raises BadWeights, see `load_network`.
    """
    return Harmonizer(load_network(DEFAULT_WEIGHTS if path is None else Path(path)))


def load_network(path: Path) -> "HarmonizerNetwork":
    """The network with the weights of a .safetensors file.

    Raises BadWeights where the file is missing, damaged, or made for another network (the keys are named).
    """
    from model.network import HarmonizerNetwork

    network = HarmonizerNetwork()
    fit_state(network, _read_weights(path), path.name)
    return network


def _read_weights(path: Path) -> dict[str, "Tensor"]:
    """Name → float32 tensor."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise BadWeights(f"The weights {path.name} were not found. Train them with `python -m model train`.")
    try:
        return {key: value.float() for key, value in load_file(path).items() if is_stored(key)}
    except (SafetensorError, OSError):
        raise BadWeights(f"{path.name} is not a weights file, or it is damaged.") from None
