"""Make an animated picture of what a browser showed."""

import io
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect

WIDTH = 720  # pixels of the clip
RATE = 12  # frames a second
QUALITIES = (70, 60, 50, 40, 30)  # of WebP; the first that keeps the file small is taken
MOST_BYTES = 3_000_000


class TooLarge(Exception):
    """Refuse a clip that is too large for a page at any quality."""


def evenly(frames: list[tuple[float, bytes]]) -> list[bytes]:
    """Return the picture that was visible at each tick of the clip."""
    times = [moment for moment, _picture in frames]
    ticks = [times[0] + k / RATE for k in range(int((times[-1] - times[0]) * RATE) + 1)]
    return [frames[bisect_right(times, tick) - 1][1] for tick in ticks]


def cropped(frame: bytes, view: FloatRect, page_width: int) -> Image.Image:
    """Return a part of a picture of a page, at the width of the clip; view, page_width: in CSS pixels."""
    picture = Image.open(io.BytesIO(frame)).convert("RGB")
    scale = picture.width / page_width
    left, top, right, bottom = view["x"], view["y"], view["x"] + view["width"], view["y"] + view["height"]
    stage = picture.crop(
        (round(left * scale), round(top * scale), round(right * scale), round(bottom * scale))
    )
    return stage.resize((WIDTH, round(WIDTH * stage.height / stage.width)), Image.Resampling.LANCZOS)


def write_clip(pictures: Sequence[Image.Image], path: Path, most_bytes: int = MOST_BYTES) -> None:
    """Write an animated WebP. Raises TooLarge where it has more than `most_bytes` at the lowest quality."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for quality in QUALITIES:
        pictures[0].save(
            path,
            save_all=True,
            append_images=list(pictures[1:]),
            duration=round(1000 / RATE),
            loop=0,
            quality=quality,
            method=4,
        )
        if path.stat().st_size <= most_bytes:
            return
    raise TooLarge(f"The clip is larger than {most_bytes} bytes.")
