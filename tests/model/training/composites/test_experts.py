"""Check the colour tables of experts, their inverses and the recipe that uses them."""

from pathlib import Path

import pytest
import torch

from model.training.composites import (
    synthetic_composites,
)
from model.training.composites.bad_data import BadData
from model.training.composites.dataset import (
    Photographs,
    load_photographs,
)
from model.training.composites.experts import Experts, inverse_of, load_experts, look_up
from tests.support.random_tensors import rng


def power_tables(powers: list[float], size: int = 17) -> torch.Tensor:
    """Return tables that raise every channel to a power, N×3×S×S×S."""
    axis = torch.linspace(0, 1, size)
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    return torch.stack([torch.stack([red, green, blue]) ** power for power in powers])


def test_tables_are_indexed_by_red_green_and_blue() -> None:
    tables = power_tables([1.0, 1.0])
    tables[0, 0], tables[1, 2] = 0.25, tables[1, 0]  # red always 0.25; blue as red was
    image = torch.rand(2, 3, 8, 8, generator=rng(1))
    result = look_up(image, tables)
    assert torch.allclose(result[0, 1:], image[0, 1:], atol=1e-5)
    assert torch.allclose(result[0, 0], torch.tensor(0.25))
    assert torch.allclose(result[1], image[1, [0, 1, 0]], atol=1e-5)


def test_inverse_tables_invert_the_tables() -> None:
    tables = power_tables([0.6, 0.8])
    image = 0.1 + 0.8 * torch.rand(2, 3, 16, 16, generator=rng(2))
    file = look_up(image, inverse_of(tables))
    assert torch.allclose(file[0], image[0] ** (1 / 0.6), atol=0.02)
    assert torch.allclose(look_up(file, tables), image, atol=0.02)


def test_the_recipe_of_files_and_experts_combines_all_versions(photographs: Photographs) -> None:
    """Check that scenes are files, which are darker than the photograph, or the photograph itself."""
    tables = power_tables([0.6, 0.7])
    experts = Experts(tables, inverse_of(tables))
    share, recipe = synthetic_composites.recipes_with_experts(experts)[-1]
    scenes = photographs.batch(3, rng(7))
    pairs = [recipe(scenes, rng(seed), 0.0) for seed in range(12)]
    assert share > 0
    targets = torch.cat([target - scenes.photo for target, _ in pairs])
    assert 10 < int((targets.abs().mean((1, 2, 3)) < 1e-6).sum()) < 28
    assert float(targets.mean()) < -0.02
    equal = [(target - changed).abs().mean((1, 2, 3)) < 1e-6 for target, changed in pairs]
    assert 2 < int(torch.cat(equal).sum()) < 24


def test_inverted_photographs_are_darker_and_less_saturated(shared_data: Path) -> None:
    tables = shared_data.parent / "fivek_tables" / "tables.npz"
    if not tables.is_file():
        pytest.skip("the tables of experts are not here (../shared/data/fivek_tables)")
    experts = load_experts(tables, torch.device("cpu"))
    photo = load_photographs([shared_data / "val"], torch.device("cpu")).batch(8, rng(1)).photo
    indices = experts.sample(8, rng(2))
    file = experts.invert(photo, indices)
    assert float(file.mean()) < 0.9 * float(photo.mean())
    assert float((file.amax(1) - file.amin(1)).mean()) < 0.8 * float((photo.amax(1) - photo.amin(1)).mean())
    assert float(255 * (experts.apply(file, indices) - photo).abs().mean()) < 1


def test_damaged_tables_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tables.npz").write_bytes(b"no tables")
    with pytest.raises(BadData, match="tables and weights"):
        load_experts(tmp_path / "tables.npz", torch.device("cpu"))
