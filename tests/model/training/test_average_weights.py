"""Check the combination of networks: mean trunk, curve heads in turn or their means, other mean heads."""

from pathlib import Path

import pytest
import torch

from model.__main__ import main
from model.edit.curves import identity_curves
from model.network.harmonizer import DEFAULT_WEIGHTS, load_network
from model.network.network import HarmonizerNetwork
from model.network.render_torch import KNOTS
from model.training.average_weights import combine
from model.training.state import write_weights


def different(seed: int) -> HarmonizerNetwork:
    """Return the network of this software with slightly changed weights."""
    network = load_network(DEFAULT_WEIGHTS).eval()
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for number in network.parameters():
            number.add_(0.01 * torch.randn(number.shape, generator=noise))
    return network


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.allclose(a, b, atol=1e-6) for a, b in pairs)


def test_the_trunk_is_the_mean_and_heads_are_taken_in_turn() -> None:
    one, two, three = different(1), different(2), different(3)
    whole = combine([one, two], [three], [one], caution=0)
    assert [same(whole.curves.members[i], (one, two)[i % 2].curves.members[i]) for i in range(4)] == [
        True
    ] * 4
    assert same(whole.shading, three.shading)
    for key, value in whole.encoder.state_dict().items():
        parts = one.encoder.state_dict()[key], two.encoder.state_dict()[key]
        assert torch.allclose(value, (parts[0] + parts[1]) / 2, atol=1e-6)


def test_the_content_head_is_that_of_the_first_network_with_one(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.safetensors" for name in ("one", "two", "three", "whole")]
    networks = [different(seed) for seed in (1, 2, 3)]
    for network, share, file in zip(networks, (0.0, 0.4, 0.6), files, strict=False):
        network.content.share.fill_(share)
        write_weights(network, file)
    assert main(["combine", *map(str, files[:3]), "--caution", "0", "--out", str(files[3])]) == 0
    assert same(load_network(files[3]).content, load_network(files[1]).content)
    assert main(["combine", str(files[0]), "--caution", "0", "--out", str(files[3])]) == 0
    assert load_network(files[3]).content.share == 0


def test_content_heads_are_averaged_and_may_count_several_times() -> None:
    one, two = different(1), different(2)
    content = combine([one], [one], [one, one, one, two], caution=0).content.state_dict()
    for key, value in one.content.state_dict().items():
        assert torch.allclose(
            content[key].float(), 0.75 * value + 0.25 * two.content.state_dict()[key], atol=1e-6
        )


def test_a_share_of_the_change_of_a_content_head_is_added(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.safetensors" for name in ("start", "before", "after", "whole")]
    networks = [different(seed) for seed in (1, 2, 3)]
    for network, file in zip(networks, files, strict=False):
        write_weights(network, file)
    change = ["--change", *map(str, files[1:3]), "0.25"]
    assert main(["combine", str(files[0]), "--caution", "0", *change, "--out", str(files[3])]) == 0
    start, before, after = (dict(network.content.named_parameters()) for network in networks)
    whole = load_network(files[3])
    for key, value in whole.content.named_parameters():
        expected = start[key] + 0.25 * (after[key] - before[key])
        assert torch.allclose(value, expected, rtol=1e-3, atol=5e-4), key
    assert not same(whole.content, networks[0].content)
    assert same(whole.shading, load_network(files[0]).shading)


def test_shading_heads_are_averaged() -> None:
    one, two = different(1), different(2)
    whole = combine([one], [one, two], [one], caution=0)
    for key, value in whole.shading.state_dict().items():
        parts = one.shading.state_dict()[key], two.shading.state_dict()[key]
        assert torch.allclose(value, (parts[0] + parts[1]) / 2, atol=1e-6)


def test_curve_heads_are_averaged_where_they_are_given() -> None:
    one, two, three = different(1), different(2), different(3)
    whole = combine([three], [three], [three], caution=0, curves=[one, one, one, two])
    for key, value in whole.curves.state_dict().items():
        parts = one.curves.state_dict()[key], two.curves.state_dict()[key]
        assert torch.allclose(value.float(), 0.75 * parts[0] + 0.25 * parts[1], atol=1e-6), key
    assert same(whole.encoder, three.encoder)


def test_caution_draws_the_curves_towards_no_change() -> None:
    network = different(1)
    pictures = torch.rand(4, 3, 256, 256, generator=torch.Generator().manual_seed(5))
    mattes = torch.zeros(4, 1, 256, 256)
    mattes[:, :, 90:170, 60:200] = 1
    untouched = torch.from_numpy(identity_curves(KNOTS))
    changes = []
    for caution in (0.0, 0.1, 1.0):
        with torch.inference_mode():
            curves, matrix, _ = combine([network], [network], [network], caution)(pictures, mattes)
        changes.append(float((curves - untouched).square().mean().sqrt()))
    assert torch.allclose(matrix, torch.eye(3, 4))
    assert changes[2] < 1e-6 < changes[1] < changes[0]
    assert changes[1] == pytest.approx(0.9 * changes[0], rel=0.05)


def test_the_command_writes_weights_that_load(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.safetensors", "two.safetensors", "whole.safetensors")]
    networks = [different(1), different(2)]
    for network, file in zip(networks, files, strict=False):
        write_weights(network, file)
    heads = ["--shading", str(files[1]), "--shading", str(files[0]), "--curves", str(files[1])]
    assert main(["combine", *map(str, files[:2]), *heads, "--out", str(files[2])]) == 0
    expected = combine(networks, networks, networks[:1], 0.1, networks[1:]).state_dict()
    for key, value in load_network(files[2]).state_dict().items():
        assert torch.allclose(value.float(), expected[key].float(), rtol=2e-3, atol=1e-4), key


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lost.safetensors"], "lost.safetensors"),
        ([str(DEFAULT_WEIGHTS), "--caution", "2"], "between 0 and 1"),
        ([str(DEFAULT_WEIGHTS), "--change", "a", "b", "7"], "between 0 and 1, not 7"),
        ([str(DEFAULT_WEIGHTS), "--change", "a", "b", "much"], "between 0 and 1, not much"),
        ([str(DEFAULT_WEIGHTS), "--change", "a.safetensors", "b", "0.1"], "a.safetensors"),
    ],
)
def test_what_cannot_be_combined_is_said(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["combine", *arguments, "--out", str(tmp_path / "out.safetensors")]) == 2
    assert message in capsys.readouterr().err and not list(tmp_path.iterdir())
