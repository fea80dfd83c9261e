"""Run one training step on a batch of new composites, without feature caches: for devices with much memory.

The steps compute nothing whose result the host must wait for.
"""

import torch
from torch import Tensor, nn

from model.network.features import Features, extract_features
from model.training.feature_cache import ObjectPixels, object_pixels, shading_features
from model.training.phases import Triple, enable_dropout, pixel_error, shading_update, update
from model.training.state import State


def fresh_head_step(state: State, batch: Triple, rate: float) -> Tensor:
    """Train the curve heads, whose normalization measures its inputs. Returns their mean error, 0-1."""
    state.network.eval()
    state.network.curves.train()
    with torch.no_grad():
        features = features_of(state, batch)
    return _curves_step(state, batch, [member(features) for member in members(state)], rate)


def fresh_trunk_step(state: State, batch: Triple, rate: float) -> Tensor:
    """Train the whole trunk and the curve heads. Returns the mean error of the heads, 0-1."""
    enable_dropout(state.network)
    features = features_of(state, batch)
    return _curves_step(state, batch, [member(features) for member in members(state)], rate)


def fresh_shading_step(state: State, batch: Triple, rate: float) -> Tensor:
    """Train the shading head on objects after the other edits; all else is frozen. Returns the error."""
    state.network.eval()
    return shading_update(state, shading_features(state.network, *batch[:2]), rate)


def features_of(state: State, batch: Triple) -> Features:
    """Return the curve heads' inputs of a batch; on a device the trunk computes in bfloat16.

    On processors gradients of depthwise filters in bfloat16 take many times as long as in float32.
    """
    composite, matte, _ = batch
    kind = composite.device.type
    with torch.autocast(kind, torch.bfloat16, enabled=kind != "cpu"):
        features = state.network.encoder(composite)
    return extract_features(composite, matte, features)


def members(state: State) -> list[nn.Module]:
    """Return the curve heads."""
    return list(state.network.curves.members)


def _curves_step(state: State, batch: Triple, curves: list[Tensor], rate: float) -> Tensor:
    pixels = ObjectPixels(*object_pixels(*batch, state.rng))
    errors = torch.stack([pixel_error(one, pixels) for one in curves])
    update(state, errors.sum(), rate)
    return errors.detach().mean()
