"""Keep the frozen trunk's features of examples on the disk, in half precision: each is computed once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.network.efficientnet import Encoder
from model.network.mask_decoder import FEATURES, SIDE
from model.network.mask_prompts import PROMPT_SIDE
from model.training.masks.samples import Example, Pool, make_example

BATCH = 8
SHAPES = {f"features{i}": (channels, SIDE // 4 >> i, SIDE // 4 >> i) for i, channels in enumerate(FEATURES)}


@dataclass(frozen=True)
class Examples:
    """Hold what the decoder is trained on. Pictures and masks are at half the size of the trunk's input.

    features: of the trunk, N×C×h×h float16 each. images: N×3×PROMPT_SIDE×PROMPT_SIDE uint8. masks:
    N×PROMPT_SIDE×PROMPT_SIDE uint8, 255 on the object. main: N, of the main object of the picture.
    """

    features: tuple[NDArray[np.float16], ...]
    images: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    main: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.main)


def cache_examples(pool: Pool, count: int, encoder: Encoder, folder: Path, seed: int) -> Examples:
    """Make examples of photographs drawn from a pool, each once before any again, and store them."""
    folder.mkdir(parents=True, exist_ok=True)
    small = (PROMPT_SIDE, PROMPT_SIDE)
    features = tuple(_array(folder / name, (count, *shape), np.float16) for name, shape in SHAPES.items())
    images = _array(folder / "images", (count, 3, *small), np.uint8)
    masks = _array(folder / "masks", (count, *small), np.uint8)
    main = _array(folder / "main", (count,), np.bool_)
    drawn = _drawn(pool, np.random.default_rng(seed))
    for start in range(0, count, BATCH):
        batch = [next(drawn) for _ in range(min(BATCH, count - start))]
        rows = slice(start, start + len(batch))
        for stored, values in zip(features, _features(encoder, batch), strict=True):
            stored[rows] = values.numpy()
        shrunk = [cv2.resize(one.image, small, interpolation=cv2.INTER_AREA) for one in batch]
        images[rows] = np.stack(shrunk).transpose(0, 3, 1, 2)
        masks[rows] = [
            np.rint(255 * cv2.resize(one.mask, small, interpolation=cv2.INTER_AREA)) for one in batch
        ]
        main[rows] = [one.main for one in batch]
        if start % (50 * BATCH) == 0:
            print(f"{start} of {count} examples", flush=True)
    return Examples(features, images, masks, main)


def load_examples(folder: Path) -> Examples:
    """Open stored examples without reading them."""
    opened = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in (*SHAPES, "images", "masks", "main")
    }
    return Examples(tuple(opened[name] for name in SHAPES), opened["images"], opened["masks"], opened["main"])


def _array(path: Path, shape: tuple[int, ...], kind: type) -> NDArray[Any]:
    return np.lib.format.open_memmap(path.with_suffix(".npy"), "w+", np.dtype(kind), shape)


def _drawn(pool: Pool, random: np.random.Generator) -> Iterator[Example]:
    while True:
        for chosen in random.permutation(len(pool.objects)):
            example = make_example(pool, pool.objects[chosen], random)
            if example is not None:
                yield example


def _features(encoder: Encoder, batch: list[Example]) -> list[Tensor]:
    stacked = np.stack([one.image.transpose(2, 0, 1) for one in batch])
    image = torch.from_numpy(stacked).float().div(255).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        return [feature.half() for feature in encoder(image)]
