"""Measure networks on mild mismatches, as of everyday composites, by a generator that training does not use.

    python -m benchmarks.accuracy.mild PHOTOGRAPHS [WEIGHTS ...]

PHOTOGRAPHS holds images/ and masks/. The object of each photograph gets a little other exposure, white
balance, gamma, contrast and saturation, once for each seed; then the same with a ramp of light over the
object. The networks harmonize these composites, with the curves alone and with the shading map. The table
holds the mean squared error over the object, levels², its share of the composite's error (of the means, and
the median of the shares of single composites, as few composites have most of the error), in how many it is
smaller, and what the map changes. Intervals are a bootstrap over photographs, whose errors
are means over the seeds.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.errors import Errors, change_cell, errors_of, share, share_cell
from benchmarks.accuracy.photographs import read_photographs, to_light
from benchmarks.arguments import photographs_and_weights
from model.images.arrays import Matte
from model.images.composite import Composite
from model.network.harmonizer import Harmonizer, load_harmonizer

SEEDS = (1, 2, 3)
LONGEST = 384  # pixels a side
LUMA = np.array([0.299, 0.587, 0.114])
WORSE = 1.02  # an error that the map increases by more than 2 %
HEADS = (
    "mismatch", "weights", "composite", "curves", "curves and map", "share of the composite's", "by seed",
    "median share", "smaller", "map against curves", "map worse by > 2 %",
)  # fmt: skip

Light = NDArray[np.float64]


@dataclass(frozen=True)
class Mild:
    """Hold a change of colours; all zero = no change.

    stops: exposure. warmth: stops by which red gains and blue loses. tint: stops of green.
    gamma, contrast, saturation: natural logarithms of factors. ramp: stops between the object's middle and
    its brighter edge. angle: direction in which the light increases, radians from right to down.
    """

    stops: float = 0.0
    warmth: float = 0.0
    tint: float = 0.0
    gamma: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    ramp: float = 0.0
    angle: float = 0.0


def draw(seed: int, number: int, has_ramp: bool) -> Mild:
    """Draw the change of one photograph; the colours are the same with a ramp and without."""
    rng = np.random.default_rng((seed, number))
    spread = np.array([0.55, 0.18, 0.07, 0.15, 0.15, 0.25])
    stops, warmth, tint, gamma, contrast, saturation = spread * np.clip(rng.standard_normal(6), -2, 2)
    ramp, angle = rng.uniform(0.5, 1.1), rng.uniform(0, 2 * np.pi)
    return Mild(stops, warmth, tint, gamma, contrast, saturation, ramp if has_ramp else 0.0, angle)


def ramp_over(matte: Matte, angle: float) -> Light:
    """Return H×W positions along a direction, from -1 at one edge of the object to 1 at the other."""
    rows, columns = np.indices(matte.shape)
    along = columns * np.cos(angle) + rows * np.sin(angle)
    inside = along[matte > 0.5]
    middle, half = (inside.max() + inside.min()) / 2, (inside.max() - inside.min()) / 2
    return np.asarray(np.clip((along - middle) / max(half, 1.0), -1, 1))


def changed(photograph: Composite, mild: Mild) -> Composite:
    """Return the composite whose object has changed colours, H×W×3 uint8.

    Exposure, white balance and ramp are factors of linear light; the rest applies to encoded values, contrast
    about the object's mean luma.
    """
    matte, encoded = photograph.matte, photograph.image / 255.0
    gains = np.array([mild.stops + mild.warmth, mild.stops + mild.tint, mild.stops - mild.warmth])
    stops = gains + mild.ramp * ramp_over(matte, mild.angle)[..., None]
    values = to_encoded(to_light(encoded) * 2**stops) ** np.exp(mild.gamma)
    luma = values @ LUMA
    mean = float((luma * matte).sum() / matte.sum())
    values = mean + np.exp(mild.contrast) * (values - mean)
    grey = (values @ LUMA)[..., None]
    values = np.clip(grey + np.exp(mild.saturation) * (values - grey), 0, 1)
    mixed = encoded + matte[..., None] * (values - encoded)
    return Composite(np.rint(255 * mixed).astype(np.uint8), matte)


def to_encoded(light: Light) -> Light:
    """Return sRGB values in 0-1 of linear light; more than white is white."""
    clipped = np.clip(light, 0, 1)
    return np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)


def measure(harmonizers: list[Harmonizer], folder: Path, has_ramp: bool) -> list[Errors]:
    """Return for each network the errors, seeds × photographs × 3, in the order of `errors_of`."""
    rows: list[list[list[list[float]]]] = [[[] for _ in SEEDS] for _ in harmonizers]
    for number, (_, photograph) in enumerate(read_photographs(folder, LONGEST)):
        for place, seed in enumerate(SEEDS):
            composite = changed(photograph, draw(seed, number, has_ramp))
            for own, harmonizer in zip(rows, harmonizers, strict=True):
                own[place].append(errors_of(harmonizer, composite, photograph.image))
    return [np.array(own) for own in rows]


def cells(errors: Errors) -> list[str]:
    """Return the cells of one line of the table, after its first two."""
    untouched, curves, both = errors.transpose(2, 0, 1)
    by_seed = (f"{share(one, before)[0]:.2f}" for one, before in zip(both, untouched, strict=True))
    return [
        *(f"{part.mean():.0f}" for part in (untouched, curves, both)),
        share_cell(both.mean(0), untouched.mean(0)),
        ", ".join(by_seed),
        f"{np.median(both / untouched):.2f}",
        f"{(both < untouched).sum()} of {both.size}",
        change_cell(both.mean(0), curves.mean(0)),
        f"{(both > WORSE * curves).sum()} of {both.size}",
    ]


def main() -> None:
    """Print a table in Markdown."""
    folder, files = photographs_and_weights(__doc__)
    harmonizers = [load_harmonizer(file) for file in files]
    print("|", " | ".join(HEADS), "|\n|---|---|" + "---:|" * (len(HEADS) - 2))
    for kind, has_ramp in (("colours", False), ("colours and a ramp", True)):
        measured = measure(harmonizers, folder, has_ramp)
        for file, errors in zip(files, measured, strict=True):
            print(f"| {kind} | {file.stem} |", " | ".join(cells(errors)), "|", flush=True)


if __name__ == "__main__":
    main()
