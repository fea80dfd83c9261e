"""Run one training step of each phase, from feature caches: curve heads, trunk, shading head, two streams."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model.network.features import Features, pool_to_view
from model.network.network import HarmonizerNetwork
from model.network.render_torch import apply_curves, apply_shading, apply_tones
from model.training import discriminator, distributed
from model.training.composites.color import to_floats
from model.training.composites.object_light import under_random_light
from model.training.feature_cache import (
    CriticFeatures,
    CurveFeatures,
    FeatureCache,
    ObjectPixels,
    ShadingFeatures,
    TrunkFeatures,
    curve_features,
    features_from_cache,
    shading_features,
    stream_features,
    trunk_features,
)
from model.training.losses import foreground_error, roughness
from model.training.state import Adversary, State, update_average

SMOOTHNESS = 0.1  # weight of the roughness of the shading map
HEAD_BATCH, HEAD_STEPS = 64, 2  # updates from the cache for each new batch
TRUNK_BATCH, TRUNK_STEPS = 32, 2
SHADING_BATCH, SHADING_STEPS = 64, 16  # each composite is drawn often, but under new light
SEMI_BATCH, SEMI_STEPS = 16, 8
SHADING_CAPACITY = 100_000  # composites of 16 KB each
SEMI_CAPACITY = 12_000  # images of 140 KB each

Triple = tuple[Tensor, Tensor, Tensor]
"""Composites B×3×H×W, mattes B×1×H×W and targets B×3×H×W, in 0-1."""


class FeatureCaches:
    """Hold one cache for each phase, and three for the second stream, two of them of composites."""

    def __init__(self, seed: int) -> None:
        self.curves: FeatureCache[CurveFeatures] = FeatureCache(seed)
        self.trunk: FeatureCache[TrunkFeatures] = FeatureCache(seed)
        self.shading: FeatureCache[ShadingFeatures] = FeatureCache(seed, SHADING_CAPACITY)
        self.photographs: FeatureCache[CriticFeatures] = FeatureCache(seed, SEMI_CAPACITY)
        self.with_targets: FeatureCache[CriticFeatures] = FeatureCache(seed, SEMI_CAPACITY)
        self.composites: FeatureCache[CriticFeatures] = FeatureCache(seed, SEMI_CAPACITY)


@dataclass(frozen=True)
class Losses:
    """Hold the errors of each image after curves and shading, and after curves alone."""

    full: Tensor  # B
    toned: Tensor  # B


def losses(network: nn.Module, composite: Tensor, matte: Tensor, target: Tensor) -> Losses:
    """Return the foreground errors of the network's output against the target.

    Every second pixel in both directions is rendered, which is sufficient for curves and a coarse map.
    """
    curves, matrix, shading = network(composite, matte)
    small = [x[:, :, ::2, ::2].float() for x in (composite, matte, target)]
    toned = apply_tones(small[0], curves, matrix)
    return Losses(
        foreground_error(apply_shading(toned, shading), small[2], small[1]),
        foreground_error(toned, small[2], small[1]),
    )


def update(state: State, loss: Tensor, rate: float) -> None:
    """Take one step of the optimizer and of the running average of the weights."""
    for group in state.optimizer.param_groups:
        group["lr"] = rate * group["speed"]
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    distributed.average_gradients(state.network.parameters())
    nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    distributed.average_statistics(state.network)
    state.optimizer.step()
    update_average(state)


def head_step(state: State, cache: FeatureCache[CurveFeatures], batch: Triple, rate: float) -> Tensor:
    """Add one batch to the cache, then train the curve heads, each on its own draws from the cache.

    Returns the mean of the heads' last errors, 0-1.
    """
    state.network.eval()
    cache.add(curve_features(state.network, *batch, state.rng))
    members = list(state.network.curves.members)
    for member in members:
        member.train()
    for _ in range(HEAD_STEPS):
        errors = torch.stack([head_error(member, cache.sample(HEAD_BATCH)) for member in members])
        update(state, errors.sum(), rate)
    return errors.detach().mean()


def head_error(head: nn.Module, cached: CurveFeatures) -> Tensor:
    """Return the error of a curve head on cached features, 0-1: a scalar."""
    return pixel_error(head(head_inputs(cached)), cached)


def head_inputs(cached: CurveFeatures | CriticFeatures) -> Features:
    """Return the curve heads' inputs in float32."""
    return Features(cached.statistics, cached.regions.float(), cached.patches.float())


def pixel_error(curves: Tensor, cached: CurveFeatures | TrunkFeatures | ObjectPixels) -> Tensor:
    """Return the error of the drawn object pixels after the curves, 0-1: a scalar."""
    output = apply_curves(to_floats(cached.composite), curves)
    return foreground_error(output, to_floats(cached.target)).mean()


def shading_step(state: State, cache: FeatureCache[ShadingFeatures], batch: Triple, rate: float) -> Tensor:
    """Add one batch to the cache, then train the shading head to remove uneven light; all else is frozen.

    Each draw is put under new light before the curves, as composites are. The target is the object after the
    curves, correct or not: the head should not correct errors of the curves, which are larger than those it
    can correct. Returns the last error, 0-1.
    """
    if not cache.batches:  # the phase starts: from now on the frozen parts are the averaged weights
        state.network.load_state_dict(state.average.module.state_dict())
    state.network.eval()
    cache.add(shading_features(state.network, batch[0], batch[1]))
    for _ in range(SHADING_STEPS):
        cached = cache.sample(SHADING_BATCH)
        error = shading_update(state, cached, rate)
    return error


