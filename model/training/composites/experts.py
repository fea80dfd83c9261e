"""Apply and invert experts' retouching of camera files, as colour tables.

An expert's version of a file is a look-up in a weighted sum of tables (Zeng et al. 2020). The inverse turns a
finished photograph into a file from which it may have been made.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from model.training.composites.bad_data import BadData

COUNT = 128  # experts drawn at the start of a run, each with other weights
START, STEP, ROUNDS = 0.6, 0.55, 14  # of the fixed-point iteration that inverts a table


@dataclass(frozen=True)
class Experts:
    """Hold the tables of COUNT experts and their inverses: N×3×S×S×S in 0-1, axes blue, green, red."""

    tables: Tensor
    inverse_tables: Tensor

    def sample(self, count: int, rng: torch.Generator) -> Tensor:
        """Draw the indices of `count` experts."""
        return torch.randint(0, len(self.tables), (count,), generator=rng, device=rng.device)

    def apply(self, image: Tensor, expert: Tensor) -> Tensor:
        """Return files, B×3×H×W in 0-1, retouched by the expert of each index, B."""
        return look_up(image, self.tables[expert])

    def invert(self, image: Tensor, expert: Tensor) -> Tensor:
        """Return the files that the expert of each index, B, turns into the photographs B×3×H×W in 0-1."""
        return look_up(image, self.inverse_tables[expert])


def look_up(image: Tensor, tables: Tensor) -> Tensor:
    """Apply the table of each image with trilinear interpolation: B×3×H×W and B×3×S×S×S in 0-1."""
    coordinates = 2 * image.permute(0, 2, 3, 1)[:, None] - 1
    return F.grid_sample(tables, coordinates, padding_mode="border", align_corners=True)[:, :, 0]


def inverse_of(tables: Tensor) -> Tensor:
    """Return the inverse tables, N×3×S×S×S, by a fixed-point iteration at every node."""
    axis = torch.linspace(0, 1, tables.shape[-1], device=tables.device)
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    outputs = torch.stack([red, green, blue]).flatten(2).expand(len(tables), -1, -1, -1)
    inputs = START * outputs
    for _ in range(ROUNDS):
        inputs = (inputs + STEP * (outputs - look_up(inputs, tables))).clamp(0, 1)
    return inputs.view_as(tables)


def load_experts(file: Path, device: torch.device) -> Experts:
    """Read `tables` K×3×S×S×S and `weights` N×K of an .npz file; draw experts from the weights' distribution.

    The distribution is normal, with the mean and covariance of the N rows. Raises BadData.
    """
    try:
        with np.load(file) as content:
            tables, weights = (torch.from_numpy(content[name]).float() for name in ("tables", "weights"))
    except (OSError, ValueError, KeyError):
        raise BadData(f"{file.name} should be an .npz file with tables and weights.") from None
    factor = torch.linalg.cholesky(torch.cov(weights.T))
    noise = torch.randn(COUNT, weights.shape[1], generator=torch.Generator().manual_seed(0))
    sums = torch.einsum("nk,k...->n...", weights.mean(0) + noise @ factor.T, tables)
    sums = sums.clamp(0, 1).to(device)
    return Experts(sums, torch.cat([inverse_of(some) for some in torch.split(sums, 16)]))
