"""Work on pictures in stripes of rows that fit into the processor's cache, on a few threads."""

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
ROWS = 64  # NumPy goes over them many times, so they should stay in the cache
THREADS = min(4, os.cpu_count() or 1)


def stripes(top: int, bottom: int, most: int = ROWS) -> list[slice]:
    """The rows from top to bottom (not included), at most `most` at a time, as many parts for each thread."""
    count = max(1, THREADS * math.ceil((bottom - top) / (most * THREADS)))
    edges = [top + (bottom - top) * part // count for part in range(count + 1)]
    return [slice(first, last) for first, last in pairwise(edges) if first < last]


def on_each(work: Callable[[T], object], parts: Iterable[T]) -> None:
    """Do the work for every part. An error in one of them is raised."""
    for _ in _pool().map(work, parts):
        pass


def bounding_box(matte: Matte) -> tuple[slice, slice]:
    """The smallest rows and columns outside which the matte is 0. At least one value must be above 0."""
    parts = stripes(0, len(matte))
    highest = np.empty((len(parts), matte.shape[1]), np.float32)

    def look(index: int) -> None:
        matte[parts[index]].max(axis=0, out=highest[index])

    on_each(look, range(len(parts)))
    columns = np.flatnonzero(highest.max(axis=0))
    touched = np.flatnonzero(highest.max(axis=1))
    first, last = (parts[index] for index in touched[[0, -1]])
    top = first.start + int(np.flatnonzero(matte[first].max(axis=1))[0])
    bottom = last.start + int(np.flatnonzero(matte[last].max(axis=1))[-1]) + 1
    return slice(top, bottom), slice(int(columns[0]), int(columns[-1]) + 1)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="stripes")


if hasattr(os, "register_at_fork"):  # threads do not survive a fork; a child starts its own
    os.register_at_fork(after_in_child=_pool.cache_clear)
