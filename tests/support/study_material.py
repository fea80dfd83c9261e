"""Write small composites, masks and results for tests of how studies are made."""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from study.config.config import StudyConfig, config_from_options

SIDE = 64


def write_material(folder: Path, items: int = 2, rivals: tuple[str, ...] = (), side: int = SIDE) -> Path:
    """Write composites and masks, and results of rivals, which change the object alone; return the folder.

    side: height in pixels; pictures are half as wide again.
    """
    random = np.random.default_rng(3)
    for part in ("composite", "mask", *(f"results/{name}" for name in rivals)):
        (folder / part).mkdir(parents=True)
    width = side * 3 // 2
    mask = np.zeros((side, width, 3), np.uint8)
    mask[side // 4 : side * 3 // 4, width // 3 : width * 2 // 3] = 255
    for number in range(items):
        picture = cv2.resize(random.integers(0, 256, (6, 9, 3), np.uint8), (width, side))
        cv2.imwrite(str(folder / "composite" / f"scene{number}.png"), picture)
        cv2.imwrite(str(folder / "mask" / f"scene{number}.png"), mask)
        for step, name in enumerate(rivals, start=1):
            changed = np.where(mask > 0, picture // (step + 1), picture)
            cv2.imwrite(str(folder / "results" / name / f"scene{number}.png"), changed)
    return folder


def without_names(study: Path) -> tuple[str, list[str]]:
    """Return the manifest without the random names of the files, which have the hashes that it states."""
    text = (study / "study.json").read_text()
    for path in (study / "stimuli").iterdir():
        assert text.count(path.name) == 1
        assert hashlib.sha256(path.read_bytes()).hexdigest() in text
        text = text.replace(path.name, "")
    return text, sorted(path.name for path in study.iterdir())


def material_config(*methods: str) -> StudyConfig:
    """Return a configuration of a study of these methods."""
    study = {"slug": "made", "title": "Made", "question": "Which?"}
    return config_from_options(list(methods), study, {"votes": 2})
