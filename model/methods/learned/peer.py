"""Find and load the weights of learned peers, and prepare their inputs."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import Matte, Pixels, top_level
from model.images.composite import Composite
from model.network.checkpoint import fit_state, read_checkpoint

if TYPE_CHECKING:
    from torch import nn

SETTING = "HARMONY_WEIGHTS"
DEFAULT_FOLDER = Path("weights/peers")

Network = TypeVar("Network", bound="nn.Module")


@dataclass(frozen=True)
class Peer:
    """Describe a published network, whose weights are not included: the user gets them from its authors.
    file: name of the weights file in the weights folder.
    harmonize: weights file and composite → H×W×3 image of the composite's dtype.
    """

    name: str
    title: str
    file: str
    licence: str
    url: str
    harmonize: Callable[[Path, Composite], Pixels]

    def reason(self, folder: Path) -> str | None:
        """Return the instruction to get a missing weights file; None where it is in the folder."""
        if (folder / self.file).is_file():
            return None
        return f"put {self.file} from {self.url} into {folder}"


def weights_folder() -> Path:
    """Return the folder of the peers' weights: HARMONY_WEIGHTS, else weights/peers."""
    return Path(os.environ.get(SETTING) or DEFAULT_FOLDER)


def load_peer(build: Callable[[], Network], path: Path, unused: tuple[str, ...] = ()) -> Network:
    """Return the network with the weights of a file, cached until the file changes. Raises BadWeights."""
    network: Network = _load(build, path, unused, _stamp(path))
    return network


def _stamp(path: Path) -> tuple[int, int]:
    """Return modification time and size; zeros for a missing file, which is reported when it is read."""
    status = path.stat() if path.is_file() else None
    return (status.st_mtime_ns, status.st_size) if status else (0, 0)


@lru_cache(maxsize=2)  # the largest takes 375 MB
def _load(build: Callable[[], Any], path: Path, unused: tuple[str, ...], _: tuple[int, int]) -> Any:
    import torch

    state = read_checkpoint(path)
    with torch.device("meta"):  # saves the initialization of weights that the file replaces
        network = build()
    network.to_empty(device="cpu")
    fit_state(network, state, path.name, unused)
    return network.eval()


def square(image: Pixels, size: int, interpolation: int = cv2.INTER_LINEAR) -> NDArray[np.float32]:
    """Resize the whole image to a square: H×W×3 → 1×3×size×size, sRGB in 0-1."""
    small = cv2.resize(image, (size, size), interpolation=interpolation)
    scaled = small.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(top_level(image.dtype))
    return np.ascontiguousarray(scaled)


def square_matte(matte: Matte, size: int, interpolation: int = cv2.INTER_LINEAR) -> NDArray[np.float32]:
    """Resize the whole matte to a square: H×W → 1×1×size×size in 0-1."""
    small: NDArray[Any] = cv2.resize(matte, (size, size), interpolation=interpolation)
    return small.clip(0, 1)[None, None]


def antialiased(image: Pixels, size: int) -> int:
    """Return the interpolation that avoids aliasing in reduction and visible blocks in enlargement."""
    return cv2.INTER_AREA if min(image.shape[:2]) > size else cv2.INTER_LINEAR
