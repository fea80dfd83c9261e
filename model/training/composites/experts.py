"""What experts do to the files that cameras leave, as colour tables, and what undoes it.

An expert's version of a file is a look-up in a weighted sum of tables (Zeng et al. 2020); undone, it turns a
finished photograph into a file it may have been made from.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from model.training.composites.dataset import BadData

COUNT = 128  # experts drawn at the start of a run: each has weights of its own
START, STEP, ROUNDS = 0.6, 0.55, 14  # of the search for the colours that a table takes to given ones


@dataclass(frozen=True)
class Experts:
    """Tables of COUNT experts and the tables that undo them: N×3×S×S×S in 0-1, axes blue, green, red."""

    finishing: Tensor
    undoing: Tensor

    def draw(self, count: int, rng: torch.Generator) -> Tensor:
        """Any of them, by number."""
        return torch.randint(0, len(self.finishing), (count,), generator=rng, device=rng.device)

    def finish(self, image: Tensor, who: Tensor) -> Tensor:
        """Give files, B×3×H×W in 0-1, the colours that each expert would give them."""
        return look_up(image, self.finishing[who])

    def undo(self, image: Tensor, who: Tensor) -> Tensor:
        """Give finished photographs the colours of the files that each expert would have started from."""
        return look_up(image, self.undoing[who])


def look_up(image: Tensor, tables: Tensor) -> Tensor:
    """Read the table of each picture at its colours, linearly: B×3×H×W and B×3×S×S×S in 0-1."""
    places = 2 * image.permute(0, 2, 3, 1)[:, None] - 1
    return F.grid_sample(tables, places, padding_mode="border", align_corners=True)[:, :, 0]


def undone(tables: Tensor) -> Tensor:
    """Find the tables that take back what tables do, by a fixed-point search for every node."""
    axis = torch.linspace(0, 1, tables.shape[-1], device=tables.device)
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    wanted = torch.stack([red, green, blue]).flatten(2).expand(len(tables), -1, -1, -1)
    found = START * wanted
    for _ in range(ROUNDS):
        found = (found + STEP * (wanted - look_up(found, tables))).clamp(0, 1)
    return found.view_as(tables)


def load_experts(file: Path, device: torch.device) -> Experts:
    """Read `tables` K×3×S×S×S and `weights` N×K of an .npz file; draw experts whose weights spread alike.

    Raises BadData.
    """
    try:
        with np.load(file) as content:
            tables, weights = (torch.from_numpy(content[name]).float() for name in ("tables", "weights"))
    except (OSError, ValueError, KeyError):
        raise BadData(f"{file.name} should be an .npz file with tables and weights.") from None
    spread = torch.linalg.cholesky(torch.cov(weights.T))
    drawn = torch.randn(COUNT, weights.shape[1], generator=torch.Generator().manual_seed(0))
    mixed = torch.einsum("nk,k...->n...", weights.mean(0) + drawn @ spread.T, tables)
    finishing = mixed.clamp(0, 1).to(device)
    return Experts(finishing, torch.cat([undone(some) for some in torch.split(finishing, 16)]))
