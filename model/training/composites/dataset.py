"""Photographs with mattes, held in memory at the network's input size."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from model.network.network import INPUT_SIZE
from model.training.composites.kmeans_regions import find_segments
from model.training.composites.nearest_neighbours import find_relatives

LARGEST = 0.85  # share of the picture that an object takes
INVERTED_SHARE = 0.15


class BadData(ValueError):
    """A training folder that cannot be used; the message says what is expected."""


@dataclass(frozen=True)
class Scenes:
    """A batch of photographs, and for each another one whose object looks alike; all in 0-1."""

    photo: Tensor  # B×3×256×256
    matte: Tensor  # B×1×256×256
    relative: Tensor
    relative_matte: Tensor

    def pick(self, index: Tensor) -> "Scenes":
        """Some of them."""
        parts = (self.photo, self.matte, self.relative, self.relative_matte)
        return Scenes(*(part[index] for part in parts))


@dataclass(frozen=True)
class Photographs:
    """N×3×256×256 and N×1×256×256, uint8, and the relatives of each, N×k; on the device that trains.

    segments: parts of the photographs that stand in for half of the objects, N×256×256 uint8.
    """

    images: Tensor
    mattes: Tensor
    relatives: Tensor
    segments: Tensor | None = None

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, size: int, rng: torch.Generator) -> Scenes:
        """A random batch, flipped and cropped at random; the relatives are as they are."""
        chosen = torch.randint(0, len(self), (size,), generator=rng, device=rng.device)
        which = torch.randint(0, self.relatives.shape[1], (size,), generator=rng, device=rng.device)
        relatives = self.relatives[chosen, which]
        mattes, relative_mattes = (self.mattes[index].float() / 255 for index in (chosen, relatives))
        if self.segments is not None:
            mattes = some_segments(mattes, self.segments[chosen], rng)
            mattes, relative_mattes = some_inverted(mattes, relative_mattes, rng)
        return Scenes(
            *crop(self.images[chosen].float() / 255, mattes, rng),
            self.images[relatives].float() / 255,
            relative_mattes,
        )


def some_segments(mattes: Tensor, segments: Tensor, rng: torch.Generator) -> Tensor:
    """A random segment of the picture in place of every second matte: B×1×H×W in 0-1, B×H×W."""
    size, counts = len(mattes), segments.flatten(1).amax(1)
    which = 1 + (torch.rand(size, generator=rng, device=rng.device) * counts).long()
    chosen = (torch.rand(size, generator=rng, device=rng.device) < 0.5) & (counts > 0)
    segment = (segments == which[:, None, None]).float()[:, None]
    return torch.where(chosen[:, None, None, None], segment, mattes)


def some_inverted(mattes: Tensor, relatives: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Put the surroundings in place of some objects, of both alike, where they are no larger than LARGEST.

    Masks of photographs end at less than two thirds of the picture; people also paste all of it but the sky.
    """
    chosen = torch.rand(len(mattes), generator=rng, device=rng.device) < INVERTED_SHARE
    chosen &= mattes.mean((1, 2, 3)) > 1 - LARGEST
    inverted = chosen[:, None, None, None]
    return torch.where(inverted, 1 - mattes, mattes), torch.where(inverted, 1 - relatives, relatives)


def crop(image: Tensor, matte: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Flip and zoom into a random window of 0.6 to 1 of each side.

    A window that loses the object, or nearly all of the surroundings, is not used: the whole picture is.
    """
    count = len(image)
    scale = torch.rand(count, 2, generator=rng, device=rng.device) * 0.4 + 0.6
    shift = (torch.rand(count, 2, generator=rng, device=rng.device) * 2 - 1) * (1 - scale)
    mirror = (torch.rand(count, generator=rng, device=rng.device) < 0.5).float() * 2 - 1
    whole = torch.rand(count, generator=rng, device=rng.device) < 0.4
    scale, shift = torch.where(whole[:, None], 1.0, scale), torch.where(whole[:, None], 0.0, shift)
    area = _window(matte, scale, shift, mirror).mean((1, 2, 3))
    bad = (area < 0.01) | (area > LARGEST)
    scale, shift = torch.where(bad[:, None], 1.0, scale), torch.where(bad[:, None], 0.0, shift)
    return _window(image, scale, shift, mirror), _window(matte, scale, shift, mirror)


def _window(image: Tensor, scale: Tensor, shift: Tensor, mirror: Tensor) -> Tensor:
    theta = torch.zeros(len(image), 2, 3, device=image.device)
    theta[:, 0, 0], theta[:, 1, 1] = scale[:, 0] * mirror, scale[:, 1]
    theta[:, :, 2] = shift
    grid = F.affine_grid(theta, list(image.shape), align_corners=False)
    return F.grid_sample(image, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _read(image: Path, mask: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    picture, matte = cv2.imread(str(image), cv2.IMREAD_COLOR), cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
    if picture is None or matte is None:
        raise BadData(f"{image.name} or its mask cannot be read.")
    size = (INPUT_SIZE, INPUT_SIZE)
    picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    small = [cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in (picture, matte)]
    return small[0].astype(np.uint8), small[1].astype(np.uint8)


def find_pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Pictures of `folder/images` with the mask of the same stem in `folder/masks`, sorted by name.

    Folders of composites have `composite` and `mask` instead.
    """
    masks = {path.stem: path for name in ("masks", "mask") for path in (folder / name).glob("*")}
    images = sorted(
        path for name in ("images", "composite") for path in (folder / name).glob("*") if path.stem in masks
    )
    if not images:
        raise BadData(f"{folder.name} needs images/ and masks/ with equal file names.")
    return [(path, masks[path.stem]) for path in images]


def with_segments(photographs: Photographs) -> Photographs:
    """The same photographs, half of whose objects will be parts of the picture."""
    return replace(photographs, segments=find_segments(photographs.images))


def load_photographs(folders: list[Path], device: torch.device) -> Photographs:
    """Read and shrink every picture of the folders once. Raises BadData."""
    pairs = [pair for folder in folders for pair in find_pairs(folder)]
    with ThreadPoolExecutor() as pool:
        small = list(pool.map(lambda pair: _read(*pair), pairs))
    images = torch.from_numpy(np.stack([s[0] for s in small])).permute(0, 3, 1, 2).contiguous()
    mattes = torch.from_numpy(np.stack([s[1] for s in small]))[:, None].contiguous()
    images, mattes = images.to(device), mattes.to(device)
    return Photographs(images, mattes, find_relatives(images, mattes))
