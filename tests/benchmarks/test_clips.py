"""Check how pictures of a page become a clip."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import FloatRect

from benchmarks import clips


def jpeg(level: int) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (118, 80), (level, level, level)).save(data, "JPEG")
    return data.getvalue()


def test_each_tick_shows_the_picture_of_its_time() -> None:
    frames = [(10.0, b"first"), (10.05, b"second"), (10.6, b"third"), (11.0, b"last")]
    shown = clips.evenly(frames)
    assert len(shown) == clips.RATE + 1
    assert shown[0] == b"first" and shown[1] == b"second" and shown[-1] == b"last"
    assert shown.count(b"second") == 7  # ticks at 1/12 to 7/12 of a second


def test_the_stage_is_cut_out_of_the_page() -> None:
    view: FloatRect = {"x": 100, "y": 50, "width": 800, "height": 400}
    assert clips.cropped(jpeg(9), view, 1180).size == (clips.WIDTH, clips.WIDTH // 2)


def test_the_clip_moves_and_is_small(tmp_path: Path) -> None:
    pictures = [Image.open(io.BytesIO(jpeg(level))) for level in (0, 120, 250)]
    path = tmp_path / "clips" / "drag.webp"
    clips.write_clip(pictures, path)
    with Image.open(path) as clip:
        assert getattr(clip, "n_frames", 1) == 3
    with pytest.raises(clips.TooLarge, match="larger than 10 bytes"):
        clips.write_clip(pictures, path, 10)
