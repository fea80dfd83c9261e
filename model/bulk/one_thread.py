"""Let PyTorch and BLAS compute on one thread: their sums depend on the number, and results must not."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@contextmanager
def one_thread() -> Iterator[None]:
    """Set it for processes that start and libraries that are loaded in this block; for PyTorch at once."""
    before = {name: os.environ.get(name) for name in SETTINGS}
    torch = sys.modules.get("torch")
    threads = None if torch is None else torch.get_num_threads()
    os.environ.update(dict.fromkeys(SETTINGS, "1"))
    if torch is not None:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        if torch is not None:
            torch.set_num_threads(threads)
