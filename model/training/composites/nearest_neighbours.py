"""Find objects of similar appearance, in place of class labels, which the photographs do not have."""

import torch
from torch import Tensor
from torch.nn import functional as F

from model.network.efficientnet import Encoder
from model.network.imagenet import imagenet_encoder
from model.training.composites.color import LUMA, to_floats

COUNT = 12  # neighbours of each object
SIDE = 128  # half the input size, sufficient for features of the class
CHUNK = 64
# Composites of HFlickr (iHarmony4) differ from their targets less in light than in colour. So those of the
# neighbours with the most different colours are used, and of two of these the one with the nearer luma.
FAR = 4
TRIED = 2


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
    neighbours: Tensor, image: Tensor, matte: Tensor, colours: Tensor, rng: torch.Generator
) -> Tensor:
    """Draw TRIED of the FAR neighbours of other colours, and return the one with the nearest luma, B indices.

    These neighbours differ most from the object in mean colour apart from luma. neighbours: B×k indices.
    image, matte: the objects, B×3×H×W and B×1×H×W in 0-1. colours: of all objects, see `mean_colours`.
    """
    difference = colours[neighbours] - _sampled_mean(image, matte)[:, None]
    red, green, blue = difference.unbind(-1)
    light = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    colour = (difference - light[..., None]).square().sum(-1)
    far = colour.topk(min(FAR, neighbours.shape[1]), 1).indices
    drawn = torch.randint(0, far.shape[1], (len(far), TRIED), generator=rng, device=rng.device)
    tried = far.gather(1, drawn)
    nearest = light.abs().gather(1, tried).argmin(1, keepdim=True)
    return neighbours.gather(1, tried.gather(1, nearest))[:, 0]


def mean_colours(images: Tensor, mattes: Tensor) -> Tensor:
    """Return the mean colours of objects, N×3 in 0-1. images, mattes: N×3×H×W and N×1×H×W, uint8."""
    pairs = zip(torch.split(images, CHUNK), torch.split(mattes, CHUNK), strict=True)
    return torch.cat([_sampled_mean(to_floats(image), to_floats(matte)) for image, matte in pairs])


def _sampled_mean(image: Tensor, matte: Tensor) -> Tensor:
    """Return the mean colours of objects, B×3, from a quarter of the pixels, which is sufficient."""
    return _mean_over(image[..., ::2, ::2], matte[..., ::2, ::2])


def _mean_over(values: Tensor, weight: Tensor) -> Tensor:
    """Return the means, ...×C, of ...×C×H×W with the weights ...×1×H×W."""
    return (values * weight).sum((-1, -2)) / (weight.sum((-1, -2)) + 1e-6)
