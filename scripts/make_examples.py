"""Make the example composites from photographs that are part of scikit-image and scikit-learn.

Run `make examples` to replace them, or `python -m scripts.make_examples OUT_DIR [NAME ...]` to compare first.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from scripts.matting import Array
from scripts.scenes import SCENES, Scene

EXAMPLES = Path(__file__).resolve().parent.parent / "demo" / "examples"
QUALITY = {
    ".jpg": [
        cv2.IMWRITE_JPEG_QUALITY,
        92,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 92],
    ".png": [cv2.IMWRITE_PNG_COMPRESSION, 9],
}


def write(path: Path, image: Array) -> None:
    """Write H×W grey, H×W×3 RGB or H×W×4 RGBA in 0-1 as 8 bits."""
    pixels: Array = np.round(image * 255).astype(np.uint8)
    order = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, order[pixels.shape[2]])
    cv2.imwrite(str(path), pixels, QUALITY[path.suffix])


def write_scene(folder: Path, name: str, scene: Scene) -> None:
    """Write the composite, the mask, the background without the object, and the cut-out of a scene."""
    background, cutout = scene
    alpha = cutout.matte[..., None]
    write(folder / f"{name}.jpg", cutout.colours * alpha + background * (1 - alpha))
    write(folder / f"{name}_mask.png", cutout.matte)
    write(folder / f"{name}_background.jpg", background)
    write(folder / f"{name}_cutout.webp", np.dstack([cutout.colours, cutout.matte]))


def main(folder: Path, names: list[str]) -> None:
    """Write the named scenes, or all without names. Exits with a list of the scenes for an unknown name."""
    unknown = set(names) - set(SCENES)
    if unknown:
        sys.exit(f"No scene is called {', '.join(sorted(unknown))}. There are: {', '.join(sorted(SCENES))}.")
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or SCENES:
        write_scene(folder, name, SCENES[name]())
        print(f"{name}: written to {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES, sys.argv[2:])
