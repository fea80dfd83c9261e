"""Check that each phase reduces its error and trains only its own layers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from model.network.network import HarmonizerNetwork
from model.training import phases, train
from model.training.composites import (
    synthetic_composites,
)
from model.training.composites.dataset import (
    Photographs,
    load_photographs,
)
from model.training.feature_cache import (
    FeatureCache,
    ShadingFeatures,
    TrunkFeatures,
)
from model.training.state import Settings, new_state, write_state
from tests.support.random_tensors import rng


@pytest.mark.parametrize(("first", "phase"), [(None, "head"), ("weights", "trunk")])
def test_a_resumed_run_stays_in_its_phase(
    first: str | None, phase: str, folder: Path, tmp_path: Path
) -> None:
    """Check that a run from given weights has no head phase, also when it is resumed."""
    given, out = tmp_path / "given.safetensors", tmp_path / "out.safetensors"
    save_file(HarmonizerNetwork().state_dict(), given)
    settings = Settings((), 1, out, given if first else None, None, 2, 1e-4, 0, torch.device("cpu"))
    write_state(new_state(settings), out)
    resumed = new_state(replace(settings, resume=out.with_suffix(".state")))
    trunk = next(p for p in resumed.network.encoder.parameters() if p.requires_grad)
    before = trunk.detach().clone()
    batch = synthetic_composites.synthesize(
        load_photographs([folder], torch.device("cpu")).batch(2, rng(1)), rng(2)
    )
    train.step(resumed, phases.FeatureCaches(0), batch, batch[2], settings, 0.1)
    assert (not torch.equal(before, trunk)) == (phase == "trunk")


def light_from_the_right(composite: Tensor, matte: Tensor, _rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return composites with the same light on each object, and the same without it."""
    gain = (0.5 * torch.linspace(-1, 1, composite.shape[-1])).exp()
    return composite + matte * ((composite * gain).clamp(0, 1) - composite), composite


def test_the_shading_phase_trains_the_shading_head_only(
    photographs: Photographs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Check that it learns one light; random ones would need more steps."""
    monkeypatch.setattr(phases, "under_random_light", light_from_the_right)
    settings = Settings((), 1, tmp_path / "w", None, None, 3, 1e-4, 0, torch.device("cpu"))
    state = new_state(settings)
    before = {key: value.clone() for key, value in state.network.state_dict().items()}
    scenes = photographs.batch(3, rng(5))
    cache: FeatureCache[ShadingFeatures] = FeatureCache(0)
    batch = scenes.photo, scenes.matte, scenes.photo
    errors = [float(phases.shading_step(state, cache, batch, 2e-5)) for _ in range(15)]
    assert np.mean(errors[-4:]) < 0.6 * errors[0]
    after = state.network.state_dict()
    changed = {key.split(".")[0] for key in before if not torch.equal(before[key], after[key])}
    assert changed == {"shading"}


def test_the_stage_of_the_curve_heads_trains_them_only(photographs: Photographs, tmp_path: Path) -> None:
    given = tmp_path / "given.safetensors"
    save_file(HarmonizerNetwork().state_dict(), given)
    settings = Settings((), 1, tmp_path / "w", given, None, 3, 1e-3, 0, torch.device("cpu"), "curves")
    state = new_state(settings)
    before = {key: value.clone() for key, value in state.network.state_dict().items()}
    batch = synthetic_composites.synthesize(photographs.batch(3, rng(5)), rng(6))
    train.step(state, phases.FeatureCaches(0), batch, batch[2], settings, 0.9)
    after = state.network.state_dict()
    assert {key.split(".")[0] for key in before if not torch.equal(before[key], after[key])} == {"curves"}


def test_fine_tuning_lowers_the_error_on_one_batch(photographs: Photographs, tmp_path: Path) -> None:
    settings = Settings((), 1, tmp_path / "w", None, None, 3, 3e-4, 0, torch.device("cpu"))
    state = new_state(settings)
    scenes = photographs.batch(3, rng(5))
    target, matte = scenes.photo, scenes.matte
    composite = target + matte * (0.5 * target - target)
    cache: FeatureCache[TrunkFeatures] = FeatureCache(0)
    errors = [float(phases.trunk_step(state, cache, (composite, matte, target), 3e-4)) for _ in range(12)]
    assert max(errors[-3:]) < 0.5 * errors[0]


def test_fine_tuning_keeps_frozen_layers(photographs: Photographs, tmp_path: Path) -> None:
    """Check that layers whose features are cached do not change."""
    state = new_state(Settings((), 1, tmp_path / "w", None, None, 3, 3e-4, 0, torch.device("cpu")))
    before = {key: value.clone() for key, value in state.network.encoder.state_dict().items()}
    phases.trunk_step(
        state, FeatureCache(0), synthetic_composites.synthesize(photographs.batch(3, rng(5)), rng(6)), 3e-4
    )
    after = state.network.encoder.state_dict()
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    late = {f"blocks.{i}.{part}" for i in range(5, 16) for part in ("expand", "project")}
    assert {key.rsplit(".", 1)[0] for key in changed} == late
