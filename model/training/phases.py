"""One step of learning in each phase: curve heads, trunk, shading head, both streams; all from memories."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model.network.features import Features
from model.network.network import HarmonizerNetwork, apply_curves, apply_shading
from model.training import discriminator, distributed
from model.training.composites.augment_color import uneven_light
from model.training.composites.random_params import uniform
from model.training.feature_cache import (
    ForCritic,
    ForCurves,
    ForShading,
    ForTrunk,
    Memory,
    for_critic,
    for_curves,
    for_shading,
    for_trunk,
    recalled,
)
from model.training.losses import foreground_error, roughness
from model.training.state import Adversary, State

SMOOTHNESS = 0.1  # weight of the roughness of the shading map
HEAD_BATCH, HEAD_STEPS = 64, 2  # learnt from memory for each fresh batch
TRUNK_BATCH, TRUNK_STEPS = 32, 2
SHADING_BATCH, SHADING_STEPS = 64, 4
SEMI_BATCH, SEMI_STEPS = 16, 8
SHADING_CAPACITY = 100_000  # 16 KB each
SEMI_CAPACITY = 12_000  # 140 KB each
LIT_SHARE = 0.6  # of what the shading head learns from; the rest is to be left as it is

Triple = tuple[Tensor, Tensor, Tensor]
"""Composites, mattes and targets, in 0-1."""


class Memories:
    """What is learnt from many times: by the heads, and by both sides of the second stream."""

    def __init__(self, seed: int) -> None:
        self.curves: Memory[ForCurves] = Memory(seed)
        self.trunk: Memory[ForTrunk] = Memory(seed)
        self.shading: Memory[ForShading] = Memory(seed, SHADING_CAPACITY)
        self.photographs: Memory[ForCritic] = Memory(seed, SEMI_CAPACITY)
        self.composites: Memory[ForCritic] = Memory(seed, SEMI_CAPACITY)


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


def head_step(state: State, memory: Memory[ForCurves], batch: Triple, rate: float) -> Tensor:
    """Remember one fresh batch, then teach curve heads, each from draws of its own out of the memory.

    Returns the mean of their last errors, 0-1.
    """
    state.network.eval()
    memory.add(for_curves(state.network, *batch, state.rng))
    members = list(state.network.curves.members)
    for member in members:
        member.train()
    for _ in range(HEAD_STEPS):
        errors = torch.stack([recalled_error(member, memory.sample(HEAD_BATCH)) for member in members])
        descend(state, errors.sum(), rate)
    return errors.detach().mean()


def recalled_error(head: nn.Module, kept: ForCurves) -> Tensor:
    """How far the head is from the truth on a draw out of the memory, 0-1: a scalar."""
    return pixel_error(head(told(kept)), kept)


def told(kept: ForCurves | ForCritic) -> Features:
    """What the curve heads are told about what was kept."""
    return Features(kept.statistics, kept.regions.float(), kept.patches.float())


def pixel_error(curves: Tensor, kept: ForCurves | ForTrunk) -> Tensor:
    """How far the pixels that were kept are from the truth after the curves, 0-1: a scalar."""
    output = apply_curves(kept.composite.float() / 255, curves)
    return foreground_error(output, kept.target.float() / 255).mean()


def shading_step(state: State, memory: Memory[ForShading], batch: Triple, rate: float) -> Tensor:
    """Remember one fresh batch, then learn from the memory to take local light away, all else at rest.

    Most of what is drawn is lit anew each time, so that the head never sees it twice. What the curves made
    of the object, right or wrong, is the truth here: the head is not to mend their errors, which would
    drown what it can learn. Returns the last error, 0-1.
    """
    if not memory.kept:  # the phase begins: what rests from now on are the averaged weights
        state.network.load_state_dict(state.average.module.state_dict())
    state.network.eval()
    memory.add(for_shading(state.network, batch[0], batch[1]))
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


def trunk_step(state: State, memory: Memory[ForTrunk], batch: Triple, rate: float) -> Tensor:
    """Remember one fresh batch, then teach the later half of the trunk, and each curve head, from the memory.

    The early half rests, so what it sees is computed once; two draws cost less than one fresh composite.
    Returns the mean of the last errors of the heads, 0-1.
    """
    prepare(state.network)
    memory.add(for_trunk(state.network, *batch, state.rng))
    for _ in range(TRUNK_STEPS):
        kept = memory.sample(TRUNK_BATCH)
        seen = recalled(state.network, kept)
        errors = torch.stack([pixel_error(member(seen), kept) for member in state.network.curves.members])
        descend(state, errors.sum(), rate)
    return errors.detach().mean()


def prepare(network: HarmonizerNetwork) -> None:
    """Drop out, but normalise as in use."""
    network.eval()
    for layer in network.curves.modules():
        if isinstance(layer, nn.Dropout):
            layer.train()


def semi_step(
    state: State, adversary: Adversary, memories: Memories, batch: Triple, photo: Tensor, rate: float
) -> Tensor:
    """Remember one fresh batch, then teach the curve heads both streams at once, all else at rest.

    Mismatches have a truth, photographs (B×3×H×W) or teachers' answers. Real composites have none: the critic
    says how real they look. Photographs are to come back as they are, or the network would learn to please
    the critic at any price. Before the critic has learnt something the network rests, for a step of Adam on
    an error near zero goes somewhere. Nothing is dropped out: a network that learns its own answers through
    such noise becomes timid. Returns the last supervised error, 0-1.
    """
    composite, matte, _ = batch
    network = state.network
    network.eval()
    memories.curves.add(for_curves(network, *batch, state.rng))
    memories.photographs.add(for_critic(network, photo, matte))
    for unknown in ((composite, matte), unpaired(adversary, photo, matte, state.rng)):
        memories.composites.add(for_critic(network, *unknown))
    heard = state.step > adversary.began + discriminator.WARM_UP_STEPS
    for _ in range(SEMI_STEPS):
        found = recalled_error(network.curves, memories.curves.sample(SEMI_BATCH))
        photographs, composites = drawn(memories.photographs), drawn(memories.composites)
        seen = discriminator.see(network.encoder, *edited(network, composites))
        if heard:
            untouched = foreground_error(edited(network, photographs)[0], *in_floats(photographs)).mean()
            opinion = discriminator.realness(adversary.critic.eval(), seen)
            loss = found + discriminator.IDENTITY * untouched - discriminator.ADVERSARIAL * opinion
            descend(state, loss, rate)
        left = drawn(memories.composites)
        learn_critic(adversary, photographs.seen, torch.cat([seen.detach(), left.seen]))
    return found.detach()


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


def drawn(memory: Memory[ForCritic]) -> ForCritic:
    """A batch of the second stream."""
    return memory.sample(SEMI_BATCH)


def in_floats(kept: ForCritic) -> tuple[Tensor, Tensor]:
    """Pictures and mattes as the critic sees them, in 0-1."""
    return kept.picture.float() / 255, kept.matte.float() / 255


def edited(network: HarmonizerNetwork, kept: ForCritic) -> tuple[Tensor, Tensor]:
    """The pictures after the curves that the network gives them, pasted through the mattes; and these."""
    picture, matte = in_floats(kept)
    curves = network.curves(told(kept))
    return picture + matte * (apply_curves(picture, curves) - picture), matte


def learn_critic(adversary: Adversary, real: Tensor, fake: Tensor) -> None:
    """One step of the critic, who was shown photographs and composites, harmonized or left as they are."""
    adversary.optimizer.zero_grad(set_to_none=True)
    loss = discriminator.critic_loss(adversary.critic.train(), real, fake)
    loss.backward()  # type: ignore[no-untyped-call]
    distributed.average_gradients(adversary.critic.parameters())
    adversary.optimizer.step()
