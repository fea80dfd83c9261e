"""Find objects of similar appearance, in place of class labels, which the photographs do not have."""

import torch
from torch import Tensor
from torch.nn import functional as F

from model.network.efficientnet import Encoder
from model.network.imagenet import imagenet_encoder

COUNT = 12  # neighbours of each object
SIDE = 128  # half the input size, sufficient for features of the class
CHUNK = 64


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
    small = F.interpolate(images.float() / 255, (SIDE, SIDE), mode="area")
    feature = encoder(small)[-1]
    weight = F.interpolate(mattes.float() / 255, feature.shape[-2:], mode="area")
    mean = (feature * weight).sum((2, 3)) / (weight.sum((2, 3)) + 1e-6)
    return F.normalize(mean - mean.mean(1, keepdim=True), dim=1)
