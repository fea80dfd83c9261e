"""Run PCT-Net as published.

"Full Resolution Image Harmonization Using Pixel-Wise Color Transformations" (Guerreiro et al., CVPR 2023):
from a small image it predicts an affine map of RGB for every pixel, which is upsampled and applied at full
size. Written from the paper and the layout of the authors' files; layers have the names used in them.
"""

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model.edit.render import recolour_object
from model.images.arrays import Pixels, top_level
from model.images.composite import Composite
from model.methods.learned.peer import square, square_matte
from model.methods.learned.ssam_unet import IMAGENET_DEVIATION, IMAGENET_MEAN, Decoder, Encoder, normalize

SIZE = 256
PATCH = 4
WIDTH = 256
HEADS, LAYERS, FEED_FORWARD = 2, 9, 512
AFFINE = 12  # a 3×3 matrix by rows, and an offset
UNUSED = ("decoder.to_rgb.weight", "decoder.to_rgb.bias")
CUBIC = -0.75  # parameter of the cubic kernel in PyTorch and OpenCV


class Patches(nn.Module):
    """Cut B×4×H×W into patches, B×(H·W/16)×64, in the order rows of a patch, columns, channels."""

    def forward(self, x: Tensor) -> Tensor:
        """Return B×(H·W/16)×64."""
        batch, channels, height, width = x.shape
        cut = x.view(batch, channels, height // PATCH, PATCH, width // PATCH, PATCH)
        return cut.permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)


class ViTEncoder(nn.Module):
    """Map B×4×256×256 to B×12×256×256 by nine transformer layers on patches, without positional encoding."""

    def __init__(self) -> None:
        super().__init__()
        self.patch_to_embedding = nn.Sequential(Patches(), nn.Linear(4 * PATCH * PATCH, WIDTH))
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, FEED_FORWARD, activation="gelu", batch_first=True)
        self.transformer_enc = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.dec = nn.Sequential(nn.ConvTranspose2d(WIDTH, AFFINE, PATCH, PATCH), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        """Return B×12×H×W in -1 to 1."""
        tokens = self.transformer_enc(self.patch_to_embedding(x))
        side = x.shape[-1] // PATCH
        out: Tensor = self.dec(tokens.transpose(1, 2).unflatten(2, (-1, side)))
        return out


class PctNetViT(nn.Module):
    """Map image B×3×256×256 and matte B×1×256×256, in 0-1, to B×13×256×256: affine map, and its share 1."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = ViTEncoder()
        self.get_params = nn.Conv2d(AFFINE, AFFINE, 1)

    def forward(self, image: Tensor, matte: Tensor) -> Tensor:
        """Return affine maps and their share, B×13×H×W."""
        affine = self.get_params(self.encoder(torch.cat([image, matte], 1)))
        return torch.cat([affine, torch.ones_like(affine[:, :1])], 1)


class PctNetCNN(nn.Module):
    """Map image B×3×256×256 and matte B×1×256×256, in 0-1, to B×13×256×256: affine map, and its share, 0-1.

    The authors' map applies to ImageNet-normalized colours; here it is converted to apply to colours in 0-1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()
        self.get_params = nn.Conv2d(32, AFFINE, 1)

    def forward(self, image: Tensor, matte: Tensor) -> Tensor:
        """Return affine maps and their share, B×13×H×W."""
        levels = self.encoder(torch.cat([normalize(image), matte], 1))
        features, share = self.decoder(levels, matte)
        affine = self.get_params(features)
        spread = torch.tensor(IMAGENET_DEVIATION).view(1, 1, 3, 1, 1)
        shift = torch.tensor(IMAGENET_MEAN).view(1, 1, 3, 1, 1) / spread
        matrix, offset = affine[:, :9].unflatten(1, (3, 3)), affine[:, 9:]
        return torch.cat([(matrix / spread).flatten(1, 2), offset - (matrix * shift).sum(2), share], 1)


def harmonize(network: PctNetViT | PctNetCNN, composite: Composite) -> Pixels:
    """Return the image at the composite's size and depth: an affine map per pixel, blended by the matte."""
    image, matte = square(composite.image, SIZE), square_matte(composite.matte, SIZE)
    with torch.inference_mode():
        maps = network(torch.from_numpy(image), torch.from_numpy(matte))[0].permute(1, 2, 0).numpy()
    full = CubicRows(maps, *composite.matte.shape)
    top = np.float32(top_level(composite.image.dtype))

    def recolour(pixels: Pixels, rows: slice, columns: slice) -> NDArray[Any]:
        affine = full.take(rows, columns)
        before = pixels.astype(np.float32) / top
        after = np.empty_like(before)
        for channel in range(3):
            row = affine[..., 3 * channel : 3 * channel + 3]
            after[..., channel] = (row * before).sum(axis=2) + affine[..., 9 + channel]
        np.clip(after, 0, 1, out=after)
        after -= before
        after *= affine[..., 12:]
        after += before
        after *= top
        return after

    return recolour_object(composite, recolour)


class CubicRows:
    """Upsample h×w×C maps block by block, by cubic convolution (Keys 1981) with half-pixel centres."""

    def __init__(self, maps: NDArray[np.float32], height: int, width: int) -> None:
        planes = [
            cv2.resize(np.ascontiguousarray(maps[..., i]), (width, len(maps)), interpolation=cv2.INTER_CUBIC)
            for i in range(maps.shape[2])
        ]
        self._wide = np.stack(planes, axis=2)
        self._height = height

    def take(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return the part of the upsampled map in these rows and columns."""
        cells = len(self._wide)
        centre = (np.arange(rows.start, rows.stop) + 0.5) * (cells / self._height) - 0.5
        below = np.floor(centre).astype(int)
        taps = cubic_weights((centre - below).astype(np.float32))
        part = self._wide[:, columns]
        out = np.zeros((len(centre), *part.shape[1:]), np.float32)
        for i, weights in enumerate(taps):
            out += weights[:, None, None] * part[(below - 1 + i).clip(0, cells - 1)]
        return out


def cubic_weights(offset: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return the weights of the four neighbours at distances 1 + t, t, 1 − t and 2 − t, for t in 0-1."""

    def near(x: NDArray[np.float32]) -> NDArray[np.float32]:
        return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1

    def far(x: NDArray[np.float32]) -> NDArray[np.float32]:
        return ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC

    return [far(1 + offset), near(offset), near(1 - offset), far(2 - offset)]
