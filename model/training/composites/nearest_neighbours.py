"""Which objects look alike: what stands in for the class labels that photographs with masks do not have."""

import torch
from torch import Tensor
from torch.nn import functional as F

from model.network.efficientnet import Encoder
from model.network.imagenet import imagenet_encoder

COUNT = 12  # relatives kept of each object
SIDE = 128  # half the input is enough to tell a dog from a chair
CHUNK = 64


@torch.no_grad()
def find_relatives(images: Tensor, mattes: Tensor) -> Tensor:
    """N×3×H×W and N×1×H×W, uint8 → the nearest objects by ImageNet features, N×k indices, itself excluded.

    k is COUNT, less where there are fewer pictures; a single picture is its own relative.
    """
    encoder = Encoder().eval().to(images.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    encoder.load_state_dict(imagenet_encoder())
    looks = torch.cat(
        [
            _look(encoder, i, m)
            for i, m in zip(torch.split(images, CHUNK), torch.split(mattes, CHUNK), strict=True)
        ]
    )
    likeness = looks @ looks.T
    likeness.fill_diagonal_(-2)
    return likeness.topk(min(COUNT, max(1, len(images) - 1)), 1).indices


def _look(encoder: Encoder, images: Tensor, mattes: Tensor) -> Tensor:
    """Mean of the last features over each object, of length one."""
    small = F.interpolate(images.float() / 255, (SIDE, SIDE), mode="area")
    feature = encoder(small)[-1]
    weight = F.interpolate(mattes.float() / 255, feature.shape[-2:], mode="area")
    mean = (feature * weight).sum((2, 3)) / (weight.sum((2, 3)) + 1e-6)
    return F.normalize(mean - mean.mean(1, keepdim=True), dim=1)
