"""Find masks although the network that the operator named is missing."""

from pathlib import Path

import pytest

from demo.pictures.mask_finder import mask_finder
from model.masks.saliency import SETTING, installed_network
from model.masks.select import OWN
from tests.model.masks.test_select import BOX, plain_scene


def test_a_missing_network_is_logged_and_masks_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(SETTING, str(tmp_path / "gone.onnx"))
    for function in (installed_network, mask_finder):
        function.cache_clear()
    assert mask_finder().in_box(plain_scene()[0], BOX).tool == OWN
    assert "gone.onnx was not found" in caplog.text
    mask_finder.cache_clear()
