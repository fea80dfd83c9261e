"""Pack photographs with mattes into one small file for another machine: `python -m model pack`.

The best quality is taken at which all photographs fit into the limit. Where they do not fit at the lowest,
photographs are left out, evenly from all folders.
"""

import argparse
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from model.training.composites.bad_data import BadData
from model.training.composites.dataset import find_pairs, read_pair
from model.training.composites.nearest_neighbours import COUNT, find_neighbours
from model.training.composites.packed import Bytes, Packed, encode_matte, encode_photograph, write_packed

QUALITIES = (90, 80, 65, 50, 35)  # of WebP; below, blocks show
TRIED = 60  # photographs whose sizes decide the quality
UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
HEADER = 2_000  # bytes
NUMBERS = 2 * 8 + 4 * COUNT  # bytes beside each pair: two ends, the neighbours

Pairs = list[tuple[Path, Path]]
Encoded = tuple[Bytes, Bytes]


@dataclass(frozen=True)
class Contents:
    """Hold encoded pairs, their quality, and the indices of the pairs that were taken."""

    encoded: list[Encoded]
    quality: int
    taken: list[int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `python -m model pack`."""
    add = parser.add_argument
    add("--data", action="append", required=True, type=Path, metavar="DIR",
        help="folder with images/ and masks/; may be given several times")  # fmt: skip
    add("--size", type=int, default=224, help="side of the stored photographs, in pixels")
    add(
        "--limit", type=size_in_bytes, default="50MB", help="greatest size of the file, such as 50MB or 30MiB"
    )
    add("--out", required=True, type=Path, metavar="FILE", help="file to write; `train --data FILE` reads it")


def run(args: argparse.Namespace) -> int:
    """Pack with the parsed options; return the exit code. Raises BadData for an unusable folder or limit."""
    if not 32 <= args.size <= 1024:
        raise BadData("--size should be between 32 and 1024 pixels.")
    pairs = [pair for folder in args.data for pair in find_pairs(folder)]
    contents = fill(pairs, args.size, args.limit)
    photographs, mattes = zip(*contents.encoded, strict=True)
    packed = Packed(photographs, mattes, np.empty((0, 0), np.int32))
    write_packed(args.out, Packed(photographs, mattes, neighbours_of(packed)))
    size = args.out.stat().st_size / 1e6
    count = len(contents.taken)
    print(
        f"Packed {count:,} of {len(pairs):,} photographs at WebP quality {contents.quality}: {size:.1f} MB."
    )
    if count < len(pairs):
        print(
            f"Left out: {left_out(pairs, contents.taken)}. A larger --limit or a smaller --size takes more."
        )
    return 0


def size_in_bytes(text: str) -> int:
    """Return the bytes that a size such as 50MB, 30 MiB or 1000000 names. Raises ArgumentTypeError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower())
    if match is None or match[2] not in UNITS:
        raise argparse.ArgumentTypeError(f"{text} is no size: give one such as 50MB or 30MiB")
    return int(float(match[1]) * UNITS[match[2]])


def fill(pairs: Pairs, size: int, limit: int) -> Contents:
    """Encode as many pairs as fit into `limit` bytes.

    Raises BadData where a pair is unreadable or none fits.
    """
    tried = pairs[:: max(1, len(pairs) // TRIED)]
    for quality in QUALITIES:
        if sum(map(stored_bytes, encode_all(tried, size, quality))) * len(pairs) / len(tried) < 0.97 * limit:
            break
    encoded = encode_all(pairs, size, quality)
    taken = fitting([stored_bytes(one) for one in encoded], limit - HEADER)
    if not taken:
        raise BadData("No photograph fits into the limit. Please give a larger one.")
    return Contents([encoded[i] for i in taken], quality, taken)


def encode_all(pairs: Pairs, size: int, quality: int) -> list[Encoded]:
    """Read and encode pairs of photograph and mask. Raises BadData."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(partial(_encode, size=size, quality=quality), pairs))


def _encode(pair: tuple[Path, Path], size: int, quality: int) -> Encoded:
    pixels, matte = read_pair(*pair, size)
    return encode_photograph(pixels, quality), encode_matte(matte)


def stored_bytes(encoded: Encoded) -> int:
    """Return the size that a pair takes in the file."""
    return sum(map(len, encoded)) + NUMBERS


def fitting(sizes: Sequence[int], limit: int) -> list[int]:
    """Return as many indices, evenly spread, as have sizes whose sum is within the limit."""
    count = len(sizes)
    while count:
        chosen = np.linspace(0, len(sizes) - 1, count).round().astype(int)
        total = int(np.asarray(sizes)[chosen].sum())
        if total <= limit:
            return [int(i) for i in chosen]
        count = min(count - 1, int(count * limit / total))
    return []


def neighbours_of(packed: Packed) -> NDArray[np.int32]:
    """Return the similar objects of each photograph, N×k, int32, found on half the network's input size."""
    side = 128
    with ThreadPoolExecutor() as pool:
        pixels = list(pool.map(partial(packed.decode, side=side), range(len(packed))))
    images = torch.from_numpy(np.stack([one for one, _ in pixels])).permute(0, 3, 1, 2).contiguous()
    mattes = torch.from_numpy(np.stack([one for _, one in pixels]))[:, None]
    return np.asarray(find_neighbours(images, mattes).numpy(), np.int32)


def left_out(pairs: Pairs, taken: Sequence[int]) -> str:
    """Return how many photographs of each folder were left out, in words."""
    missing = set(range(len(pairs))).difference(taken)
    folders = [pairs[i][0].parent.parent.name for i in sorted(missing)]
    return ", ".join(f"{folders.count(name):,} of {name}" for name in dict.fromkeys(folders))
