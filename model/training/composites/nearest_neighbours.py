"""Find objects of similar appearance, in place of class labels, which the photographs do not have."""

import torch
from torch import Tensor
from torch.nn import functional as F

from model.network.efficientnet import Encoder
from model.network.imagenet import imagenet_encoder
from model.training.composites.color import to_floats

COUNT = 12  # neighbours of each object
SIDE = 128  # half the input size, sufficient for features of the class
CHUNK = 64
# Of so many similar objects, the one with the nearest colour is used. Composites with a random one have an
# error of 51 levels, with the nearest of three 33; the genuine composites of HFlickr have 29.
TRIED = 3


@torch.no_grad()
def find_neighbours(images: Tensor, mattes: Tensor) -> Tensor:
    """Return the nearest objects by ImageNet features, N×k indices, without the object itself.

    images, mattes: N×3×H×W and N×1×H×W, uint8. k is COUNT, or less if there are fewer images; a single image
    is its own neighbour.
    """
    encoder = Encoder().eval().to(images.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    encoder.load_state_dict(imagenet_encoder())
    features = torch.cat(
        [
            _object_features(encoder, i, m)
            for i, m in zip(torch.split(images, CHUNK), torch.split(mattes, CHUNK), strict=True)
        ]
    )
    similarity = features @ features.T
    similarity.fill_diagonal_(-2)
    return similarity.topk(min(COUNT, max(1, len(images) - 1)), 1).indices


def _object_features(encoder: Encoder, images: Tensor, mattes: Tensor) -> Tensor:
    """Return the mean of the last features over each object, centred and normalized to unit length."""
    small = F.interpolate(to_floats(images), (SIDE, SIDE), mode="area")
    feature = encoder(small)[-1]
    weight = F.interpolate(to_floats(mattes), feature.shape[-2:], mode="area")
    mean = _mean_over(feature, weight)
    return F.normalize(mean - mean.mean(1, keepdim=True), dim=1)


def draw_similar(
    neighbours: Tensor, image: Tensor, matte: Tensor, images: Tensor, mattes: Tensor, rng: torch.Generator
) -> Tensor:
    """Draw TRIED neighbours of each object, and return the one with the nearest mean colour, B indices.

    neighbours: B×k indices. image, matte: the objects, B×3×H×W and B×1×H×W in 0-1. images, mattes: of all
    photographs, N×3×H×W and N×1×H×W, uint8.
    """
    shape = (len(neighbours), TRIED)
    which = torch.randint(0, neighbours.shape[1], shape, generator=rng, device=rng.device)
    tried = neighbours.gather(1, which)
    # A quarter of the pixels is sufficient.
    others = _mean_over(*(to_floats(part[..., ::2, ::2][tried]) for part in (images, mattes)))
    own = _mean_over(image[..., ::2, ::2], matte[..., ::2, ::2])
    nearest = (others - own[:, None]).square().sum(-1).argmin(1, keepdim=True)
    return tried.gather(1, nearest)[:, 0]


def _mean_over(values: Tensor, weight: Tensor) -> Tensor:
    """Return the means, ...×C, of ...×C×H×W with the weights ...×1×H×W."""
    return (values * weight).sum((-1, -2)) / (weight.sum((-1, -2)) + 1e-6)
