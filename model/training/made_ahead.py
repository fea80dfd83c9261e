"""Make the next batch while the present one is used."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def made_ahead(make: Callable[[], T]) -> Iterator[T]:
    """Yield what `make` returns without end; each is made in a thread while the one before is used."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(make)
        while True:
            batch = following.result()
            following = pool.submit(make)
            yield batch
