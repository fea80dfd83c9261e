"""Predict an edit from a copy of 256×256 pixels, and apply it at the composite's own size.

PyTorch takes a second or more to load, so functions import it when they need it: `import model` stays quick.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.edit.edit import Edit
from model.edit.fit import MAX_SIDE as FIT_SIDE
from model.edit.fit import fit_edit
from model.edit.render import render
from model.images.arrays import Pixels, top_level
from model.images.composite import MIN_SIDE, Composite, to_depth
from model.images.icc import from_srgb, is_srgb, to_srgb
from model.images.resize import resize_area
from model.images.row_blocks import bounding_box
from model.network.checkpoint import BadWeights, fit_state, is_stored

if TYPE_CHECKING:
    from torch import Tensor, nn

    from model.network.network import HarmonizerNetwork

TYPICAL_ERROR = 5.0  # levels by which the network typically changes an object that needs no change
GREY_LIMIT = 2.0  # levels between the channels of a black-and-white picture, which stays black and white
SMALL_OBJECT = 0.003  # share of the picture; a smaller object is predicted from a crop
HALVED_FROM = 8  # times the size of the network's input
CROP_FACTOR = 4  # side of that crop, as a multiple of the object's longer side
DEFAULT_WEIGHTS = Path(__file__).resolve().parent.parent / "weights" / "harmonizer.safetensors"


@dataclass(frozen=True, eq=False)
class Result:
    """Hold a harmonized picture, H×W×3 of the composite's dtype, the edit applied, and the seconds taken."""

    image: Pixels
    edit: Edit
    seconds: float


class Harmonizer:
    """Harmonize composites with a trained network. One object may be shared between threads.

    network: B×3×256×256 sRGB in 0-1 and B×1×256×256 matte in 0-1 → curves B×3×N, a colour matrix B×3×4 and
    log-gain B×1×g×g.
    """

    def __init__(self, network: "nn.Module") -> None:
        self._network = network.eval()

    def __call__(self, composite: Composite) -> Result:
        """Predict an edit and apply it at the composite's own size."""
        began = time.perf_counter()
        edit = self.predict(composite)
        return Result(render(composite, edit), edit, time.perf_counter() - began)

    def predict(self, composite: Composite) -> Edit:
        """Return the network's edit for this composite; it is valid at any size of the picture.

        The edit applies to the picture's own encoding. Where its profile is not sRGB, the network gets an
        sRGB copy, and the edit is fitted to the change that the network's edit makes to that copy.
        """
        if is_srgb(composite.metadata.icc):
            return self._predict(composite)
        small, icc = composite.resize_to_fit(FIT_SIDE), composite.metadata.icc or b""
        own = to_depth(small.image, np.dtype(np.uint8))
        converted = Composite(to_srgb(own, icc), small.matte)
        harmonized = from_srgb(render(converted, self._predict(converted)), icc)
        return fit_edit(own, harmonized, small.matte).edit

    def _predict(self, composite: Composite) -> Edit:
        import torch

        from model.network.network import INPUT_SIZE
        from model.network.render_torch import apply_shading, apply_tones

        arrays = network_input(composite, INPUT_SIZE)
        is_small = arrays[1].mean() < SMALL_OBJECT
        if is_small:
            arrays = network_input(crop_around_object(composite), INPUT_SIZE)
        image, matte = (torch.from_numpy(array)[None] for array in arrays)
        with torch.inference_mode():
            curves, matrix, shading = self._network(image, matte)
            toned = apply_tones(image, curves, matrix)
            change = 255 * (apply_shading(toned, shading) - image)
            power = float((change.square() * matte).sum() / (3 * matte.sum()).clamp(min=1e-6))
        if 255 * float((image.amax(1) - image.amin(1)).mean()) < GREY_LIMIT:
            curves, matrix = curves.mean(1, keepdim=True).expand(-1, 3, -1), matrix_of_greys(matrix)
        edit = Edit(*(part.numpy().copy() for part in (curves[0], shading[0, 0], matrix[0])))
        confidence = edit_confidence(power)
        # The shading map of a crop does not fit the whole picture, to which an edit applies.
        return edit.blend(curves=confidence, shading=0 if is_small else confidence)


