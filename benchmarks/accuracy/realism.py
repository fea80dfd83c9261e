"""Measure the realism of harmonized composites by a classifier that was not used in training.

    python -m benchmarks.accuracy.realism --judge DIR --held-out DIR --real DIR --weights FILE...

The classifier is the mean of small networks on ImageNet features and colour statistics of object, background
and the ring between them. It is trained to distinguish photographs from composites: objects with synthetic
mismatches, and objects pasted into other photographs. Its accuracy is measured on held-out photographs: the
area under the ROC curve, and the share of photographs classified as such, an upper limit for composites.
Then it classifies composites, unchanged and harmonized with each of the weights: those of the folders, and
objects of the held-out photographs pasted into others. Differences from the first weights are differences of
the mean log-odds, paired by image, with a 95 % interval by bootstrap over the images.
"""

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
from benchmarks.arguments import existing_folder, parser_of
from model.evaluation.contact_sheet import ContactSheet, sheet_row
from model.evaluation.score_table import interval
from model.images.composite import Composite
from model.network.efficientnet import Encoder
from model.network.harmonizer import load_harmonizer
from model.network.imagenet import imagenet_encoder
from model.training.composites.color import to_floats
from model.training.composites.dataset import Photographs, load_photographs
from model.training.composites.synthetic_composites import synthesize
from model.training.discriminator import critic_features, paste_into_next

BATCH, SEED = 16, 77
CHECKED = 20  # batches of held-out photographs
MEMBERS = 5  # networks of the classifier; the result of a single one depends on its initialization
SHOWN = 30  # composites on the sheet
CPU = torch.device("cpu")

Pictures = Iterator[tuple[Tensor, Tensor]]
"""Batches of images with mattes, 0-1."""
Composites = tuple[Tensor, Tensor]
"""N×3×256×256 and N×1×256×256, 0-1."""
Harmonize = Callable[[Tensor, Tensor], Tensor]
"""B×3×256×256 and B×1×256×256, 0-1 → B×3×256×256, 0-1."""


@cache
def imagenet_trunk() -> Encoder:
    """Return the trunk with its ImageNet weights."""
    encoder = Encoder().eval()
    encoder.load_state_dict(imagenet_encoder())
    return encoder


def classifier_features(image: Tensor, matte: Tensor) -> NDArray[np.float32]:
    """Return colour statistics and ImageNet features of the regions, one row for each image."""
    return critic_features(imagenet_trunk(), image, matte).numpy()


