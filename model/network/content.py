"""Predict curves and a colour matrix from the content of a picture and, apart from it, its colours.

The content is what the trunk's features describe of a grey copy in which the luma of each pixel is replaced
by its rank within object or background. A change of the object's colours changes the copy little. So training
computes the features of a photograph once, and sees new colours of the object in every step.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.network.features import LATE_FEATURES, LIGHT_POWER, PATCHES, STATISTICS, colour_statistics
from model.network.render_torch import CURVE_NUMBERS, monotone_curves

CONTENT = 48 + 64  # principal components of the features at 1/16 and at 1/32 of the size
CONTENT_LIMIT = 6.0  # standard deviations
CELL_COLOURS = 2 * 3 * 3 + 1
LEVELS = 256  # of luma, for the ranks
WIDTH, MIX_WIDTH, LAYERS, ATTENTION_HEADS = 128, 256, 3, 4
NOISE = 1.4  # width, in standard deviations, of the uniform noise that training adds to the content
DROPPED = 0.1  # share of the content that training sets to zero
MATRIX_SCALE, OFFSET_SCALE = 0.3, 0.09  # of the head's numbers
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


def equalized_grey(image: Tensor, matte: Tensor) -> Tensor:
    """Return the rank of the luma of each pixel within object and background, in three equal channels.

    image: B×3×H×W in 0-1. matte: B×1×H×W in 0-1, the weight of a pixel in the ranks of the object; the ranks
    of both regions are blended by it. Returns B×3×H×W in 0-1.
    """
    luma = (image * torch.tensor(LUMA, device=image.device)[:, None, None]).sum(1)
    scaled = luma.flatten(1).clamp(0, 1) * (LEVELS - 1)
    low = scaled.floor().long().clamp(max=LEVELS - 2)
    share = scaled - low
    weight = matte.flatten(1)
    ranks = [_ranks(low, share, part) for part in (weight, 1 - weight)]
    blended = weight * ranks[0] + (1 - weight) * ranks[1]
    return blended.view_as(luma)[:, None].expand(-1, 3, -1, -1)


def _ranks(low: Tensor, share: Tensor, weight: Tensor) -> Tensor:
    """Return the ranks, 0-1, of B×N values low + share among those of a weight, B×N."""
    counts = torch.zeros(len(low), LEVELS, device=low.device)
    counts.scatter_add_(1, low, weight * (1 - share))
    counts.scatter_add_(1, low + 1, weight * share)
    below = (counts.cumsum(1) - counts / 2) / (counts.sum(1, keepdim=True) + 1e-6)
    return below.gather(1, low) * (1 - share) + below.gather(1, low + 1) * share


def principal_components(features: Tensor) -> tuple[Tensor, Tensor]:
    """Return centre, LATE_FEATURES, and projection, LATE_FEATURES×CONTENT, of features N×LATE_FEATURES.

    The components of the two sizes are separate, and have unit variance.
    """
    centre, spread = features.mean(0), features.std(0) + 1e-3
    normed = (features - centre) / spread
    projection = torch.zeros(LATE_FEATURES, CONTENT, device=features.device)
    for rows, columns in ((slice(0, 112), slice(0, 48)), (slice(112, None), slice(48, None))):
        covariance = normed[:, rows].T @ normed[:, rows] / len(normed)
        values, vectors = torch.linalg.eigh(covariance)
        count = len(range(CONTENT)[columns])
        projection[rows, columns] = vectors[:, -count:] / values[-count:].clamp(min=1e-6).sqrt()
    return centre, projection / spread[:, None]


def cell_colours(image: Tensor, matte: Tensor) -> Tensor:
    """Return mean, deviation and light of object and background in each patch, and the object's share.

    image: B×3×H×W in 0-1. matte: B×1×H×W in 0-1. Returns B×PATCHES²×CELL_COLOURS; of a region that a patch
    does not contain, numbers as of black.
    """
    parts = []
    for weight in (matte, 1 - matte):
        total = F.adaptive_avg_pool2d(weight, PATCHES) + 1e-3
        mean, square, light = (
            F.adaptive_avg_pool2d(values * weight, PATCHES) / total
            for values in (image, image.square(), image**LIGHT_POWER)
        )
        spread = (square - mean.square()).clamp(min=0).add(1e-4).sqrt()
        parts += [mean, spread, 0.3 * (light + 1e-3).log()]
    share = F.adaptive_avg_pool2d(matte, PATCHES)
    return torch.cat([*parts, share], 1).flatten(2).transpose(1, 2)


class Block(nn.Module):
    """Relate tokens to each other: attention, then a layer for each token (Vaswani et al. 2017)."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)])
        self.queries_keys_values = nn.Linear(WIDTH, 3 * WIDTH)
        self.joined = nn.Linear(WIDTH, WIDTH)
        self.each = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        """Return B×T×WIDTH for B×T×WIDTH."""
        parts = self.queries_keys_values(self.norms[0](x)).unflatten(2, (3, ATTENTION_HEADS, -1))
        attended = F.scaled_dot_product_attention(*parts.permute(2, 0, 3, 1, 4))
        x = x + self.joined(attended.transpose(1, 2).flatten(2))
        out: Tensor = x + self.each(self.norms[1](x))
        return out


