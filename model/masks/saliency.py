"""Find what stands out in a picture with a U²-Net (Qin et al. 2020) in ONNX form, which people install."""

import os
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import BadImage, Matte, Pixels
from model.images.composite import to_depth
from model.images.resize import resize_area
from model.network.checkpoint import BadWeights

SETTING = "HARMONY_SALIENCY"  # the environment variable that holds the path of the file
SIDE = 320  # of the network's input
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class SalientObjects:
    """Run the network. One object may be shared between threads."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises BadWeights where it cannot be used."""
        if not path.is_file():
            raise BadWeights(f"The model {path.name} was not found. Please check the name.")
        self._name, self._lock = path.name, Lock()
        try:
            self._network = cv2.dnn.readNetFromONNX(str(path))
        except cv2.error:
            raise self._unusable() from None

    def __call__(self, image: Pixels) -> Matte:
        """Return how much each pixel stands out, H×W float32 in 0-1. image: H×W×3, 8 or 16 bits."""
        small = resize_area(to_depth(image, np.dtype(np.uint8)), (SIDE, SIDE)).astype(np.float32)
        scaled = (small / max(float(small.max()), 1) - MEAN) / SPREAD
        try:
            with self._lock:
                self._network.setInput(scaled.transpose(2, 0, 1)[None].astype(np.float32))
                output: NDArray[Any] = self._network.forward(self._network.getUnconnectedOutLayersNames()[0])
        except cv2.error:
            raise self._unusable() from None
        if output.ndim != 4 or output.shape[:2] != (1, 1):
            raise self._unusable()
        full = cv2.resize(output[0, 0], image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        return np.asarray(full, np.float32)

    def _unusable(self) -> BadWeights:
        return BadWeights(f"{self._name} is not a model that finds what stands out.")


@cache
def installed_network() -> SalientObjects | None:
    """Return the network in the file that HARMONY_SALIENCY names, None where it is not set."""
    path = os.environ.get(SETTING)
    return SalientObjects(Path(path)) if path else None


def mask_by_saliency(image: Pixels, network: SalientObjects) -> Matte:
    """Return the matte of what stands out most, from the network alone, scaled to 0-1. image: H×W×3.

    Raises BadImage where nothing does.
    """
    shares = network(image)
    if np.ptp(shares) < 1e-6:
        raise BadImage("Nothing stands out in this picture. Please draw a box around the object.")
    return np.asarray((shares - shares.min()) / np.ptp(shares), np.float32)