def synthetic(photographs: Photographs, batches: int, seed: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield photographs, composites of both kinds, and their mattes."""
    rng = torch.Generator().manual_seed(seed)
    for _ in range(batches):
        mismatched, matte, photo = synthesize(photographs.batch(BATCH, rng), rng)
        pasted = paste_into_next(photo, matte)
        half = BATCH // 2
        yield photo, torch.cat([mismatched[:half], pasted[half:]]), matte


def labelled_features(
    photographs: Photographs, batches: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return rows of features, and labels: 1 for photographs, 0 for composites."""
    rows, labels = [], []
    with torch.inference_mode():
        for photo, composite, matte in synthetic(photographs, batches, seed):
            rows += [classifier_features(photo, matte), classifier_features(composite, matte)]
            labels += [np.ones(BATCH, np.int64), np.zeros(BATCH, np.int64)]
    return np.concatenate(rows), np.concatenate(labels)


def harmonizing(file: Path) -> Harmonize:
    """Return the function that harmonizes composites with these weights."""
    harmonizer = load_harmonizer(file)

    def harmonize(image: Tensor, matte: Tensor) -> Tensor:
        results = [
            harmonizer(Composite(picture, own.numpy())).image
            for picture, own in zip(levels(image), matte[:, 0], strict=True)
        ]
        return torch.from_numpy(np.stack(results)).permute(0, 3, 1, 2).float() / 255

    return harmonize


@torch.inference_mode()
def realness(judge: Pipeline, composites: Composites, harmonize: Harmonize) -> NDArray[np.float64]:
    """Return the classifier's log-odds that each harmonized image is a photograph."""
    rows = [
        classifier_features(harmonize(image, matte), matte)
        for image, matte in zip(*(torch.split(x, BATCH) for x in composites), strict=True)
    ]
    return np.asarray(logit(judge.predict_proba(np.concatenate(rows))[:, 1]))


def load_composites(folders: list[Path]) -> Composites:
    """Load the images and mattes of folders."""
    loaded = load_photographs(folders, CPU)
    return to_floats(loaded.images), to_floats(loaded.mattes)


def pasted(held_out: Path) -> Composites:
    """Paste the object of every photograph into the next."""
    image, matte = load_composites([held_out])
    return torch.round(255 * paste_into_next(image, matte)) / 255, matte


def realism_cells(odds: NDArray[np.float64], first: NDArray[np.float64] | None) -> list[str]:
    """Return the share classified as photographs, the mean log-odds and its gain over the first weights."""
    cells = [f"{(odds > 0).mean():.1%}", f"{odds.mean():+.3f}"]
    if first is None or first is odds:
        return [*cells, ""]
    change = odds - first
    low, high = interval(change.tolist())
    return [*cells, f"{change.mean():+.3f} ({low:+.3f} to {high:+.3f})"]


def contact_sheet(composites: Composites, versions: dict[str, Harmonize]) -> ContactSheet:
    """Return a sheet with a row for each of the first composites: unchanged, then by each of the weights."""
    sheet = ContactSheet(list(versions))
    images, mattes = (x[:SHOWN] for x in composites)
    results = [harmonize(images, mattes) for harmonize in versions.values()]
    for row in zip(*map(levels, results), strict=True):
        sheet.add(sheet_row(list(row)))
    return sheet


def trained_judge(folders: list[Path], batches: int, held_out: Path) -> Pipeline:
    """Train the classifier, and print its accuracy on held-out photographs."""
    x, y = labelled_features(load_photographs(folders, CPU), batches, SEED)
    members = [
        (str(seed), MLPClassifier((128,), alpha=1e-2, early_stopping=True, random_state=seed))
        for seed in range(SEED, SEED + MEMBERS)
    ]
    judge = make_pipeline(StandardScaler(), VotingClassifier(members, voting="soft")).fit(x, y)
    x, y = labelled_features(load_photographs([held_out], CPU), CHECKED, SEED + 1)
    odds = judge.predict_proba(x)[:, 1]
    print(
        f"Held-out photographs: area under the curve {roc_auc_score(y, odds):.3f}; classified as photographs:"
    )
    print(f"{(odds[y == 1] > 0.5).mean():.1%} of them, {(odds[y == 0] > 0.5).mean():.1%} of composites.\n")
    return judge


def main() -> None:
    """Print tables in Markdown."""
    parser = parser_of(__doc__)
    parser.add_argument("--judge", type=existing_folder, action="append", required=True)
    parser.add_argument("--held-out", type=existing_folder, required=True)
    parser.add_argument("--real", type=existing_folder, action="append", required=True)
    parser.add_argument("--weights", type=Path, nargs="+", required=True)
    parser.add_argument("--batches", type=int, default=300)
    parser.add_argument("--sheet", type=Path, metavar="OUT.png", help="picture of the first composites")
    args = parser.parse_args()
    judge = trained_judge(args.judge, args.batches, args.held_out)
    sets = {"real": load_composites(args.real), "pasted": pasted(args.held_out)}
    versions: dict[str, Harmonize] = {"unchanged": lambda image, _: image}
    versions |= {file.stem: harmonizing(file) for file in args.weights}
    for title, composites in sets.items():
        print(f"| {len(composites[0])} {title} | photographs | log-odds | change |\n|---|---:|---:|---:|")
        first = None
        for name, harmonize in versions.items():
            odds = realness(judge, composites, harmonize)
            if name == args.weights[0].stem:
                first = odds
            print(f"| {name} |", " | ".join(realism_cells(odds, first)), "|", flush=True)
        print()
    if args.sheet is not None:
        Image.fromarray(contact_sheet(sets["real"], versions).picture()).save(args.sheet)


if __name__ == "__main__":
    main()
