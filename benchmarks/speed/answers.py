"""Measure how fast the workbench answers while a cut-out is dragged over a large photograph.

    python -m benchmarks.speed.answers [FILE.json]

A server of its own gets a background of 12 megapixels and a cut-out of 8 megapixels, both smooth noise. Then
the cut-out is moved, and each answer is waited for before the next request, as a browser does. The
milliseconds are those of whole requests, and of the placement and the network alone. A view of a part and a
file at full size follow.
"""

import json
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
from PIL import Image

from benchmarks.arguments import parser_of
from benchmarks.common import machine
from benchmarks.running_app import running_app

BACKGROUND, CUTOUT = (3000, 4000), (3200, 2500)  # height, width
MOVES = 40
ADDRESS = "/api/workbench"


@dataclass(frozen=True)
class AnswerTimes:
    """Hold milliseconds: median and slowest request, median of the work in it, and of other requests."""

    request: float
    slowest: float
    work: float
    upload: float
    view: float
    export: float


def measure(client: httpx.Client) -> AnswerTimes:
    """Drag the cut-out over the background, and return the times."""
    began = time.perf_counter()
    background = _uploaded(client, _picture(BACKGROUND), "picture")
    upload = time.perf_counter() - began
    cutout = _uploaded(client, _cutout(), "cutout")
    document = _document(background, cutout)
    one = document["objects"][0]
    took, work = [], []
    for move in range(MOVES):
        one["placement"].update(x=0.3 + 0.4 * move / MOVES, angle=0.02 * move)
        began = time.perf_counter()
        answer = (
            client.post(f"{ADDRESS}/answer", json={"document": document, "object": "o1"})
            .raise_for_status()
            .json()
        )
        took.append(time.perf_counter() - began)
        work.append(answer["seconds"])
        one["answer"] = one["edit"] = answer["edit"]
    view = _timed(client, "/view", {"document": document, "box": [0.4, 0.4, 0.7, 0.7], "width": 1200})
    export = _timed(client, "/export", {"document": document, "kind": "jpg"})
    milliseconds = [
        *(statistics.median(took[1:]), max(took[1:]), statistics.median(work[1:])),
        *(upload, view, export),
    ]
    return AnswerTimes(*(1000 * seconds for seconds in milliseconds))


def _timed(client: httpx.Client, path: str, body: dict[str, Any]) -> float:
    began = time.perf_counter()
    client.post(ADDRESS + path, json=body).raise_for_status()
    return time.perf_counter() - began


def _picture(size: tuple[int, int]) -> Any:
    coarse = np.random.default_rng(0).integers(0, 256, (size[0] // 40, size[1] // 40, 3), np.uint8)
    return cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)


def _cutout() -> Any:
    alpha = np.zeros(CUTOUT, np.uint8)
    cv2.ellipse(alpha, (CUTOUT[1] // 2, CUTOUT[0] // 2), (1100, 1500), 0, 0, 360, 255, -1)
    return np.dstack([_picture(CUTOUT), cv2.blur(alpha, (9, 9))])


def _uploaded(client: httpx.Client, pixels: Any, kind: str) -> str:
    file = BytesIO()
    if pixels.shape[2] == 3:
        Image.fromarray(pixels).save(file, "JPEG", quality=92)
    else:
        Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    sent = client.post(
        f"{ADDRESS}/files", content=file.getvalue(), params={"kind": kind, "name": f"{kind}.jpg"}
    )
    return str(sent.raise_for_status().json()["id"])


def _document(background: str, cutout: str) -> dict[str, Any]:
    placement = {"x": 0.5, "y": 0.5, "scale": 0.25, "angle": 0.0, "flip": False}
    one = {"id": "o1", "name": "Object 1", "cutout": cutout, "placement": placement}
    return {"version": 1, "background": background, "objects": [one], "reference": None}


def main() -> None:
    """Measure, print, and write the numbers to a file where one is named."""
    parser = parser_of(__doc__)
    parser.add_argument("out", nargs="?", type=Path)
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder)) as app,
        httpx.Client(base_url=app.url, timeout=120) as client,
    ):
        client.headers["X-Workbench"] = client.post(ADDRESS).raise_for_status().json()["token"]
        times = measure(client)
    for name, value in asdict(times).items():
        print(f"{name:8} {value:7.0f} ms")
    if args.out:
        args.out.write_text(json.dumps({"machine": machine(), **asdict(times)}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
