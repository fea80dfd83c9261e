"""Find an object with the mask decoder of this package, from prompts: a box, clicks, or nothing."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import Matte
from model.images.resize import resize_area
from model.masks.prompts import Area, Click
from model.network.checkpoint import fit_state
from model.network.harmonizer import DEFAULT_WEIGHTS, read_weights
from model.network.mask_prompts import draw_prompts

if TYPE_CHECKING:
    from model.network.mask_decoder import MaskNetwork

DECODER_WEIGHTS = DEFAULT_WEIGHTS.with_name("masks.safetensors")

Image = NDArray[np.uint8]


class PromptedObjects:
    """Run the trunk and the decoder. One object may be shared between threads."""

    def __init__(self, network: "MaskNetwork") -> None:
        self._network = network.eval()

    def __call__(self, image: Image, view: Area, box: Area | None, clicks: Sequence[Click]) -> Matte:
        """Return the probability of the object, H×W float32 in 0-1, zero beyond the view.

        image: H×W×3. view: the part of it that the network reads; box and clicks lie in it.
        """
        import torch

        from model.network.mask_decoder import SIDE

        part = resize_area(np.ascontiguousarray(image[view.part]), (SIDE, SIDE))
        pixels = torch.from_numpy(np.ascontiguousarray(part.transpose(2, 0, 1))).float()[None] / 255
        maps = torch.from_numpy(draw_prompts(_box_in(view, box), _clicks_in(view, clicks)))[None]
        with torch.inference_mode():
            share = self._network(pixels, maps).sigmoid()[0, 0].numpy()
        out: Matte = np.zeros(image.shape[:2], np.float32)
        out[view.part] = cv2.resize(share, (view.width, view.height), interpolation=cv2.INTER_LINEAR)
        return out


def _box_in(view: Area, box: Area | None) -> tuple[float, float, float, float] | None:
    """Return a box as shares of the width and height of a view."""
    if box is None:
        return None
    return (
        (box.left - view.left) / view.width,
        (box.top - view.top) / view.height,
        (box.right - view.left) / view.width,
        (box.bottom - view.top) / view.height,
    )


def _clicks_in(view: Area, clicks: Sequence[Click]) -> list[tuple[float, float, bool]]:
    return [
        ((click.x - view.left) / view.width, (click.y - view.top) / view.height, click.keep)
        for click in clicks
    ]


@cache
def shipped_network() -> PromptedObjects:
    """Return the network with the weights of this package, loaded at the first call. Raises BadWeights.

    The trunk is that of the harmonizer, but for the layers that the decoder's file holds: those of the trunk
    that it was trained on, where the harmonizer's have been trained further since.
    """
    from model.network.mask_decoder import MaskNetwork

    network = MaskNetwork()
    trunk, decoder = read_weights(DEFAULT_WEIGHTS), read_weights(DECODER_WEIGHTS)
    state = {key: value for key, value in trunk.items() if key.startswith("encoder.")}
    state |= {key if key in trunk else f"decoder.{key}": value for key, value in decoder.items()}
    fit_state(network, state, DECODER_WEIGHTS.name)
    return PromptedObjects(network)
