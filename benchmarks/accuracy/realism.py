"""Do harmonized real composites look more real? A judge that took no part in training says.

    python -m benchmarks.accuracy.realism --judge DIR --held-out DIR --real DIR --weights FILE...

The judge is the mean of small networks on ImageNet features and colour statistics of object, surroundings and
the ring between them. They learn to tell photographs from composites: objects with synthetic mismatches, and
objects pasted into other photographs. How well they tell is measured on photographs that they have not seen:
the area under the curve, and how many photographs are taken for such (composites cannot do better).
Then they judge composites, as they are and as each of the weights makes them: those of the folders, and
objects of the held-out photographs pasted into others. Differences from the first of the weights are of the
mean log-odds, picture by picture, with a 95 % interval by bootstrap over the pictures.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.special import logit
from sklearn.ensemble import VotingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from benchmarks.accuracy.ablate_shading import levels
from model.evaluation.contact_sheet import ContactSheet
from model.evaluation.score_table import interval
from model.images.composite import Composite
from model.network.efficientnet import Encoder
from model.network.harmonizer import load_harmonizer
from model.network.imagenet import imagenet_encoder
from model.training.composites.dataset import Photographs, load_photographs
from model.training.composites.synthetic_composites import synthesize
from model.training.discriminator import paste, see

BATCH, SEED = 16, 77
CHECKED = 20  # batches of held-out photographs
JUDGES = 5  # whose mean probability counts: one alone depends on how it began
SHOWN = 30  # composites on the sheet
CPU = torch.device("cpu")

Pictures = Iterator[tuple[Tensor, Tensor]]
"""Batches of pictures with mattes, 0-1."""
Composites = tuple[Tensor, Tensor]
"""N×3×256×256 and N×1×256×256, 0-1."""
Retouch = Callable[[Tensor, Tensor], Tensor]


@cache
def eyes() -> Encoder:
    """Those of the judge, as ImageNet left them."""
    encoder = Encoder().eval()
    encoder.load_state_dict(imagenet_encoder())
    return encoder


def describe(image: Tensor, matte: Tensor) -> NDArray[np.float32]:
    """Pictures and mattes → what the judge sees: colour statistics, ImageNet features of the regions."""
    return see(eyes(), image, matte).numpy()


def synthetic(photographs: Photographs, batches: int, seed: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Photographs, composites of both kinds, and the mattes they share."""
    rng = torch.Generator().manual_seed(seed)
    for _ in range(batches):
        mismatched, matte, photo = synthesize(photographs.batch(BATCH, rng), rng)
        pasted = paste(photo, matte)
        half = BATCH // 2
        yield photo, torch.cat([mismatched[:half], pasted[half:]]), matte


def lesson(
    photographs: Photographs, batches: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Descriptions, and 1 for photographs, 0 for composites."""
    rows, labels = [], []
    with torch.inference_mode():
        for photo, composite, matte in synthetic(photographs, batches, seed):
            rows += [describe(photo, matte), describe(composite, matte)]
            labels += [np.ones(BATCH, np.int64), np.zeros(BATCH, np.int64)]
    return np.concatenate(rows), np.concatenate(labels)


def harmonizing(file: Path) -> Retouch:
    """What the software makes of composites with these weights."""
    harmonizer = load_harmonizer(file)

    def harmonize(image: Tensor, matte: Tensor) -> Tensor:
        results = [
            harmonizer(Composite(picture, own.numpy())).image
            for picture, own in zip(levels(image), matte[:, 0], strict=True)
        ]
        return torch.from_numpy(np.stack(results)).permute(0, 3, 1, 2).float() / 255

    return harmonize


@torch.inference_mode()
def realness(judge: Pipeline, composites: Composites, retouch: Retouch) -> NDArray[np.float64]:
    """The judge's log-odds that each picture is a photograph."""
    rows = [
        describe(retouch(image, matte), matte)
        for image, matte in zip(*(torch.split(x, BATCH) for x in composites), strict=True)
    ]
    return np.asarray(logit(judge.predict_proba(np.concatenate(rows))[:, 1]))


def given(folders: list[Path]) -> Composites:
    """Composites of folders."""
    found = load_photographs(folders, CPU)
    return found.images.float() / 255, found.mattes.float() / 255


def pasted(held_out: Path) -> Composites:
    """The object of every photograph in the next."""
    image, matte = given([held_out])
    return torch.round(255 * paste(image, matte)) / 255, matte


def verdict(odds: NDArray[np.float64], first: NDArray[np.float64] | None) -> list[str]:
    """Share taken for photographs, mean log-odds, and how far these are above those of the first weights."""
    cells = [f"{(odds > 0).mean():.1%}", f"{odds.mean():+.3f}"]
    if first is None or first is odds:
        return [*cells, ""]
    change = odds - first
    low, high = interval(change.tolist())
    return [*cells, f"{change.mean():+.3f} ({low:+.3f} to {high:+.3f})"]


def contact_sheet(composites: Composites, retouches: dict[str, Retouch]) -> ContactSheet:
    """The first composites of the folder, a row each: as they are, and as each of the weights makes them."""
    sheet = ContactSheet(list(retouches))
    images, mattes = (x[:SHOWN] for x in composites)
    made = [retouch(images, mattes) for retouch in retouches.values()]
    for row in zip(*map(levels, made), strict=True):
        sheet.add(list(row))
    return sheet


def trained_judge(folders: list[Path], batches: int, held_out: Path) -> Pipeline:
    """The judge; how good it is, is printed."""
    x, y = lesson(load_photographs(folders, CPU), batches, SEED)
    members = [
        (str(seed), MLPClassifier((128,), alpha=1e-2, early_stopping=True, random_state=seed))
        for seed in range(SEED, SEED + JUDGES)
    ]
    judge = make_pipeline(StandardScaler(), VotingClassifier(members, voting="soft")).fit(x, y)
    x, y = lesson(load_photographs([held_out], CPU), CHECKED, SEED + 1)
    found = judge.predict_proba(x)[:, 1]
    print(f"Held-out photographs: area under the curve {roc_auc_score(y, found):.3f}; taken for photographs:")
    print(f"{(found[y == 1] > 0.5).mean():.1%} of them, {(found[y == 0] > 0.5).mean():.1%} of composites.\n")
    return judge


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--judge", type=Path, action="append", required=True)
    parser.add_argument("--held-out", type=Path, required=True)
    parser.add_argument("--real", type=Path, action="append", required=True)
    parser.add_argument("--weights", type=Path, nargs="+", required=True)
    parser.add_argument("--batches", type=int, default=300)
    parser.add_argument("--sheet", type=Path, metavar="OUT.png", help="picture of the first composites")
    args = parser.parse_args()
    judge = trained_judge(args.judge, args.batches, args.held_out)
    sets = {"real": given(args.real), "pasted": pasted(args.held_out)}
    retouches: dict[str, Retouch] = {"as they are": lambda image, _: image}
    retouches |= {file.stem: harmonizing(file) for file in args.weights}
    for title, composites in sets.items():
        print(f"| {len(composites[0])} {title} | photographs | log-odds | change |\n|---|---:|---:|---:|")
        first = None
        for name, retouch in retouches.items():
            odds = realness(judge, composites, retouch)
            if name == args.weights[0].stem:
                first = odds
            print(f"| {name} |", " | ".join(verdict(odds, first)), "|", flush=True)
        print()
    if args.sheet is not None:
        Image.fromarray(contact_sheet(sets["real"], retouches).picture()).save(args.sheet)


if __name__ == "__main__":
    main()
