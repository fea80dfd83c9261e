"""Define tasks for lanes in tests; child processes import this module."""

import os
import signal
import sys
import time
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from model import BadImage


def setup(stopped: Event) -> Event:
    """Return the event that the lane sets when a task is to end; tasks get it as their first argument."""
    return stopped


def broken_setup(stopped: Event) -> None:
    """Raise an error, so that no process of the lane can start."""
    raise RuntimeError(f"no weights, {stopped.is_set()}")


def add(_stopped: Event, first: int, second: int) -> int:
    """Return the sum."""
    return first + second


def process(_stopped: Event) -> tuple[int, int]:
    """Return the number of the process and its niceness."""
    return os.getpid(), os.nice(0)


def torch_threads(_context: Any) -> int:
    """Return the number of threads that PyTorch computes in."""
    import torch

    return torch.get_num_threads()


def refuse(_stopped: Event, words: str) -> None:
    """Raise BadImage, whose message is for users."""
    raise BadImage(words)


def break_down(_stopped: Event) -> None:
    """Raise an error with a path in its message, which users must not see."""
    raise np.linalg.LinAlgError("singular matrix in /secret/place")


def write_down(_stopped: Event, path: Path, line: str) -> None:
    """Append a line to a file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def wait(_stopped: Event, seconds: float) -> None:
    """Wait, and ignore that the task is to end."""
    time.sleep(seconds)


def wait_until_stopped(stopped: Event) -> int:
    """Wait until the task is to end, at most 30 seconds, and return the number of the process."""
    stopped.wait(30)
    return os.getpid()


def die(_stopped: Event) -> None:
    """Kill the process."""
    os.kill(os.getpid(), signal.SIGKILL)


def take(_stopped: Event, megabytes: int) -> Any:
    """Allocate and fill an array of this size."""
    return int(np.ones(megabytes * 1_000_000, np.uint8).sum())


def chatter(_stopped: Event) -> str:
    """Write to standard output, as some methods do."""
    sys.stdout.write("a method that prints\n")
    return "fine"
