"""Put the objects of composites under a light that the scene does not have, as pasted objects are."""

import torch
from torch import Tensor

from model.training.composites.augment_color import light_field, under_uneven_light
from model.training.composites.body_light import body_light, scene_light
from model.training.composites.random_params import apply_to_some, uniform

UNEVEN_SHARE = 0.58  # of the objects; the rest should stay unchanged
BODY_SHARE = 0.45  # of the lights; the rest are smooth fields, which fit no form
SCENE_SHARE = 0.5  # of the scenes, which are relit as a whole
FIELD_STRENGTHS, BODY_STRENGTHS = (0.0, 2.5), (0.2, 2.0)  # factors of the log-gain


def under_random_light(composite: Tensor, matte: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return composites with uneven light on a share of the objects, and the same without it.

    composite: B×3×H×W in 0-1. matte: B×1×H×W in 0-1. The mean log-gain over an object is zero, since curves
    can correct the mean. Some scenes are relit from one side, together with their objects: only the
    comparison with the scene shows if light that comes from a side is wrong, so it must not always be.
    """
    even = relit_scenes(composite, matte, rng)
    count, bodies = len(even), round(BODY_SHARE * len(even))
    # The draws of a batch come in random order, so its first ones are a random share.
    fields = [
        light_field(count - bodies, even.shape[-1], rng)
        * uniform((count - bodies, 1, 1, 1), *FIELD_STRENGTHS, rng)
    ]
    if bodies:
        strength = uniform((bodies, 1, 1, 1), *BODY_STRENGTHS, rng)
        fields.insert(0, strength * body_light(even[:bodies], matte[:bodies], rng))
    is_lit = uniform((count, 1, 1, 1), 0, 1, rng) < UNEVEN_SHARE
    uneven = under_uneven_light(even, matte, torch.cat(fields))
    return even + matte * (torch.where(is_lit, uneven, even) - even), even


def relit_scenes(composite: Tensor, matte: Tensor, rng: torch.Generator) -> Tensor:
    """Return composites, of which a share is under further light from one side, the objects included."""

    def relit(both: Tensor, rng: torch.Generator) -> Tensor:
        image, matte = both[:, :3], both[:, 3:]
        return torch.cat([(image * scene_light(matte, rng).exp()).clamp(0, 1), matte], 1)

    return apply_to_some(torch.cat([composite, matte], 1), SCENE_SHARE, relit, rng)[:, :3]
