"""Check that making composites and training on them reads no value from the device, which would stop it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from model.training import fresh_run
from model.training.composites import augment_degrade, color, experts, jpeg, synthetic_composites
from model.training.composites.dataset import Photographs
from model.training.composites.synthetic_composites import Recipe
from model.training.state import Settings, new_state
from tests.support.random_tensors import rng

SECONDS = (5.0, 20.0, 58.0)  # of a minute: in the phase of the heads, of the trunk, of the shading head


@pytest.fixture(autouse=True)
def _constants() -> None:
    """Compute with values what is computed once."""
    cpu = torch.device("cpu")
    color.opponent_axes(cpu)
    jpeg.constants(cpu)
    synthetic_composites.pairs(cpu)


def without_values() -> FakeTensorMode:
    """Return a mode in which tensors have shapes and no values: to read one raises an exception."""
    return FakeTensorMode(allow_non_fake_inputs=True)


def by_experts() -> Recipe:
    tables = torch.rand(4, 3, 5, 5, 5)
    return synthetic_composites.recipes_with_experts(experts.Experts(tables, tables))[-1][1]


RECIPES = [*(recipe for _, recipe in synthetic_composites.RECIPES), by_experts()]


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipes_read_no_value(
    recipe: Recipe, photographs: Photographs, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On processors OpenCV compresses, from values.
    monkeypatch.setattr(augment_degrade, "by_opencv", jpeg.compressed)
    with without_values():
        scenes = photographs.batch(6, rng(1))
        composite, matte, target = synthetic_composites.synthesize_by(recipe, scenes, rng(2), 0.35)
    assert composite.shape == target.shape == (6, 3, 256, 256) and matte.shape == (6, 1, 256, 256)


@pytest.mark.parametrize("seconds", SECONDS)
def test_steps_read_no_value(seconds: float, tmp_path: Path) -> None:
    settings = Settings((), 1, tmp_path / "w", None, None, 4, 3e-4, 0, torch.device("cpu"), fresh=True)
    state = new_state(settings)
    state.seconds = seconds - 0.01
    with without_values():
        batch = torch.rand(4, 3, 256, 256), torch.rand(4, 1, 256, 256), torch.rand(4, 3, 256, 256)
        assert fresh_run.fresh_step(state, batch, seconds, settings).shape == ()


@pytest.mark.parametrize(
    "read", [torch.Tensor.item, torch.Tensor.tolist, torch.Tensor.nonzero, torch.Tensor.numpy, bool]
)
def test_reading_a_value_is_found(read: Callable[[torch.Tensor], object]) -> None:
    with without_values(), pytest.raises(RuntimeError):
        read(torch.rand(3) if read is torch.Tensor.nonzero else torch.rand(1))
