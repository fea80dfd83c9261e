"""Load photographs with mattes at the network's input size, keep them in memory, and draw batches of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from model.network.network import INPUT_SIZE
from model.training.composites.bad_data import BadData
from model.training.composites.color import to_floats
from model.training.composites.kmeans_regions import find_regions
from model.training.composites.nearest_neighbours import draw_similar, find_neighbours, mean_colours
from model.training.composites.packed import Packed, read_packed

Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""A photograph and its matte."""

LARGEST = 0.85  # greatest share of the image covered by an object
INVERTED_SHARE = 0.15


@dataclass(frozen=True)
class Scenes:
    """Hold a batch of photographs, and for each another photograph with a similar object; all in 0-1."""

    photo: Tensor  # B×3×256×256
    matte: Tensor  # B×1×256×256
    neighbour: Tensor  # B×3×256×256
    neighbour_matte: Tensor  # B×1×256×256

    def pick(self, index: Tensor) -> "Scenes":
        """Return the scenes of the given indices."""
        parts = (self.photo, self.matte, self.neighbour, self.neighbour_matte)
        return Scenes(*(part[index] for part in parts))


@dataclass(frozen=True)
class Photographs:
    """Hold photographs on the training device.

    images, mattes: N×3×256×256 and N×1×256×256, uint8. neighbours: N×k indices of similar objects.
    regions: N×256×256 uint8, the region of each pixel; regions replace half of the objects. None: no regions.
    """

    images: Tensor
    mattes: Tensor
    neighbours: Tensor
    regions: Tensor | None = None

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def colours(self) -> Tensor:
        """Return the mean colour of each object, N×3 in 0-1."""
        return mean_colours(self.images, self.mattes)

    def batch(self, size: int, rng: torch.Generator) -> Scenes:
        """Draw a batch, flipped and cropped at random; the neighbours are neither flipped nor cropped."""
        chosen = torch.randint(0, len(self), (size,), generator=rng, device=rng.device)
        photos, mattes = (to_floats(part[chosen]) for part in (self.images, self.mattes))
        if self.regions is not None:
            mattes = replace_by_regions(mattes, self.regions[chosen], rng)
        similar = draw_similar(self.neighbours[chosen], photos, mattes, self.colours, rng)
        neighbour_mattes = to_floats(self.mattes[similar])
        if self.regions is not None:
            mattes, neighbour_mattes = invert_some(mattes, neighbour_mattes, rng)
        return Scenes(
            *random_crop(photos, mattes, rng),
            to_floats(self.images[similar]),
            neighbour_mattes,
        )


def replace_by_regions(mattes: Tensor, regions: Tensor, rng: torch.Generator) -> Tensor:
    """Replace half of the mattes, B×1×H×W in 0-1, by a random region of the image, B×H×W."""
    size, counts = len(mattes), regions.flatten(1).amax(1)
    which = 1 + (torch.rand(size, generator=rng, device=rng.device) * counts).long()
    chosen = (torch.rand(size, generator=rng, device=rng.device) < 0.5) & (counts > 0)
    region = (regions == which[:, None, None]).float()[:, None]
    return torch.where(chosen[:, None, None, None], region, mattes)


def invert_some(mattes: Tensor, neighbours: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Exchange object and background in some mattes, and in those of the neighbours, up to the size LARGEST.

    The masks of the photographs cover less than two thirds of the image; users also paste larger objects.
    """
    chosen = torch.rand(len(mattes), generator=rng, device=rng.device) < INVERTED_SHARE
    chosen &= mattes.mean((1, 2, 3)) > 1 - LARGEST
    inverted = chosen[:, None, None, None]
    return torch.where(inverted, 1 - mattes, mattes), torch.where(inverted, 1 - neighbours, neighbours)


def random_crop(image: Tensor, matte: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Flip at random and crop to a window of 0.6 to 1 of each side, resized to the input size.

    The whole image is used instead of a window without the object or with nearly no background.
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


def read_pair(image: Path, mask: Path, side: int) -> Pair:
    """Read a photograph, side×side×3 sRGB, and its mask, side×side; uint8. Raises BadData."""
    picture, matte = cv2.imread(str(image), cv2.IMREAD_COLOR), cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
    if picture is None or matte is None:
        raise BadData(f"{image.name} or its mask cannot be read.")
    picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    small = [cv2.resize(x, (side, side), interpolation=cv2.INTER_AREA) for x in (picture, matte)]
    return small[0].astype(np.uint8), small[1].astype(np.uint8)


def find_pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Return the images of `folder/images` and the masks of equal stem in `folder/masks`, sorted by name.

    Folders of composites have `composite` and `mask` instead. Raises BadData if there are none.
    """
    masks = {path.stem: path for name in ("masks", "mask") for path in (folder / name).glob("*")}
    images = sorted(
        path for name in ("images", "composite") for path in (folder / name).glob("*") if path.stem in masks
    )
    if not images:
        raise BadData(f"{folder.name} needs images/ and masks/ with equal file names.")
    return [(path, masks[path.stem]) for path in images]


def with_regions(photographs: Photographs) -> Photographs:
    """Return the same photographs, in whose batches regions of the image replace half of the objects."""
    return replace(photographs, regions=find_regions(photographs.images))


def load_photographs(sources: list[Path], device: torch.device) -> Photographs:
    """Read every image of folders and packed files, and resize it to the input size. Raises BadData.

    The similar objects that a packed file names are used where it is the only source.
    """
    packs = {source: read_packed(source) for source in sources if not source.is_dir()}
    readers = [reader for source in sources for reader in _readers(source, packs)]
    with ThreadPoolExecutor() as pool:
        small = list(pool.map(lambda reader: reader(), readers))
    images = torch.from_numpy(np.stack([s[0] for s in small])).permute(0, 3, 1, 2).contiguous()
    mattes = torch.from_numpy(np.stack([s[1] for s in small]))[:, None].contiguous()
    images, mattes = images.to(device), mattes.to(device)
    if len(sources) == 1 and packs:
        known = torch.from_numpy(packs[sources[0]].neighbours).long().to(device)
        return Photographs(images, mattes, known)
    return Photographs(images, mattes, find_neighbours(images, mattes))


def _readers(source: Path, packs: dict[Path, Packed]) -> list[Callable[[], Pair]]:
    """Return a function for each photograph of a source, which reads it and its matte."""
    if source in packs:
        return [partial(packs[source].decode, i, INPUT_SIZE) for i in range(len(packs[source]))]
    return [partial(read_pair, image, mask, INPUT_SIZE) for image, mask in find_pairs(source)]
