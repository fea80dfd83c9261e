"""Process pictures in blocks of rows that fit into the processor's cache, on up to four threads."""

import math
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TypeVar

import numpy as np

from model.images.arrays import Matte

T = TypeVar("T")
ROWS = 64  # NumPy reads a block many times, so a block should fit into the cache
THREADS = min(4, os.cpu_count() or 1)


def split_rows(top: int, bottom: int, most: int = ROWS) -> list[slice]:
    """Split rows from top to bottom (excluded) into blocks of at most `most`, equal numbers a thread."""
    count = max(1, THREADS * math.ceil((bottom - top) / (most * THREADS)))
    edges = [top + (bottom - top) * part // count for part in range(count + 1)]
    return [slice(first, last) for first, last in pairwise(edges) if first < last]


def run_in_threads(work: Callable[[T], object], parts: Iterable[T]) -> None:
    """Call `work` with every part, in threads. Raises the error of a part that fails."""
    for _ in _pool().map(work, parts):
        pass


def bounding_box(matte: Matte) -> tuple[slice, slice]:
    """Return the smallest ranges of rows and columns outside which the matte is 0.

    matte: H×W, with at least one value above 0.
    """
    parts = split_rows(0, len(matte))
    highest = np.empty((len(parts), matte.shape[1]), np.float32)

    def find_maxima(index: int) -> None:
        matte[parts[index]].max(axis=0, out=highest[index])

    run_in_threads(find_maxima, range(len(parts)))
    columns = np.flatnonzero(highest.max(axis=0))
    occupied = np.flatnonzero(highest.max(axis=1))
    first, last = (parts[index] for index in occupied[[0, -1]])
    top = first.start + int(np.flatnonzero(matte[first].max(axis=1))[0])
    bottom = last.start + int(np.flatnonzero(matte[last].max(axis=1))[-1]) + 1
    return slice(top, bottom), slice(int(columns[0]), int(columns[-1]) + 1)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="row-blocks")


if hasattr(os, "register_at_fork"):  # a forked process has no threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
