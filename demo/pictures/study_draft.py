"""Write compared pictures into a draft study: the folder that `python -m study build` reads."""

import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from demo.pictures.inputs import Inputs
from model import BadImage
from model.images.arrays import NO_METADATA, Metadata, Pixels
from model.images.files import write_picture

MOST_PICTURES = 500


@dataclass(frozen=True)
class StudyDraft:
    """Describe the folder of the draft, with composite/, mask/ and results/<method>/ under equal names.

    open_to: return True for the headers of a request that may add pictures; others could fill the disk.
    """

    folder: Path
    open_to: Callable[[Mapping[str, str]], bool]

    def command(self, methods: Mapping[str, Path]) -> str:
        """Return the command that builds a study from the draft."""
        names = ",".join(methods)
        return (
            f"python -m study build --composites {self.folder} --results {self.folder / 'results'}"
            f" --methods {names} --out {self.folder.parent / 'my-study'}"
        )


def add_picture(folder: Path, inputs: Inputs, results: Mapping[str, Path]) -> str:
    """Add a composite, its mask and the full-size results of the methods; return its name in the draft.

    Raises BadImage where the draft is full.
    """
    composite = inputs.read()
    taken = {path.stem for path in (folder / "composite").glob("*")}
    if len(taken) >= MOST_PICTURES:
        raise BadImage(f"The draft study has {MOST_PICTURES} pictures, which is the largest possible number.")
    name = inputs.stem
    while name in taken:
        name = f"{inputs.stem}-{secrets.token_hex(2)}"
    for method, result in results.items():
        _copy(result, folder / "results" / method / f"{name}.png")
    grey = np.rint(composite.matte * 255).astype(np.uint8)
    _write(folder / "mask" / f"{name}.png", cv2.merge([grey, grey, grey]))
    # The composite is written last: `study build` counts a picture by its composite.
    _write(folder / "composite" / f"{name}.png", composite.image, composite.metadata)
    return name


def _write(path: Path, pixels: Pixels, metadata: Metadata = NO_METADATA) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, pixels, metadata=metadata)


def _copy(source: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{secrets.token_hex(8)}.tmp")
    shutil.copyfile(source, partial)
    os.replace(partial, path)
