"""Check iSSAM and iDIH: layouts, blending, and the change of small copies applied at full size."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from model.images.composite import Composite
from model.methods.learned import PEERS
from model.methods.learned.foreground_aware import IdihNetwork, IssamNetwork, harmonize, predict


def scene(height: int = 200, width: int = 330) -> Composite:
    image = np.random.default_rng(0).integers(40, 200, (height, width, 3), np.uint8)
    matte = np.zeros((height, width), np.float32)
    matte[40:160, 80:250] = 1
    return Composite(image, matte)


def test_the_layout_is_that_of_the_cnn_of_pct_net_without_its_head() -> None:
    network = IssamNetwork()
    assert sum(value.numel() for value in network.parameters()) == 2_185_340
    assert tuple(network.state_dict()["decoder.to_rgb.weight"].shape) == (3, 32, 1, 1)
    assert not any(key.startswith("get_params") for key in network.state_dict())


def test_the_layout_of_idih() -> None:
    state = {key: tuple(value.shape) for key, value in IdihNetwork().state_dict().items()}
    assert state["encoder.block0.block.0.weight"] == (64, 4, 4, 4)
    assert "encoder.block1.block.1.weight" not in state
    assert state["encoder.blocks_connected.block6.block.1.running_mean"] == (512,)
    assert state["decoder.deconv_blocks.0.block.0.weight"] == (512, 256, 4, 4)
    assert state["decoder.deconv_blocks.6.block.0.weight"] == (64, 32, 4, 4)


@pytest.mark.parametrize("build", [IssamNetwork, IdihNetwork])
@pytest.mark.parametrize(("attention", "kept"), [(100.0, True), (-100.0, False)])
def test_attention_blends_composite_and_network_output(
    build: type[IssamNetwork | IdihNetwork], attention: float, kept: bool
) -> None:
    torch.manual_seed(0)
    network = build().eval()
    nn.init.zeros_(network.decoder.to_rgb.weight)
    nn.init.zeros_(network.decoder.to_rgb.bias)  # type: ignore[arg-type]
    nn.init.constant_(network.decoder.conv_attention.bias, attention)  # type: ignore[arg-type]
    image, matte = torch.rand(1, 3, 256, 256), torch.ones(1, 1, 256, 256)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1).expand_as(image)
    with torch.inference_mode():
        assert torch.allclose(network(image, matte), image if kept else mean, atol=1e-5)


class Darker(nn.Module):
    """Replace the network: halve red, and blur as a small image is blurred."""

    def forward(self, image: Tensor, matte: Tensor) -> Tensor:
        assert image.shape == (1, 3, 256, 256) and matte.shape == (1, 1, 256, 256)
        return image * torch.tensor([0.5, 1, 1]).view(1, 3, 1, 1)


def test_the_change_of_a_small_copy_is_applied_at_full_size() -> None:
    composite = scene()
    result = harmonize(Darker(), composite)  # type: ignore[arg-type]
    inside = composite.matte == 1
    expected = composite.image[inside] * [0.5, 1, 1]
    assert np.abs(result[inside] - expected).mean() < 5
    assert np.array_equal(result[~inside], composite.image[~inside])
    assert predict(Darker(), composite).curves.shape[0] == 3  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["issam", "idih"])
def test_a_file_of_the_layout_runs(tmp_path: Path, name: str) -> None:
    torch.manual_seed(0)
    (peer,) = (peer for peer in PEERS if peer.name == name)
    torch.save((IssamNetwork() if name == "issam" else IdihNetwork()).state_dict(), tmp_path / peer.file)
    composite = scene()
    result = peer.harmonize(tmp_path / peer.file, composite)
    assert (result[composite.matte == 1] != composite.image[composite.matte == 1]).any()
    assert np.array_equal(result[composite.matte == 0], composite.image[composite.matte == 0])
