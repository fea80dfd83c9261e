"""Count the pictures of a study while they are made, and keep those that are finished."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from study.atomic_files import write_file
from study.build.material import Subject

Pixels = NDArray[Any]
Run = Callable[[Subject], Pixels]


@dataclass(frozen=True)
class Progress:
    """Describe how far a build is: pictures done and in all, the last one, and the seconds that are left.

    seconds_left: None until every method has made a picture.
    """

    done: int
    total: int
    item: str
    method: str
    seconds_left: float | None

    def __str__(self) -> str:
        left = "" if self.seconds_left is None else f", {in_words(self.seconds_left)} left"
        return f"picture {self.done} of {self.total} ({self.item}, {self.method}){left}"


def in_words(seconds: float) -> str:
    """Return a duration as "40 s", "12 min" or "3.5 h"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@dataclass
class Meter:
    """Count pictures. left: of each method. latest: seconds of the last picture of each method."""

    left: dict[str, int]
    report: Callable[[Progress], None]
    latest: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._total = sum(self.left.values())

    def count(self, item: str, method: str, seconds: float) -> None:
        """Report one more picture, which took this time."""
        self.left[method] -= 1
        self.latest[method] = seconds
        left: float | None = None
        if self.latest.keys() == self.left.keys():
            left = sum(self.latest[name] * number for name, number in self.left.items())
        done = self._total - sum(self.left.values())
        self.report(Progress(done, self._total, item, method, left))


def counted(methods: Mapping[str, Run], items: int, report: Callable[[Progress], None]) -> dict[str, Run]:
    """Return the methods so that each picture is reported when it is done."""
    meter = Meter(dict.fromkeys(methods, items), report)

    def counting(name: str, run: Run) -> Run:
        def run_and_count(subject: Subject) -> Pixels:
            began = time.monotonic()
            picture = run(subject)
            meter.count(subject.name, name, time.monotonic() - began)
            return picture

        return run_and_count

    return {name: counting(name, run) for name, run in methods.items()}


def kept(name: str, run: Run, folder: Path) -> Run:
    """Return a method that keeps its pictures in files of a folder, in full size and depth.

    A picture that was kept for the same composite is read instead of made again.
    """

    def run_once(subject: Subject) -> Pixels:
        path = folder / f"{_fingerprint(name, subject)}.png"
        found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
        if found is not None:
            return np.ascontiguousarray(found[:, :, ::-1])
        picture = run(subject)
        folder.mkdir(parents=True, exist_ok=True)
        write_file(path, cv2.imencode(".png", picture[:, :, ::-1])[1].tobytes())
        return picture

    return run_once


def _fingerprint(method: str, subject: Subject) -> str:
    """Return a name that another method, picture or mask does not have."""
    composite = subject.of_composite
    content = hashlib.sha256(f"{method}\0{composite.image.dtype}\0".encode())
    for array in (composite.image, composite.matte, composite.background):
        content.update(b"" if array is None else np.ascontiguousarray(array).data)
        content.update(str(None if array is None else array.shape).encode())
    return content.hexdigest()[:40]
