"""Hold small views of photographs with their content, which is computed once by the frozen trunk."""

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from model.network.content import CONTENT, principal_components
from model.network.features import PATCHES, pool_to_view
from model.network.network import HarmonizerNetwork
from model.training.composites.bad_data import BadData
from model.training.composites.color import to_bytes, to_floats
from model.training.composites.dataset import (
    Photographs,
    Scenes,
    invert_some,
    random_crop,
    replace_by_regions,
)
from model.training.composites.nearest_neighbours import draw_similar, mean_colours
from model.training.feature_cache import content_of, grey_features

VIEWS = 6  # of each photograph: the whole with its object, and windows with an object or a region
CHUNK = 32
SAMPLES = 1500  # photographs that the principal components are computed from


@dataclass(frozen=True)
class Views:
    """Hold views of photographs. View i shows photograph i mod P of P.

    images, mattes: N×3×VIEW×VIEW and N×1×VIEW×VIEW, uint8. content: N×PATCHES²×CONTENT, float16.
    neighbours: P×k indices of photographs with similar objects.
    """

    images: Tensor
    mattes: Tensor
    content: Tensor
    neighbours: Tensor

    @cached_property
    def colours(self) -> Tensor:
        """Return the mean colour of each object, N×3 in 0-1."""
        return mean_colours(self.images, self.mattes)

    def batch(self, size: int, rng: torch.Generator) -> tuple[Tensor, Scenes]:
        """Draw the content, B×PATCHES²×CONTENT, and the scenes of views, half of them mirrored."""
        chosen = torch.randint(0, len(self.images), (size,), generator=rng, device=rng.device)
        mirrored = torch.rand(size, generator=rng, device=rng.device) < 0.5
        cells = self.content[chosen].float().view(size, PATCHES, PATCHES, CONTENT)
        image, matte = (to_floats(part[chosen]) for part in (self.images, self.mattes))
        neighbours = self.neighbours[chosen % len(self.neighbours)]
        similar = draw_similar(neighbours, image, matte, self.colours, rng)
        content = torch.where(mirrored[:, None, None, None], cells.flip(2), cells)
        scenes = Scenes(
            *(torch.where(mirrored[:, None, None, None], part.flip(3), part) for part in (image, matte)),
            *(to_floats(part[similar]) for part in (self.images, self.mattes)),
        )
        return content.view(size, PATCHES**2, CONTENT), scenes


@torch.no_grad()
def make_views(photographs: Photographs, network: HarmonizerNetwork, rng: torch.Generator) -> Views:
    """Make VIEWS views of each photograph; an untrained content head first gets its principal components."""
    everything = torch.arange(len(photographs), device=photographs.images.device)
    if not network.content.projection.any():
        sample = everything[:: max(1, len(everything) // SAMPLES)]
        late = [grey_features(network, *whole_view(photographs, some)) for some in torch.split(sample, CHUNK)]
        centre, projection = principal_components(torch.cat(late).flatten(0, 1))
        network.content.centre.copy_(centre)
        network.content.projection.copy_(projection)
    parts = []
    for number in range(VIEWS):
        for some in torch.split(everything, CHUNK):
            view = window_view(photographs, some, rng) if number else whole_view(photographs, some)
            content = content_of(network, *view).half()
            parts.append((*(to_bytes(pool_to_view(part)) for part in view), content))
    images, mattes, contents = (torch.cat(column) for column in zip(*parts, strict=True))
    return Views(images, mattes, contents, photographs.neighbours)


def whole_view(photographs: Photographs, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Return photographs and their mattes, in 0-1."""
    return to_floats(photographs.images[chosen]), to_floats(photographs.mattes[chosen])


def window_view(photographs: Photographs, chosen: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return windows of photographs, with the object, a region, or all but the object; in 0-1."""
    image, matte = whole_view(photographs, chosen)
    if photographs.regions is not None:
        matte = replace_by_regions(matte, photographs.regions[chosen], rng)
        matte, _ = invert_some(matte, matte, rng)
    return random_crop(image, matte, rng)


def write_views(views: Views, file: Path) -> None:
    """Write views to a file, atomically."""
    partial = file.with_name(file.name + ".tmp")
    save_file({part.name: getattr(views, part.name).contiguous() for part in fields(views)}, partial)
    partial.replace(file)


def read_views(file: Path, device: torch.device) -> Views:
    """Read what `write_views` wrote. Raises BadData."""
    try:
        return Views(**load_file(file, str(device)))
    except (SafetensorError, OSError, TypeError):
        raise BadData(f"{file.name} is damaged. Delete it; it is made again from the photographs.") from None
