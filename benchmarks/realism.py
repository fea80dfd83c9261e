"""Do harmonized real composites look more real? A judge that took no part in training says.

    python -m benchmarks.realism --judge DIR --held-out DIR --real DIR --weights FILE... [--sheet OUT.png]

The judge is a small network on ImageNet features and colour statistics of object, surroundings and the ring
between them. It learns to tell photographs from composites: objects with synthetic mismatches, and objects
pasted into other photographs. How well it tells is measured on photographs that it has not seen (the area
under its curve); then it judges real composites, as they are and as each of the weights makes them.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from model.composite import Composite
from model.contact_sheet import ContactSheet
from model.description import colour_statistics, regions, shrunk
from model.encoder import Encoder
from model.harmonizer import load_harmonizer
from model.training.dataset import Photographs, load_photographs
from model.training.discriminator import paste
from model.training.imagenet import imagenet_encoder
from model.training.lessons import synthesize

BATCH, SEED = 16, 77
SHOWN = 30  # composites on the sheet
CPU = torch.device("cpu")

Pictures = Iterator[tuple[Tensor, Tensor]]
"""Batches of pictures with mattes, 0-1."""
Retouch = Callable[[Tensor, Tensor], Tensor]


def describer() -> Callable[[Tensor, Tensor], NDArray[np.float32]]:
    """Pictures and mattes → what the judge sees: colour statistics, ImageNet features of the regions."""
    encoder = Encoder().eval()
    encoder.load_state_dict(imagenet_encoder())

    def describe(image: Tensor, matte: Tensor) -> NDArray[np.float32]:
        small, soft = shrunk(image), shrunk(matte)
        told = [colour_statistics(small, soft), regions(encoder(image), soft)]
        return torch.cat(told, 1).numpy()

    return describe


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
    describe = describer()
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
        pictures = (255 * image).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
        results = [
            harmonizer(Composite(np.ascontiguousarray(picture), own.numpy())).image
            for picture, own in zip(pictures, matte[:, 0], strict=True)
        ]
        return torch.from_numpy(np.stack(results)).permute(0, 3, 1, 2).float() / 255

    return harmonize


@torch.inference_mode()
def realness(judge: Pipeline, composites: Photographs, retouch: Retouch) -> NDArray[np.float64]:
    """The judge's probability that each picture is a photograph."""
    describe = describer()
    images, mattes = torch.split(composites.images, BATCH), torch.split(composites.mattes, BATCH)
    rows = []
    for image, matte in zip(images, mattes, strict=True):
        scaled, soft = image.float() / 255, matte.float() / 255
        rows.append(describe(retouch(scaled, soft), soft))
    found: NDArray[np.float64] = judge.predict_proba(np.concatenate(rows))[:, 1]
    return found


def contact_sheet(composites: Photographs, retouches: dict[str, Retouch]) -> ContactSheet:
    """The first composites of the folder, a row each: as they are, and as each of the weights makes them."""
    sheet = ContactSheet(list(retouches))
    images, mattes = (x[:SHOWN].float() / 255 for x in (composites.images, composites.mattes))
    made = [retouch(images, mattes) for retouch in retouches.values()]
    for row in zip(*made, strict=True):
        sheet.add([(255 * x).round().to(torch.uint8).permute(1, 2, 0).numpy() for x in row])
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--judge", type=Path, action="append", required=True)
    parser.add_argument("--held-out", type=Path, required=True)
    parser.add_argument("--real", type=Path, action="append", required=True)
    parser.add_argument("--weights", type=Path, nargs="+", required=True)
    parser.add_argument("--batches", type=int, default=300)
    parser.add_argument("--sheet", type=Path, metavar="OUT.png", help="picture of the first composites")
    args = parser.parse_args()
    x, y = lesson(load_photographs(args.judge, CPU), args.batches, SEED)
    judge = make_pipeline(
        StandardScaler(), MLPClassifier((128,), alpha=1e-2, early_stopping=True, random_state=SEED)
    ).fit(x, y)
    held_x, held_y = lesson(load_photographs([args.held_out], CPU), 20, SEED + 1)
    area = roc_auc_score(held_y, judge.predict_proba(held_x)[:, 1])
    print(f"area under the curve on held-out photographs: {area:.3f}")
    composites = load_photographs(args.real, CPU)
    print(f"{len(composites)} real composites{'':12}taken for photographs   mean probability")
    retouches: dict[str, Retouch] = {"as they are": lambda image, _: image}
    retouches |= {file.stem: harmonizing(file) for file in args.weights}
    for name, retouch in retouches.items():
        found = realness(judge, composites, retouch)
        print(f"{name:32}{(found > 0.5).mean():20.1%}{found.mean():19.3f}")
    if args.sheet is not None:
        Image.fromarray(contact_sheet(composites, retouches).picture()).save(args.sheet)


if __name__ == "__main__":
    main()
