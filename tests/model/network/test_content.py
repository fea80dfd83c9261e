"""Test the head that predicts from the content of a picture apart from its colours."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from model.network.content import (
    CONTENT,
    ContentHead,
    equalized_grey,
    principal_components,
)
from model.network.features import LATE_FEATURES, PATCHES, VIEW, late_features
from model.network.harmonizer import load_network
from model.network.network import HarmonizerNetwork
from model.network.render_torch import KNOTS
from model.training.state import write_weights

QUARTERS = torch.tensor([0.25, 0.5, 0.75])


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def picture_and_matte() -> tuple[Tensor, Tensor]:
    image, matte = torch.rand(2, 3, 256, 256, generator=rng()), torch.zeros(2, 1, 256, 256)
    matte[:, :, 60:200, 80:180] = 1
    return image, matte


def trained(share: float) -> HarmonizerNetwork:
    """Return a network whose heads of both kinds change something."""
    torch.manual_seed(3)
    network = HarmonizerNetwork().eval()
    torch.nn.init.normal_(network.content.projection, std=0.05)
    for head in (network.content, *network.curves.members):
        torch.nn.init.normal_(head.get_submodule("out").weight, std=0.02)
    network.content.share.fill_(share)
    return network


def test_the_grey_copy_does_not_depend_on_the_tones_of_the_object() -> None:
    image, matte = picture_and_matte()
    grey = image.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    darker = torch.where(matte > 0, 0.1 + 0.5 * grey**1.5, grey)
    before, after = equalized_grey(grey, matte), equalized_grey(darker, matte)
    assert (before - after).abs().mean() < 2 / 255  # ranks of 256 levels
    assert (grey - darker).abs().mean() > 10 / 255


def test_ranks_are_uniform_in_both_regions() -> None:
    image, matte = picture_and_matte()
    ranks = equalized_grey(image**3, matte)[:, 0]
    assert torch.equal(*equalized_grey(image, matte)[:, :2].unbind(1))
    for region in (matte[:, 0] > 0, matte[:, 0] == 0):
        values = ranks[region]
        assert values.min() >= 0 and values.max() <= 1
        assert torch.allclose(torch.quantile(values[::7], QUARTERS), QUARTERS, atol=0.03)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_plain_pictures_and_whole_mattes_give_finite_ranks(value: float) -> None:
    grey = equalized_grey(torch.full((1, 3, 256, 256), value), torch.ones(1, 1, 256, 256))
    assert torch.isfinite(grey).all() and torch.allclose(grey, torch.tensor(0.5), atol=0.01)


def test_principal_components_have_unit_variance_and_no_correlation() -> None:
    mixing = torch.randn(LATE_FEATURES, LATE_FEATURES, generator=rng(1))
    features = torch.randn(4000, LATE_FEATURES, generator=rng(2)) @ mixing + 5
    centre, projection = principal_components(features)
    components = (features - centre) @ projection
    assert components.shape == (4000, CONTENT)
    assert torch.allclose(components.std(0), torch.ones(CONTENT), atol=0.05)
    early = components[:, :48]
    assert torch.allclose(early.T @ early / 4000, torch.eye(48), atol=0.05)


def test_an_untrained_head_changes_nothing() -> None:
    head = ContentHead().eval()
    image, matte = torch.rand(2, 3, VIEW, VIEW, generator=rng()), torch.ones(2, 1, VIEW, VIEW)
    curves, matrix = head(torch.zeros(2, PATCHES**2, CONTENT), image, matte)
    assert torch.allclose(curves, torch.linspace(0, 1, KNOTS).expand(2, 3, -1), atol=1e-6)
    assert torch.equal(matrix, torch.eye(3, 4).expand(2, 3, 4))


@torch.inference_mode()
def test_the_network_returns_the_weighted_mean_of_both_kinds_of_heads() -> None:
    image, matte = picture_and_matte()
    alone, whole, half = (trained(share)(image, matte)[:2] for share in (0.0, 1.0, 0.5))
    for first, second, mean in zip(alone, whole, half, strict=True):
        assert torch.allclose(mean, (first + second) / 2, atol=1e-6)
    assert torch.equal(alone[1], torch.eye(3, 4).expand(2, 3, 4))
    assert (whole[0] - alone[0]).abs().max() > 0.01 and (whole[1] - alone[1]).abs().max() > 0.01


@torch.inference_mode()
def test_content_does_not_depend_on_other_pictures_of_the_batch() -> None:
    image, matte = picture_and_matte()
    network = trained(0.5)
    both, alone = network(image, matte), network(image[1:], matte[1:])
    assert all(torch.allclose(x[1:], y, atol=1e-4) for x, y in zip(both, alone, strict=True))
    features = network.encoder(equalized_grey(image, matte))
    assert late_features(features).shape == (2, PATCHES**2, LATE_FEATURES)


def test_earlier_weights_have_no_content_head(tmp_path: Path) -> None:
    write_weights(trained(0.5), tmp_path / "new.safetensors")
    weights = load_file(tmp_path / "new.safetensors")
    others = {key: value for key, value in weights.items() if not key.startswith("content.")}
    save_file(others, tmp_path / "old.safetensors")
    old, new = (load_network(tmp_path / f"{name}.safetensors") for name in ("old", "new"))
    assert old.content.share == 0 and new.content.share == 0.5
    assert all(
        torch.equal(*pair) for pair in zip(old.curves.parameters(), new.curves.parameters(), strict=True)
    )
