"""Check the second stream: its critic, its updates and its pasted composites."""

from pathlib import Path

import pytest
import torch

from model.network.efficientnet import Encoder
from model.network.harmonizer import DEFAULT_WEIGHTS
from model.network.imagenet import imagenet_encoder
from model.training import discriminator, phases, train
from model.training.composites import (
    synthetic_composites,
)
from model.training.composites.dataset import (
    Photographs,
)
from model.training.state import Settings, new_state
from tests.support.random_tensors import rng


def test_the_critic_is_trainable_and_its_output_has_a_gradient() -> None:
    torch.manual_seed(0)
    encoder, critic = Encoder().eval(), discriminator.Discriminator(8)
    encoder.load_state_dict(imagenet_encoder())
    optimizer = torch.optim.Adam(critic.parameters(), 2e-3)
    photo = torch.rand(6, 3, 16, 16, generator=rng(1)).repeat_interleave(8, 2).repeat_interleave(8, 3)
    matte = torch.zeros(6, 1, 128, 128)
    matte[..., 32:96, 32:96] = 1
    composite = (photo + matte * (0.3 * photo - photo)).requires_grad_(True)
    real, fake = (discriminator.critic_features(encoder, picture, matte) for picture in (photo, composite))
    for _ in range(60):
        optimizer.zero_grad()
        discriminator.critic_loss(critic, real.detach(), fake.detach()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    critic.eval()
    realness = discriminator.realness(critic, fake)
    assert discriminator.realness(critic, real) > realness + 0.5
    (gradient,) = torch.autograd.grad(realness, composite)
    assert gradient.abs().sum() > 0


def test_the_critic_changes_curve_and_content_heads_only(
    photographs: Photographs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discriminator, "WARM_UP_STEPS", 0)
    monkeypatch.setattr(discriminator, "ADVERSARIAL", 1e4)
    settings = Settings((), 1, tmp_path / "w", None, None, 3, 1e-3, 0, torch.device("cpu"), "semi")
    state = new_state(settings)
    assert state.adversary is not None
    scenes = photographs.batch(3, rng(5))
    batch = scenes.photo, scenes.matte, scenes.photo
    caches = phases.FeatureCaches(0)
    state.network.content.share.fill_(0.5)
    before = {key: value.clone() for key, value in state.network.state_dict().items()}
    for _ in range(2):
        state.step += 1
        phases.semi_step(state, state.adversary, caches, batch, scenes.photo, 1e-3)
    after = state.network.state_dict()
    changed = {key.split(".")[0] for key in before if not torch.equal(before[key], after[key])}
    assert changed == {"curves", "content"}


def test_the_network_is_frozen_during_the_warm_up_of_the_critic(
    photographs: Photographs, tmp_path: Path
) -> None:
    settings = Settings((), 1, tmp_path / "w", None, None, 3, 1e-3, 0, torch.device("cpu"), "semi")
    state = new_state(settings)
    assert state.adversary is not None
    scenes, critic = photographs.batch(3, rng(5)), state.adversary.critic
    before = [{k: v.clone() for k, v in part.state_dict().items()} for part in (state.network, critic)]
    batch = scenes.photo, scenes.matte, scenes.photo
    phases.semi_step(state, state.adversary, phases.FeatureCaches(0), batch, scenes.photo, 1e-3)
    same = [
        all(torch.equal(value, old[key]) for key, value in part.state_dict().items())
        for part, old in zip((state.network, critic), before, strict=True)
    ]
    assert same == [True, False]


def test_a_network_trained_on_its_own_output_stays_unchanged(
    photographs: Photographs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without critic and identity term, the loss of the second stream is at its minimum."""
    monkeypatch.setattr(discriminator, "WARM_UP_STEPS", -1)
    monkeypatch.setattr(discriminator, "ADVERSARIAL", 0.0)
    monkeypatch.setattr(discriminator, "IDENTITY", 0.0)
    monkeypatch.setattr(phases, "SEMI_BATCH", 16)  # the error of few object pixels varies too much
    monkeypatch.setattr(phases, "SEMI_STEPS", 4)
    settings = Settings((), 1, tmp_path / "w", DEFAULT_WEIGHTS, None, 3, 1e-3, 0, torch.device("cpu"), "semi",
                        teachers=(DEFAULT_WEIGHTS,))  # fmt: skip
    state, teachers = new_state(settings), train.teachers_of(settings)
    assert state.adversary is not None and teachers is not None
    composite, matte, photo = synthetic_composites.synthesize(photographs.batch(3, rng(5)), rng(6))
    batch = composite, matte, teachers.targets(composite, matte)
    caches = phases.FeatureCaches(0)
    errors = [float(phases.semi_step(state, state.adversary, caches, batch, photo, 1e-5)) for _ in range(3)]
    assert max(errors) < 0.3 / 255


def test_objects_are_pasted_into_the_next_photograph(photographs: Photographs) -> None:
    scenes = photographs.batch(3, rng(2))
    pasted = discriminator.paste_into_next(scenes.photo, scenes.matte)
    inside = (scenes.matte == 1).expand_as(pasted)
    outside = (scenes.matte == 0).expand_as(pasted)
    assert torch.allclose(pasted[inside], scenes.photo[inside], atol=1e-5)
    assert torch.equal(pasted[outside], scenes.photo.roll(1, 0)[outside])
