"""One step of learning in each phase: the curve head from memory, everything, both streams."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model.network import HarmonizerNetwork, apply_curves, apply_shading
from model.training import discriminator, distributed
from model.training.losses import foreground_error, roughness, shading_error, wanted_shading
from model.training.replay import ForCurves, ForShading, Memory, describe, describe_light
from model.training.state import Adversary, Settings, State

SHADING = 1.0  # weight of the error of the shading map
SMOOTHNESS = 0.1  # weight of the roughness of the shading map
HEAD_BATCH, SHADING_BATCH, HEAD_STEPS = 256, 128, 2  # learnt from memory for each fresh batch
ALL_HEADS, LAST_HEAD = slice(None), slice(-1, None)

Triple = tuple[Tensor, Tensor, Tensor]
"""Composites, mattes and targets, in 0-1."""


@dataclass(frozen=True)
class Losses:
    """Errors of each picture after curves and shading, and after curves alone; faults of the shading map."""

    full: Tensor  # B
    toned: Tensor  # B
    shading: Tensor  # scalar
    roughness: Tensor  # scalar

    def total(self) -> Tensor:
        """What is made small."""
        kept = SHADING * self.shading + SMOOTHNESS * self.roughness
        return self.full.mean() + 0.4 * self.toned.mean() + kept


def losses(network: nn.Module, composite: Tensor, matte: Tensor, target: Tensor) -> Losses:
    """How far the network is from the truth.

    Every second pixel in both directions is rendered: curves and a coarse map do not need more.
    """
    curves, shading = network(composite, matte)
    small = [x[:, :, ::2, ::2].float() for x in (composite, matte, target)]
    toned = apply_curves(small[0], curves)
    return Losses(
        foreground_error(apply_shading(toned, shading), small[2], small[1]),
        foreground_error(toned, small[2], small[1]),
        shading_error(shading, *wanted_shading(toned, small[2], small[1], shading.shape[-1])),
        roughness(shading),
    )


def descend(state: State, loss: Tensor, rate: float) -> None:
    """One step of the optimiser and of the running average."""
    for group in state.optimizer.param_groups:
        group["lr"] = rate * group["speed"]
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    distributed.average_gradients(state.network.parameters())
    nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    state.optimizer.step()
    state.average.update_parameters(state.network)


def head_step(
    state: State, memory: Memory[ForCurves], batch: Triple, rate: float, learners: slice = ALL_HEADS
) -> Tensor:
    """Remember one fresh batch, then teach curve heads, each from draws of its own out of the memory.

    Returns the mean of their last errors, 0-1.
    """
    state.network.eval()
    memory.add(describe(state.network, *batch, state.rng))
    members = list(state.network.curves.members)[learners]
    for member in members:
        member.train()
    for _ in range(HEAD_STEPS):
        errors = []
        for member in members:
            kept = memory.sample(HEAD_BATCH)
            curves, _ = member(kept.statistics.float(), kept.features.float())
            output = apply_curves(kept.composite.float() / 255, curves)
            errors.append(foreground_error(output, kept.target.float() / 255).mean())
        descend(state, torch.stack(errors).sum(), rate)
    return torch.stack(errors).detach().mean()


def shading_step(state: State, memory: Memory[ForShading], batch: Triple, rate: float) -> Tensor:
    """Remember one fresh batch, then learn shading from the memory, all else at rest.

    Returns the last error of the map, a root mean square of log-gain.
    """
    if not memory.kept:  # the phase begins: what rests from now on are the averaged weights
        state.network.load_state_dict(state.average.module.state_dict())
    state.network.eval()
    memory.add(describe_light(state.network, *batch))
    for _ in range(HEAD_STEPS):
        kept = memory.sample(SHADING_BATCH)
        shading = state.network.shading(kept.lights.float(), kept.context.float(), kept.summary.float())
        error = shading_error(shading, kept.wanted.float(), kept.weight.float())
        descend(state, error + SMOOTHNESS * roughness(shading), rate)
    return error.detach().sqrt()


def full_step(state: State, batch: Triple, settings: Settings, rate: float) -> Tensor:
    """Learn from one fresh batch, trunk and both heads. Returns the error of curves and shading, 0-1.

    Normalisation keeps the statistics it has: batches are too small to measure new ones.
    """
    prepare(state.network)
    with half_precision(settings):
        found = losses(state.network, *batch)
    descend(state, found.total(), rate)
    return found.full.detach().mean()


def prepare(network: HarmonizerNetwork) -> None:
    """Drop out, but normalise as in use."""
    network.eval()
    for layer in network.curves.modules():
        if isinstance(layer, nn.Dropout):
            layer.train()


def half_precision(settings: Settings) -> torch.autocast:
    """bfloat16 where the device is quick at it."""
    return torch.autocast(settings.device.type, torch.bfloat16, enabled=settings.device.type == "cuda")


def semi_step(state: State, adversary: Adversary, batch: Triple, settings: Settings, rate: float) -> Tensor:
    """Learn from synthetic mismatches, real composites and untouched photographs at once.

    Real composites have no truth: the critic says how real they look. Photographs are to come back as they
    are, or the network would learn to please the critic at any price. Returns the supervised error, 0-1.
    """
    prepare(state.network)
    real, real_matte = unpaired(adversary, batch, state.rng)
    photo, matte = batch[2], batch[1]
    with half_precision(settings):
        found = losses(state.network, *batch)
        harmonized = edited(state.network, real, real_matte)
        loss = found.total() + discriminator.IDENTITY * losses(state.network, photo, matte, photo).full.mean()
    if state.step > adversary.began + discriminator.WARM_UP_STEPS:
        opinion = discriminator.realness(adversary.critic, harmonized, real_matte)
        loss = loss - discriminator.ADVERSARIAL * opinion
    descend(state, loss, rate)
    harmonized_and_not = (harmonized.detach(), real_matte), (batch[0], matte)
    fake, fake_matte = (
        torch.cat([discriminator.shrunk(x) for x in parts]) for parts in zip(*harmonized_and_not, strict=True)
    )
    learn_critic(adversary, (photo, matte), (fake, fake_matte))
    return found.full.detach().mean()


def unpaired(adversary: Adversary, batch: Triple, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Real composites, as many as the batch has: objects pasted between its photographs, and given ones."""
    pasted, matte = discriminator.paste(batch[2], batch[1]), batch[1]
    if adversary.composites is None:
        return pasted, matte
    half = len(pasted) // 2
    given = adversary.composites.batch(half, rng)
    return torch.cat([pasted[half:], given.photo]), torch.cat([matte[half:], given.matte])


def edited(network: HarmonizerNetwork, image: Tensor, matte: Tensor) -> Tensor:
    """The composites as the network would have them, at half their size, pasted back through the matte."""
    curves, shading = network(image, matte)
    small, small_matte = image[:, :, ::2, ::2].float(), matte[:, :, ::2, ::2].float()
    out = apply_shading(apply_curves(small, curves), shading)
    return small + small_matte * (out - small)


def learn_critic(adversary: Adversary, real: tuple[Tensor, Tensor], fake: tuple[Tensor, Tensor]) -> None:
    """One step of the critic."""
    adversary.optimizer.zero_grad(set_to_none=True)
    discriminator.critic_loss(adversary.critic, real, fake).backward()  # type: ignore[no-untyped-call]
    distributed.average_gradients(adversary.critic.parameters())
    adversary.optimizer.step()