def shading_update(state: State, cached: ShadingFeatures, rate: float) -> Tensor:
    """Train the shading head on composites under new light; return the error, 0-1."""
    device = state.rng.device
    composite, matte = (to_floats(x.to(device)) for x in (cached.composite, cached.matte))
    lights = under_random_light(composite, matte, state.rng)
    curves, matrix = (x.to(device) for x in (cached.curves, cached.matrix))
    uneven, even = (apply_tones(image, curves, matrix).clamp(0, 1) for image in lights)
    shading = state.network.shading(uneven.contiguous(memory_format=torch.channels_last), matte)
    error = foreground_error(apply_shading(uneven, shading), even, matte).mean()
    update(state, error + SMOOTHNESS * roughness(shading), rate)
    return error.detach()


def trunk_step(state: State, cache: FeatureCache[TrunkFeatures], batch: Triple, rate: float) -> Tensor:
    """Add one batch to the cache, then train the later half of the trunk and each curve head from the cache.

    The early half is frozen, so its features are computed once; two draws cost less than one new composite.
    Returns the mean of the heads' last errors, 0-1.
    """
    enable_dropout(state.network)
    cache.add(trunk_features(state.network, *batch, state.rng))
    for _ in range(TRUNK_STEPS):
        cached = cache.sample(TRUNK_BATCH)
        inputs = features_from_cache(state.network, cached)
        errors = torch.stack([pixel_error(member(inputs), cached) for member in state.network.curves.members])
        update(state, errors.sum(), rate)
    return errors.detach().mean()


def enable_dropout(network: HarmonizerNetwork) -> None:
    """Enable the curve heads' dropout, but keep normalization as in inference."""
    network.eval()
    for layer in network.curves.modules():
        if isinstance(layer, nn.Dropout):
            layer.train()


def semi_step(
    state: State, adversary: Adversary, caches: FeatureCaches, batch: Triple, photo: Tensor, rate: float
) -> Tensor:
    """Add one batch to the caches, then train curve and content heads on both streams; all else is frozen.

    Synthetic composites have targets: photographs (B×3×H×W) or the teachers' outputs. Real composites have
    none; their loss is the critic's output. Photographs should stay unchanged; without this term the network
    would maximize the critic's output at any cost. The network is not updated while the critic is trained
    alone, because Adam would take steps of full size on errors near zero. There is no dropout: with it, a
    network trained on its own outputs predicts smaller and smaller corrections. Returns the last supervised
    error, 0-1.
    """
    network = state.network
    network.eval()
    add_streams(network, caches, batch, photo, unpaired_composites(adversary, photo, batch[1], state.rng))
    critic_is_trained = state.step > adversary.start_step + discriminator.WARM_UP_STEPS
    for _ in range(SEMI_STEPS):
        error = stream_error(network, sample_batch(caches.with_targets))
        photographs, composites = sample_batch(caches.photographs), sample_batch(caches.composites)
        features = discriminator.critic_features(
            network.encoder, harmonized(network, composites), to_floats(composites.matte)
        )
        if critic_is_trained:
            change = stream_error(network, photographs)
            realness = discriminator.realness(adversary.critic.eval(), features)
            loss = error + discriminator.IDENTITY * change - discriminator.ADVERSARIAL * realness
            update(state, loss, rate)
        others = sample_batch(caches.composites)
        critic_step(adversary, photographs.critic, torch.cat([features.detach(), others.critic]))
    return error.detach()


def add_streams(
    network: HarmonizerNetwork,
    caches: FeatureCaches,
    batch: Triple,
    photo: Tensor,
    unpaired: tuple[Tensor, Tensor],
) -> None:
    """Add photographs, composites with targets, and composites without to the caches of the second stream."""
    composite, matte, target = batch
    caches.photographs.add(stream_features(network, photo, matte, photo))
    paired = stream_features(network, composite, matte, target)
    caches.with_targets.add(paired)
    caches.composites.add(paired)
    caches.composites.add(stream_features(network, *unpaired, unpaired[0]))


def stream_error(network: HarmonizerNetwork, cached: CriticFeatures) -> Tensor:
    """Return the error of the tones of cached images against their targets, 0-1: a scalar."""
    target, matte = to_floats(cached.target), to_floats(cached.matte)
    return foreground_error(harmonized(network, cached), target, matte).mean()


def unpaired_composites(
    adversary: Adversary, photo: Tensor, matte: Tensor, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return composites without ground truth, pasted between photographs or given, and their mattes."""
    pasted = discriminator.paste_into_next(photo, matte)
    if adversary.composites is None:
        return pasted, matte
    half = len(pasted) // 2
    given = adversary.composites.batch(half, rng)
    return torch.cat([pasted[half:], given.photo]), torch.cat([matte[half:], given.matte])


def sample_batch(cache: FeatureCache[CriticFeatures]) -> CriticFeatures:
    """Draw a batch of the second stream."""
    return cache.sample(SEMI_BATCH)


def harmonized(network: HarmonizerNetwork, cached: CriticFeatures) -> Tensor:
    """Return the images after the network's curves and colour matrix, blended by the mattes."""
    image, matte = to_floats(cached.image), to_floats(cached.matte)
    curves = network.curves(head_inputs(cached))
    small = pool_to_view(image), pool_to_view(matte)
    tones = network.tones(curves, cached.content.float(), *small)
    return image + matte * (apply_tones(image, *tones).clamp(0, 1) - image)


def critic_step(adversary: Adversary, real: Tensor, fake: Tensor) -> None:
    """Update the critic once, on features of photographs and of composites, harmonized and unchanged."""
    adversary.optimizer.zero_grad(set_to_none=True)
    loss = discriminator.critic_loss(adversary.critic.train(), real, fake)
    loss.backward()  # type: ignore[no-untyped-call]
    distributed.average_gradients(adversary.critic.parameters())
    distributed.average_statistics(adversary.critic)
    adversary.optimizer.step()
