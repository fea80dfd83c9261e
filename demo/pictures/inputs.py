"""Name the pictures of a visitor."""

import re
from dataclasses import dataclass
from pathlib import Path

from model import BadImage, Composite
from model.images.decoded_files import DecodedFiles


@dataclass(frozen=True)
class Inputs:
    """Hold the paths of the pictures of a visitor, "" where there is none.

    pasted: True when the visitor gives a background and a cut-out, False for a composite and a mask.
    """

    composite: str = ""
    mask: str = ""
    background: str = ""
    cutout: str = ""
    pasted: bool = False

    def read(self, decoded: DecodedFiles | None = None) -> Composite:
        """Return the composite of the chosen pair of files.

        decoded: decoded files to use again; without it every file is decoded. Raises BadImage, also when one
        of the files is missing.
        """
        decoded = decoded or DecodedFiles(0)
        if self.pasted:
            if not self.background or not self.cutout:
                raise BadImage("Please add both a background and a cut-out with transparency.")
            return decoded.cutout(self.background, self.cutout)
        if not self.composite:
            raise BadImage("Please add the picture with the pasted object first.")
        return decoded.composite(self.composite, self.mask or None)

    @property
    def files(self) -> tuple[str, ...]:
        """Return the files of the chosen pair, first the one that gives a result its size."""
        pair = (self.background, self.cutout) if self.pasted else (self.composite, self.mask)
        return tuple(filter(None, pair))

    @property
    def whole(self) -> bool:
        """Return True where both files of the chosen pair are there."""
        return bool(self.background and self.cutout) if self.pasted else bool(self.composite and self.mask)

    @property
    def main(self) -> Path:
        """Return the file that gives a result its size and its name."""
        return Path(self.background if self.pasted else self.composite)

    @property
    def stem(self) -> str:
        """Return a file name for results, made from the name of the main file."""
        stem = self.main.stem
        return re.sub(r"[^\w-]+", "-", stem)[:60].strip("-") or "picture"
