"""Check PCT-Net: layout and counts, the upsampled map against PyTorch, the colours against the formula."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from model.images.composite import Composite
from model.methods.learned import PEERS
from model.methods.learned.pct_net import CubicRows, Patches, PctNetCNN, PctNetViT, harmonize
from model.methods.learned.ssam_unet import Blur, normalize
from model.network.checkpoint import BadWeights

VARIANTS = pytest.mark.parametrize("build", [PctNetViT, PctNetCNN])
# Counted from the authors' code: 4.810 and 2.186 million.
COUNTS = {PctNetViT: 4_809_896, PctNetCNN: 2_185_736}
# Names and shapes in the authors' files, a few of each kind.
KEYS = {
    PctNetViT: {
        "encoder.patch_to_embedding.1.weight": (256, 64),
        "encoder.transformer_enc.layers.8.self_attn.in_proj_weight": (768, 256),
        "encoder.transformer_enc.layers.0.linear1.weight": (512, 256),
        "encoder.dec.0.weight": (256, 12, 4, 4),
        "get_params.weight": (12, 12, 1, 1),
    },
    PctNetCNN: {
        "encoder.block0.convs.block.0.block.0.weight": (32, 4, 3, 3),
        "encoder.blocks_connected.block3.convs.block.1.block.1.running_var": (256,),
        "decoder.up_blocks.0.upconv.1.block.0.weight": (128, 256, 3, 3),
        "decoder.up_blocks.2.attention.mix_gate.attention_transform.0.weight": (8, 128),
        "decoder.up_blocks.2.attention.learning_block.0.block.0.weight": (32, 64, 3, 3),
        "decoder.up_blocks.2.attention.mask_blurring.weight": (1, 1, 7, 7),
        "decoder.conv_attention.weight": (1, 32, 1, 1),
        "get_params.weight": (12, 32, 1, 1),
    },
}


def scene(dtype: Any = np.uint8, height: int = 50, width: int = 330) -> Composite:
    rng = np.random.default_rng(0)
    image = rng.integers(0, np.iinfo(dtype).max, (height, width, 3), dtype)
    matte = np.zeros((height, width), np.float32)
    matte[10:40, 100:200], matte[10:40, 99] = 1, 0.5
    return Composite(image, matte)


@VARIANTS
def test_names_shapes_and_counts_equal_those_of_the_authors(build: Callable[[], nn.Module]) -> None:
    network = build()
    state = network.state_dict()
    assert sum(value.numel() for value in network.parameters()) == COUNTS[build]  # type: ignore[index]
    for key, shape in KEYS[build].items():  # type: ignore[index]
        assert tuple(state[key].shape) == shape


def test_patches_are_rows_then_columns_then_channels() -> None:
    image = torch.arange(4 * 8 * 12.0).view(1, 4, 8, 12)
    patches = Patches()(image)
    assert patches.shape == (1, 6, 64)
    assert torch.equal(patches[0, 4].view(4, 4, 4), image[0, :, 4:8, 4:8].permute(1, 2, 0))


@pytest.mark.parametrize("size", [(50, 330), (601, 96), (256, 256)])
def test_maps_are_upsampled_as_in_pytorch(size: tuple[int, int]) -> None:
    maps = torch.randn(1, 5, 256, 256, generator=torch.Generator().manual_seed(0))
    expected = F.interpolate(maps, size, mode="bicubic")[0].permute(1, 2, 0).numpy()
    rows = CubicRows(maps[0].permute(1, 2, 0).numpy(), *size)
    parts = [rows.take(slice(i, min(i + 64, size[0])), slice(3, 90)) for i in range(0, size[0], 64)]
    assert np.abs(np.concatenate(parts) - expected[:, 3:90]).max() < 2e-4


class Fixed(nn.Module):
    """Replace the network: return one affine map and share for all pixels."""

    def forward(self, image: Tensor, matte: Tensor) -> Tensor:
        assert image.shape == (1, 3, 256, 256) and matte.shape == (1, 1, 256, 256)
        return (
            torch.tensor([*MATRIX.ravel(), *OFFSET, 0.75]).float().view(1, 13, 1, 1).expand(1, 13, 256, 256)
        )


MATRIX = np.array([[0.9, 0.1, 0.0], [-0.2, 1.1, 0.0], [0.3, 0.0, 0.5]])
OFFSET = np.array([0.1, -0.1, 0.05])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_maps_are_applied_to_every_pixel_at_its_own_depth(dtype: Any) -> None:
    composite = scene(dtype)
    result = harmonize(Fixed(), composite)  # type: ignore[arg-type]
    top = np.iinfo(dtype).max
    before = composite.image / top
    moved = (before @ MATRIX.T + OFFSET).clip(0, 1)
    expected = top * (before + composite.matte[..., None] * 0.75 * (moved - before))
    assert np.abs(result - expected).max() <= 0.5 + 2e-6 * top


def test_the_map_of_the_cnn_is_converted_from_normalized_colours() -> None:
    """They apply it to normalized colours, clip, and mix with the composite by the attention map."""
    torch.manual_seed(0)
    network = PctNetCNN().eval()
    image, matte = torch.rand(1, 3, 64, 64), torch.rand(1, 1, 64, 64)
    with torch.inference_mode():
        maps = network(image, matte)
        levels = network.encoder(torch.cat([normalize(image), matte], 1))
        features, share = network.decoder(levels, matte)
        raw = network.get_params(features)
    expected = apply(raw, normalize(image))
    assert torch.allclose(apply(maps[:, :12], image), expected, atol=1e-4)
    assert torch.equal(maps[:, 12:], share)


def apply(affine: Tensor, colours: Tensor) -> Tensor:
    rows = [(affine[:, 3 * i : 3 * i + 3] * colours).sum(1) + affine[:, 9 + i] for i in range(3)]
    return torch.stack(rows, 1)


def test_the_blur_is_a_gaussian() -> None:
    weight = Blur().get_buffer("weight")[0, 0]
    assert weight.sum().item() == pytest.approx(1)
    assert (weight[3, 4] / weight[3, 3]).item() == pytest.approx(np.exp(-0.5))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    for peer, build in (("PCTNet_ViT.pth", PctNetViT), ("PCTNet_CNN.pth", PctNetCNN)):
        torch.save(build().state_dict(), tmp_path / peer)
    return tmp_path


@pytest.mark.parametrize("name", ["pct_net_vit", "pct_net_cnn"])
def test_files_of_the_layout_run(folder: Path, name: str) -> None:
    (peer,) = (peer for peer in PEERS if peer.name == name)
    composite = scene()
    result = peer.harmonize(folder / peer.file, composite)
    inside: NDArray[np.bool_] = composite.matte == 1
    assert (result[inside] != composite.image[inside]).any()
    assert np.array_equal(result[composite.matte == 0], composite.image[composite.matte == 0])


def test_the_file_of_the_other_variant_is_refused_by_name(folder: Path) -> None:
    (folder / "PCTNet_ViT.pth").replace(folder / "PCTNet_CNN.pth")
    (peer,) = (peer for peer in PEERS if peer.name == "pct_net_cnn")
    with pytest.raises(BadWeights, match=r"PCTNet_CNN\.pth does not fit .*missing: decoder\.conv_attention"):
        peer.harmonize(folder / peer.file, scene())


def test_a_file_without_the_unused_layer_loads(folder: Path) -> None:
    state = {key: value for key, value in PctNetCNN().state_dict().items() if "to_rgb" not in key}
    torch.save(state, folder / "PCTNet_CNN.pth")
    (peer,) = (peer for peer in PEERS if peer.name == "pct_net_cnn")
    assert peer.harmonize(folder / peer.file, scene()).shape == (50, 330, 3)


def test_the_reason_states_where_to_get_the_file(tmp_path: Path) -> None:
    reasons = [str(peer.reason(tmp_path)) for peer in PEERS]
    assert all(f"into {tmp_path}" in reason and "https://" in reason for reason in reasons)
