"""Check the layout of the published PIH model, and its results against the formulas of the paper."""

import ast
from collections import OrderedDict
from optparse import Values
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.images.composite import Composite
from model.methods import BadMethod
from model.methods.learned import PEERS
from model.methods.learned.pih import PihNetwork, ShadingNetwork, _apply_knots, harmonize
from tests.support.paths import SHARED

LAYOUT = SHARED / "reference" / "pih_state_dict.txt"


@pytest.fixture(scope="module")
def layout() -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):
        return {key: tuple(value.shape) for key, value in PihNetwork().state_dict().items()}


def test_the_parameters_are_those_of_the_published_file() -> None:
    with torch.device("meta"):
        network = PihNetwork()
    assert sum(value.numel() for value in network.parameters()) == 93_641_314
    assert sum(value.numel() for value in network.PL.parameters()) == 23_717_280


@pytest.mark.skipif(not LAYOUT.is_file(), reason="needs the list of names and shapes in ../shared")
def test_every_name_and_shape_is_that_of_the_published_file(layout: dict[str, tuple[int, ...]]) -> None:
    rows = [line.split("\t") for line in LAYOUT.read_text().splitlines() if "\t" in line]
    assert layout == {row[0]: ast.literal_eval(row[1]) for row in rows}


def test_curves_are_the_slices_of_the_paper_s_table() -> None:
    """Compare with the authors' way: expand three curves into a 32×32×32 table and sample it."""
    generator = torch.Generator().manual_seed(0)
    image, knots = torch.rand(1, 3, 9, 7, generator=generator), torch.rand(1, 3, 32, generator=generator)
    blue, green, red = torch.meshgrid(knots[0, 2], knots[0, 1], knots[0, 0], indexing="ij")
    table = torch.stack([red, green, blue])[None]
    place = (2 * image - 1).permute(0, 2, 3, 1)[:, None]
    expected = F.grid_sample(table, place, padding_mode="border", align_corners=False)[:, :, 0]
    assert torch.allclose(_apply_knots(image, knots), expected, atol=1e-5)


def test_the_last_layer_equals_convolving_at_full_size() -> None:
    torch.manual_seed(0)
    network, features = ShadingNetwork(), torch.randn(2, 256, 16, 16)
    expected = network.conv_only(F.interpolate(features, (96, 80), mode="bicubic"))
    assert torch.allclose(network._shading(features, (96, 80)), expected, atol=1e-5)


class Answer(nn.Module):
    """Replace the network: return fixed knots and a ramp as shading, and keep the inputs."""

    def forward(self, image: Tensor, background: Tensor, matte: Tensor) -> tuple[Tensor, Tensor]:
        self.saw = image, background, matte
        knots = torch.linspace(0.1, 0.8, 32).expand(1, 3, 32) ** torch.tensor([[[1.0], [1.5], [2.0]]])
        return knots, torch.linspace(0, 1, 512).expand(1, 1, 512, 512)


def scene(dtype: Any = np.uint8, *, background: bool = False) -> Composite:
    rng = np.random.default_rng(0)
    image = rng.integers(0, np.iinfo(dtype).max, (40, 64, 3), dtype)
    matte = np.zeros((40, 64), np.float32)
    matte[10:30, 20:50], matte[10:30, 19] = 1, 0.5
    return Composite(image, matte, np.full_like(image, 7) if background else None)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_curves_then_gain_then_the_matte_once(dtype: Any) -> None:
    composite, network = scene(dtype), Answer()
    result = harmonize(network, composite, gain_floor=0.5)  # type: ignore[arg-type]
    image, top = composite.image.astype(float), np.iinfo(dtype).max
    knots = np.linspace(0.1, 0.8, 32)
    curves = [
        np.interp(image[..., c] / top, (np.arange(32) + 0.5) / 32, knots ** (1 + c / 2)) for c in range(3)
    ]
    gain = 0.5 + 0.5 * np.interp((np.arange(64) + 0.5) * 8 - 0.5, np.arange(512), np.linspace(0, 1, 512))
    expected = image + composite.matte[..., None] * (top * np.stack(curves, 2) * gain[:, None] - image)
    assert np.abs(result - expected).max() <= 0.5 + 1e-6 * top


def test_the_background_is_used_or_inpainted() -> None:
    network = Answer()
    harmonize(network, scene(background=True), 0.6)  # type: ignore[arg-type]
    assert torch.allclose(network.saw[1], torch.tensor(7 / 255))
    bright = scene()
    pixels = np.where(bright.matte[..., None] > 0, 255, bright.image // 3).astype(np.uint8)
    harmonize(network, Composite(pixels, bright.matte), 0.6)  # type: ignore[arg-type]
    image, background, matte = network.saw
    far = F.max_pool2d(matte, 9, 1, 4) == 0
    assert torch.equal(background[far.expand_as(image)], image[far.expand_as(image)])
    inside = (matte == 1).expand_as(image)
    assert image[inside].min() == 1 and background[inside].max() < 0.5


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, layout: dict[str, tuple[int, ...]]) -> Path:
    """Write a file with the layout of the authors' file and random numbers in half precision."""
    generator = torch.Generator().manual_seed(0)

    def value(key: str, shape: tuple[int, ...]) -> Tensor:
        if key.endswith(("running_var", "num_batches_tracked")):
            return torch.ones(shape)
        spread = 1.4 / max(1, int(np.prod(shape[1:]))) ** 0.5 if len(shape) > 1 else 0.1
        return (spread * torch.randn(shape, generator=generator)).half()

    state = OrderedDict((key, value(key, shape)) for key, shape in layout.items())
    path = tmp_path_factory.mktemp("pih") / "ckpt_g39.pth"
    torch.save({"epoch": 39, "state_dict": state, "args": Values({})}, path)
    return path


def test_a_file_of_the_published_layout_runs(published: Path) -> None:
    (peer,) = (peer for peer in PEERS if peer.name == "wang2022_pih")
    assert peer.reason(published.parent) is None
    composite = scene()
    result = peer.harmonize(published, composite)
    inside = composite.matte == 1
    assert (result[inside] != composite.image[inside]).mean() > 0.9
    assert np.array_equal(result[composite.matte == 0], composite.image[composite.matte == 0])


def test_the_gain_floor_is_a_setting(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (peer,) = (peer for peer in PEERS if peer.name == "wang2022_pih")
    results = []
    for floor in ("1", "0"):
        monkeypatch.setenv("HARMONY_PIH_GAIN_FLOOR", floor)
        results.append(peer.harmonize(published, scene()).astype(int))
    assert (results[1] <= results[0]).all() and (results[1] < results[0]).any()
    monkeypatch.setenv("HARMONY_PIH_GAIN_FLOOR", "dark")
    with pytest.raises(BadMethod, match="HARMONY_PIH_GAIN_FLOOR should be a number from 0 to 1, not 'dark'"):
        peer.harmonize(published, scene())