def normalized(norm: nn.Module, cells: Tensor) -> Tensor:
    """Normalize each of the numbers of patches, B×PATCHES²×C."""
    out: Tensor = norm(cells.transpose(1, 2))
    return out.transpose(1, 2)


class ContentHead(nn.Module):
    """Predict three tone curves and a colour matrix from the content and the colours of each patch.

    share: weight of this head in the mean with the curve heads, 0-1; 0 where it is not trained.
    """

    share: Tensor
    centre: Tensor
    projection: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("share", torch.zeros(()))
        self.register_buffer("centre", torch.zeros(LATE_FEATURES))
        self.register_buffer("projection", torch.zeros(LATE_FEATURES, CONTENT))
        self.content_norm = nn.BatchNorm1d(CONTENT, affine=False)
        self.content = nn.Linear(CONTENT, WIDTH)
        self.colours_norm = nn.BatchNorm1d(CELL_COLOURS)
        self.colours = nn.Linear(CELL_COLOURS, WIDTH)
        self.statistics = nn.Sequential(
            nn.BatchNorm1d(STATISTICS),
            nn.Linear(STATISTICS, MIX_WIDTH),
            nn.GELU(),
            nn.Linear(MIX_WIDTH, WIDTH),
        )
        self.position = nn.Parameter(torch.zeros(PATCHES**2 + 1, WIDTH))
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.mix = nn.Sequential(
            nn.LayerNorm(3 * WIDTH), nn.Linear(3 * WIDTH, MIX_WIDTH), nn.GELU(), nn.Dropout(0.1)
        )
        self.out = nn.Linear(MIX_WIDTH, CURVE_NUMBERS + 12)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def reduce(self, features: Tensor) -> Tensor:
        """Return the content, B×PATCHES²×CONTENT, of late features, B×PATCHES²×LATE_FEATURES."""
        components = (features.float() - self.centre) @ self.projection
        return components.clamp(-CONTENT_LIMIT, CONTENT_LIMIT)

    def forward(self, content: Tensor, image: Tensor, matte: Tensor) -> tuple[Tensor, Tensor]:
        """Return curves, B×3×KNOTS in 0-1, and a colour matrix, B×3×4.

        content: see `reduce`. image, matte: B×3×VIEW×VIEW and B×1×VIEW×VIEW in 0-1.
        """
        colours = cell_colours(image, matte)
        normed = normalized(self.content_norm, content)
        if self.training:  # so that the head does not recognize single photographs
            normed = F.dropout(normed + NOISE * (torch.rand_like(normed) - 0.5), DROPPED)
        cells = self.content(normed) + self.colours(normalized(self.colours_norm, colours))
        # A quarter of the pixels is sufficient for statistics of whole regions.
        whole = self.statistics(colour_statistics(image[..., ::2, ::2], matte[..., ::2, ::2]))
        x = torch.cat([cells, whole[:, None]], 1) + self.position
        for block in self.blocks:
            x = block(x)
        share = colours[:, :, -1:]
        means = [(x[:, :-1] * w).sum(1) / (w.sum(1) + 1e-3) for w in (share, 1 - share)]
        return tones_of(self.out(self.mix(torch.cat([*means, x[:, -1]], 1))).float())


def tones_of(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Return curves, B×3×KNOTS, and colour matrix, B×3×4, of free numbers; zeros change nothing."""
    raw = numbers[:, :CURVE_NUMBERS].reshape(len(numbers), 3, -1)
    mixing = numbers[:, CURVE_NUMBERS:].reshape(-1, 3, 4)
    scale = torch.tensor([MATRIX_SCALE] * 3 + [OFFSET_SCALE], device=numbers.device)
    matrix = torch.eye(3, 4, device=numbers.device) + scale * mixing
    return monotone_curves(raw[..., 1:], raw[..., :1]), matrix
