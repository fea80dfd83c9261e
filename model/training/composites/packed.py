"""Read and write a packed training set: one file with photographs as WebP and mattes as PNG of one bit.

It is a .safetensors file with the encoded files one after another, their ends, and the similar objects of
each photograph, so that training from it needs no ImageNet weights. Its SHA-256 is in the header.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from model.images.files import write_atomic
from model.training.composites.bad_data import BadData

FORMAT = "harmonylab training set 1"
HALF = 127  # greatest value of a matte that becomes background
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Packed:
    """Hold N encoded photographs and mattes of equal size, and the similar objects of each: N×k, int32."""

    photographs: Sequence[Bytes]
    mattes: Sequence[Bytes]
    neighbours: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.photographs)

    def decode(self, index: int, side: int) -> tuple[Bytes, Bytes]:
        """Return a photograph, side×side×3 sRGB, and its matte, side×side; uint8. Raises BadData."""
        pixels = cv2.imdecode(self.photographs[index], cv2.IMREAD_COLOR_RGB)
        matte = cv2.imdecode(self.mattes[index], cv2.IMREAD_GRAYSCALE)
        if pixels is None or matte is None:
            raise BadData(
                f"Photograph {index} of the packed training set cannot be read. Please pack it again."
            )
        resized = (
            cv2.resize(pixels, (side, side), interpolation=cv2.INTER_CUBIC),
            cv2.resize(matte, (side, side), interpolation=cv2.INTER_LINEAR),
        )
        return resized[0].astype(np.uint8), resized[1].astype(np.uint8)


def encode_photograph(pixels: Bytes, quality: int) -> Bytes:
    """Encode H×W×3 sRGB as WebP of a quality of 1 to 100."""
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return np.asarray(cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, quality])[1], np.uint8)


def encode_matte(matte: Bytes) -> Bytes:
    """Encode H×W as a PNG of one bit: background or object."""
    options = [cv2.IMWRITE_PNG_BILEVEL, 1, cv2.IMWRITE_PNG_COMPRESSION, 9]
    return np.asarray(cv2.imencode(".png", np.uint8(255) * (matte > HALF), options)[1], np.uint8)


def write_packed(file: Path, packed: Packed) -> None:
    """Write a packed training set, atomically."""
    tensors: dict[str, NDArray[Any]] = {"neighbours": packed.neighbours}
    for name, files in (("photographs", packed.photographs), ("mattes", packed.mattes)):
        tensors[name] = np.concatenate(files)
        tensors[f"{name}_ends"] = np.cumsum([len(one) for one in files])
    header = {"format": FORMAT, "sha256": _hash(tensors)}
    write_atomic(file, save(tensors, header))


def read_packed(file: Path) -> Packed:
    """Read a packed training set. Raises BadData for another file and for a damaged one."""
    try:
        with safe_open(file, "numpy") as content:
            header = content.metadata() or {}
            tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise BadData(f"{file.name} was not found: give a folder or a packed training set.") from None
    except (SafetensorError, OSError):
        raise BadData(
            f"{file.name} is no packed training set, or it is damaged. Please pack it again."
        ) from None
    if header.get("format") != FORMAT:
        raise BadData(f"{file.name} is no packed training set of this version. Please pack it again.")
    if header.get("sha256") != _hash(tensors):
        raise BadData(f"{file.name} is damaged. Please copy it again, or pack it again.")
    photographs, mattes = (
        np.split(tensors[name], tensors[f"{name}_ends"][:-1]) for name in ("photographs", "mattes")
    )
    return Packed(photographs, mattes, tensors["neighbours"])


def _hash(tensors: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensors[name]).tobytes())
    return digest.hexdigest()
