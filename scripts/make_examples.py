"""Makes the example composites from photographs that scikit-image and scikit-learn ship.

Run as `make examples`, or `python -m scripts.make_examples OUT_DIR` to look before replacing.
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
    """Write composite, mask, clean background and cut-out."""
    background, cutout = scene
    alpha = cutout.matte[..., None]
    write(folder / f"{name}.jpg", cutout.colours * alpha + background * (1 - alpha))
    write(folder / f"{name}_mask.png", cutout.matte)
    write(folder / f"{name}_background.jpg", background)
    write(folder / f"{name}_cutout.webp", np.dstack([cutout.colours, cutout.matte]))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    target.mkdir(parents=True, exist_ok=True)
    for name, scene in SCENES.items():
        write_scene(target, name, scene())
        print(f"{name}: written to {target}")
