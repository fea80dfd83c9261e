"""Check predictions from 256×256 pixels, their application at full size, and unusable weights."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from model import BadWeights, Composite, Harmonizer, load_harmonizer
from model.network.harmonizer import TYPICAL_ERROR, network_input
from model.network.network import HarmonizerNetwork


def unmixed(image: Tensor) -> Tensor:
    """Return colour matrices that change nothing, B×3×4."""
    return torch.eye(3, 4).expand(len(image), 3, 4)


class Darken(nn.Module):
    """Halve the tones, and brighten where the matte is above 0, in place of the trained network."""

    def forward(self, image: Tensor, matte: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        assert image.shape[1:] == (3, 256, 256) and matte.shape[1:] == (1, 256, 256)
        curves = torch.linspace(0, 0.5, 17).expand(len(image), 3, 17)
        return curves, unmixed(image), 0.1 * nn.functional.avg_pool2d(matte, 8)


def composite(dtype: type[np.unsignedinteger[Any]] = np.uint8) -> Composite:
    rng = np.random.default_rng(0)
    image = rng.integers(0, np.iinfo(dtype).max, (100, 300, 3), dtype)
    matte = np.zeros((100, 300), np.float32)
    matte[20:80, 100:200] = 1
    return Composite(image, matte)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_result_has_the_size_and_depth_of_the_input(dtype: type[np.unsignedinteger[Any]]) -> None:
    source = composite(dtype)
    result = Harmonizer(Darken())(source)
    assert result.image.shape == source.image.shape
    assert result.image.dtype == dtype
    assert result.image[50, 150].mean() < source.image[50, 150].mean()
    assert np.array_equal(result.image[:20], source.image[:20])
    assert result.seconds > 0


def test_the_edit_is_the_network_s_output() -> None:
    edit = Harmonizer(Darken()).predict(composite())
    assert edit.curves.shape == (3, 17)
    assert edit.curves.max() == pytest.approx(0.5, abs=0.01)
    assert edit.shading[16, 16] == pytest.approx(0.1, abs=0.01)
    assert edit.shading[0, 0] == 0


class Brighten(nn.Module):
    """Add a number of levels to all values but white, in place of the trained network."""

    def __init__(self, levels: float) -> None:
        super().__init__()
        self.levels = levels

    def forward(self, image: Tensor, _matte: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        curves = (torch.linspace(0, 1, 17) + self.levels / 255).clamp(max=1).expand(len(image), 3, 17)
        return curves, unmixed(image), torch.zeros(len(image), 1, 16, 16)


def test_a_small_correction_is_reduced_and_a_large_one_kept() -> None:
    source = Composite(np.full((60, 60, 3), 100, np.uint8), composite().matte[20:80, 90:150])
    asked = [0.0, 1.0, TYPICAL_ERROR, 40.0]
    done = [
        255 * Harmonizer(Brighten(levels)).predict(source).curves[0, 6] - 255 * 6 / 16 for levels in asked
    ]
    assert done == pytest.approx(
        [0, 1 / (1 + TYPICAL_ERROR**2), TYPICAL_ERROR / 2, 40 * 1600 / (1600 + TYPICAL_ERROR**2)], abs=0.01
    )


def test_the_network_gets_the_whole_picture() -> None:
    image, matte = network_input(composite(), 256)
    assert (image.shape, matte.shape) == ((3, 256, 256), (1, 256, 256))
    assert matte.mean() == pytest.approx(composite().matte.mean(), abs=0.01)


def test_both_depths_look_the_same_to_the_network() -> None:
    eight = composite()
    sixteen = Composite(eight.image.astype(np.uint16) * 257, eight.matte)
    difference: NDArray[np.float32] = network_input(eight, 256)[0] - network_input(sixteen, 256)[0]
    assert np.abs(difference).max() <= 1.01 / 255


def saved_state(folder: Path) -> tuple[Path, dict[str, Tensor]]:
    state = {
        key: value.half() for key, value in HarmonizerNetwork().state_dict().items() if "batches" not in key
    }
    save_file(state, folder / "some.safetensors")
    return folder / "some.safetensors", state


def test_half_precision_weights_are_loaded(tmp_path: Path) -> None:
    torch.manual_seed(0)
    path, _ = saved_state(tmp_path)
    source = composite()
    first, second = (load_harmonizer(path).predict(source) for _ in range(2))
    assert np.array_equal(first.curves, second.curves)
    assert first.curves.dtype == np.float32


def test_weights_of_another_network_are_named(tmp_path: Path) -> None:
    path, state = saved_state(tmp_path)
    first, second, *_ = state
    save_file({first: state[first][..., None].clone(), "extra.weight": torch.zeros(1)}, path)
    with pytest.raises(BadWeights, match=r"some\.safetensors does not fit") as error:
        load_harmonizer(path)
    assert all(
        part in str(error.value) for part in ("missing: ", "unexpected: extra.weight", "another shape")
    )
    assert "more" in str(error.value)


def test_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(BadWeights, match=r"some\.safetensors were not found"):
        load_harmonizer(tmp_path / "some.safetensors")


def test_a_file_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_text("Hello")
    with pytest.raises(BadWeights, match="not a weights file"):
        load_harmonizer(tmp_path / "a.safetensors")


def test_halving_large_pictures_first_changes_little() -> None:
    rng = np.random.default_rng(4)
    image = cv2.resize(rng.integers(0, 256, (30, 40, 3), np.uint8), (3000, 2200))
    matte = np.zeros(image.shape[:2], np.float32)
    matte[700:1501, 801:2000] = 1
    found, mask = network_input(Composite(image, matte), 256)
    direct = cv2.resize(image, (256, 256), interpolation=cv2.INTER_AREA).transpose(2, 0, 1)
    change = np.abs(255 * found - direct)
    assert 0 < change.mean() < 0.5 and change.max() < 4
    assert np.abs(mask[0] - cv2.resize(matte, (256, 256), interpolation=cv2.INTER_AREA)).max() < 0.1
