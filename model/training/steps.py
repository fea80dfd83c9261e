"""One step of learning in each phase: the curve head from memory, everything, both streams."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model.network import HarmonizerNetwork, apply_curves, apply_shading
from model.training import discriminator, distributed
from model.training.draw import uniform
from model.training.losses import foreground_error, roughness
from model.training.perturb import uneven_light
from model.training.replay import ForCurves, ForShading, Memory, describe, describe_light
from model.training.state import Adversary, Settings, State

SMOOTHNESS = 0.1  # weight of the roughness of the shading map
HEAD_BATCH, HEAD_STEPS = 256, 2  # learnt from memory for each fresh batch
SHADING_BATCH, SHADING_STEPS = 64, 4
LIT_SHARE = 0.6  # of what the shading head learns from; the rest is to be left as it is
ALL_HEADS, LAST_HEAD = slice(None), slice(-1, None)

Triple = tuple[Tensor, Tensor, Tensor]
"""Composites, mattes and targets, in 0-1."""


@dataclass(frozen=True)
class Losses:
    """Errors of each picture after curves and shading, and after curves alone."""

    full: Tensor  # B
    toned: Tensor  # B


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
            curves = member(kept.statistics.float(), kept.features.float())
            output = apply_curves(kept.composite.float() / 255, curves)
            errors.append(foreground_error(output, kept.target.float() / 255).mean())
        descend(state, torch.stack(errors).sum(), rate)
    return torch.stack(errors).detach().mean()


def shading_step(state: State, memory: Memory[ForShading], batch: Triple, rate: float) -> Tensor:
    """Remember one fresh batch, then learn from the memory to take local light away, all else at rest.

    Most of what is drawn is lit anew each time, so that the head never sees it twice. What the curves made
    of the object, right or wrong, is the truth here: the head is not to mend their errors, which would
    drown what it can learn. Returns the last error, 0-1.
    """
    if not memory.kept:  # the phase begins: what rests from now on are the averaged weights
        state.network.load_state_dict(state.average.module.state_dict())
    state.network.eval()
    memory.add(describe_light(state.network, batch[0], batch[1]))
    for _ in range(SHADING_STEPS):
        kept = memory.sample(SHADING_BATCH)
        toned, matte = (x.to(batch[0].device).float() / 255 for x in (kept.toned, kept.matte))
        lit = toned + matte * (
            uneven_light(toned, matte, light_strengths(len(toned), state.rng), state.rng) - toned
        )
        shading = state.network.shading(lit.contiguous(memory_format=torch.channels_last), matte)
        error = foreground_error(apply_shading(lit, shading), toned, matte).mean()
        descend(state, error + SMOOTHNESS * roughness(shading), rate)
    return error.detach()


def light_strengths(count: int, rng: torch.Generator) -> Tensor:
    """From none to strong, B×1×1×1; a share is exactly none."""
    strength = uniform((count, 1, 1, 1), 0, 2.5, rng)
    return strength * (uniform((count, 1, 1, 1), 0, 1, rng) < LIT_SHARE)


def full_step(state: State, batch: Triple, settings: Settings, rate: float) -> Tensor:
    """Learn from one fresh batch, trunk and curve heads. Returns the error of curves and shading, 0-1.

    Normalisation keeps the statistics it has: batches are too small to measure new ones.
    """
    prepare(state.network)
    with half_precision(settings):
        found = losses(state.network, *batch)
    descend(state, found.toned.mean(), rate)
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


def semi_step(
    state: State, adversary: Adversary, batch: Triple, photo: Tensor, settings: Settings, rate: float
) -> Tensor:
    """Teach the curve heads by synthetic mismatches, real composites and untouched photographs at once.

    Real composites have no truth: the critic says how real they look. Photographs, B×3×H×W, are to come back
    as they are, or the network would learn to please the critic at any price. What the batch should become
    may be teachers' answers instead of the photographs. Returns the supervised error, 0-1.
    """
    prepare(state.network)
    matte = batch[1]
    real, real_matte = unpaired(adversary, photo, matte, state.rng)
    with half_precision(settings):
        found = losses(state.network, *batch)
        harmonized = edited(state.network, real, real_matte)
        untouched = losses(state.network, photo, matte, photo).toned.mean()
        loss = found.toned.mean() + discriminator.IDENTITY * untouched
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


def unpaired(
    adversary: Adversary, photo: Tensor, matte: Tensor, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Real composites, as many as there are photographs: objects pasted between them, and given ones."""
    pasted = discriminator.paste(photo, matte)
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
