"""Check training on the outputs of other networks."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from model.network.network import CurveHead, HarmonizerNetwork
from model.training import phases, train
from model.training.composites import (
    synthetic_composites,
)
from model.training.composites.dataset import (
    Photographs,
)
from model.training.distillation import Teachers
from model.training.state import Settings, new_state
from tests.support.random_tensors import rng


def darkening_weights(file: Path, light: float) -> Path:
    """Write weights of a network that multiplies light by exp(light) for every input."""
    network = HarmonizerNetwork()
    with torch.no_grad():
        for member in network.curves.members:
            assert isinstance(member, CurveHead)
            member.out.bias.view(3, -1)[:, 0] = light
    save_file(network.state_dict(), file)
    return file


def test_targets_are_mean_curves_mixed_with_the_identity(tmp_path: Path) -> None:
    gains = {"a.safetensors": -2.2, "b.safetensors": 0.0}
    files = [darkening_weights(tmp_path / name, gain) for name, gain in gains.items()]
    composite, matte = torch.full((2, 3, 256, 256), 0.5), torch.ones(2, 1, 256, 256)
    targets = Teachers(files, torch.device("cpu")).targets(composite, matte)
    mean = (0.5 * np.exp(-1) + 0.5) / 2  # encoded: light is raised to 1/2.2
    assert float(targets.mean()) == pytest.approx(0.9 * mean + 0.1 * 0.5, abs=2e-3)


def test_distillation_reduces_the_distance_to_the_teacher(photographs: Photographs, tmp_path: Path) -> None:
    teachers = Teachers([darkening_weights(tmp_path / "t.safetensors", -1.0)], torch.device("cpu"))
    settings = Settings((), 1, tmp_path / "o.safetensors", None, None, 4, 1e-4, 0, torch.device("cpu"),
                        teachers=(tmp_path / "t.safetensors",))  # fmt: skip
    torch.manual_seed(0)
    state, caches = new_state(settings), phases.FeatureCaches(0)
    composite, matte, _ = synthetic_composites.synthesize(photographs.batch(4, rng(1)), rng(2))
    batch = composite, matte, teachers.targets(composite, matte)
    errors = [float(train.step(state, caches, batch, batch[2], settings, 0.1)) for _ in range(12)]
    assert errors[-1] < 0.6 * errors[0]
