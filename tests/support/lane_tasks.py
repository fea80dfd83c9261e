"""Tasks for the lanes that tests start: a child process imports this module."""

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
    return stopped


def broken_setup(stopped: Event) -> None:
    raise RuntimeError(f"no weights, {stopped.is_set()}")


def add(_stopped: Event, first: int, second: int) -> int:
    return first + second


def process(_stopped: Event) -> tuple[int, int]:
    """Return the number of the process and its niceness."""
    return os.getpid(), os.nice(0)


def refuse(_stopped: Event, words: str) -> None:
    raise BadImage(words)


def break_down(_stopped: Event) -> None:
    raise np.linalg.LinAlgError("singular matrix in /secret/place")


def write_down(_stopped: Event, path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def wait(_stopped: Event, seconds: float) -> None:
    time.sleep(seconds)


def wait_until_stopped(stopped: Event) -> int:
    stopped.wait(30)
    return os.getpid()


def die(_stopped: Event) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def take(_stopped: Event, megabytes: int) -> Any:
    return int(np.ones(megabytes * 1_000_000, np.uint8).sum())


def chatter(_stopped: Event) -> str:
    sys.stdout.write("a method that prints\n")
    return "fine"