def matrix_of_greys(matrix: "Tensor") -> "Tensor":
    """Return the colour matrix, B×3×4, that changes each channel alone, by the mean change of greys.

    Rows that mix channels would give results that differ by rounding, also where the channels are equal.
    """
    import torch

    mean = matrix.mean(1)
    gain = mean[:, :3].sum(1)[:, None, None] * torch.eye(3)
    return torch.cat([gain, mean[:, None, 3:].expand(-1, 3, -1)], 2)


def edit_confidence(power: float) -> float:
    """Return the strength, 0-1, of an edit that changes the object by `power` levels² on average.

    The Wiener filter, signal / (signal + noise): a predicted change no larger than the typical error may well
    be noise and is reduced; a large change is applied almost in full.
    """
    return power / (power + TYPICAL_ERROR**2)


def network_input(composite: Composite, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the network's input: 3×size×size sRGB in 0-1 and 1×size×size matte in 0-1, float32.

    The whole picture is squeezed into a square, as in training, and curves and shading apply to the whole
    picture again, whatever its aspect ratio.
    """
    image, matte = (_squeezed(array, size) for array in (composite.image, composite.matte))
    scaled = image.transpose(2, 0, 1).astype(np.float32) / np.float32(top_level(image.dtype))
    return np.ascontiguousarray(scaled), matte[None].clip(0, 1)


def _squeezed(array: Pixels, size: int) -> Pixels:
    """Return H×W or H×W×C values at size×size, by averages over areas.

    Large pictures are halved first, which takes less than half the time; values change by 0.2 of 255 levels
    on average.
    """
    height, width = array.shape[:2]
    if min(height, width) >= HALVED_FROM * size and height % 2 == width % 2 == 0:
        array = resize_area(array, (height // 2, width // 2))
    return resize_area(array, (size, size))


def crop_around_object(composite: Composite) -> Composite:
    """Return a square crop, four times as long as the object, cut at the borders of the picture."""
    box = bounding_box(composite.matte)
    side = max(CROP_FACTOR * max(extent.stop - extent.start for extent in box), MIN_SIDE)

    def about(extent: slice, whole: int) -> slice:
        first = max(0, min((extent.start + extent.stop - side) // 2, whole - side))
        return slice(first, first + side)

    part = tuple(about(*each) for each in zip(box, composite.matte.shape, strict=True))
    return Composite(composite.image[part], composite.matte[part])


def load_harmonizer(path: str | Path | None = None) -> Harmonizer:
    """Load the harmonizer with the weights of a .safetensors file, by default those of this package.

    Raises BadWeights, see `load_network`.
    """
    return Harmonizer(load_network(DEFAULT_WEIGHTS if path is None else Path(path)))


def load_network(path: Path) -> "HarmonizerNetwork":
    """Load the network with the weights of a .safetensors file.

    Raises BadWeights where the file is missing, damaged, or of another network (the message names the keys).
    """
    from model.network.network import HarmonizerNetwork

    network, weights = HarmonizerNetwork(), read_weights(path)
    content = [key for key in network.state_dict() if key.startswith("content.")]
    # Earlier weights have no content head; without weights, its share is zero.
    fit_state(network, weights, path.name, () if weights.keys() & set(content) else content)
    return network


def check_weights(path: Path) -> None:
    """Check that a .safetensors file exists and is complete, without loading it. Raises BadWeights."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(_existing(path), "numpy"):
            pass
    except (SafetensorError, OSError):
        raise _damaged(path) from None


def read_weights(path: Path) -> dict[str, "Tensor"]:
    """Read the tensors of a file: name → float32. Raises BadWeights."""
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
