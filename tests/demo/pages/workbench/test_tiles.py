"""Zoom into a large picture: the visible part appears at its true resolution."""

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from model.images.files import write_picture
from tests.demo.pages.workbench.walk import choose, expect_edited, open_bench, title

pytestmark = pytest.mark.browser
PIXELS = """(tile) => {
    const sheet = document.createElement('canvas');
    Object.assign(sheet, { width: tile.naturalWidth, height: tile.naturalHeight });
    sheet.getContext('2d').drawImage(tile, 0, 0);
    const box = ['left', 'top', 'width', 'height'].map((side) => parseFloat(tile.style[side]) / 100);
    return [sheet.toDataURL('image/png').split(',')[1], box];
}"""
WIDTH, HEIGHT = 3000, 2000


def test_the_full_view_shows_every_pixel(page: Page, tmp_path: Path) -> None:
    # Stripes of 2 pixels: the preview of 1600 pixels cannot show them.
    stripes = np.where(np.arange(WIDTH) // 2 % 2, 200, 60).astype(np.uint8)
    photo = np.broadcast_to(stripes[None, :, None], (HEIGHT, WIDTH, 3)).copy()
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(mask, (300, 300), 200, 255, -1)
    write_picture(tmp_path / "stripes.png", photo)
    cv2.imwrite(str(tmp_path / "stripes_mask.png"), mask)
    open_bench(page)
    choose(page, tmp_path / "stripes.png", tmp_path / "stripes_mask.png")
    expect(title(page)).to_have_text("stripes.png")
    expect_edited(page)
    tile = page.locator(".wb-after .wb-tile")
    expect(tile).to_be_hidden()
    page.locator("[data-do=full]").click()
    expect(tile).to_be_visible()
    text, (left, top, width, height) = tile.evaluate(PIXELS)
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(text), np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    columns, rows = round(width * WIDTH), round(height * HEIGHT)
    assert abs(shown.shape[1] - columns) <= 1 and abs(shown.shape[0] - rows) <= 1
    assert shown.std() > 60  # the stripes: 70 in the photograph, 0 where they are blurred
    page.locator("[data-do=fit]").click()
    expect(tile).to_be_hidden()
