"""Put the objects of composites under a light that the scene does not have, as pasted objects are."""

import torch
from torch import Tensor

from model.training.composites.augment_color import light_field, under_uneven_light
from model.training.composites.body_light import body_light
from model.training.composites.random_params import uniform

UNEVEN_SHARE = 0.58  # of the objects; the rest should stay unchanged
BODY_SHARE = 0.45  # of the lights; the rest are smooth fields, which fit no form
FIELD_STRENGTHS, BODY_STRENGTHS = (0.0, 2.5), (0.2, 2.0)  # factors of the log-gain


def under_random_light(composite: Tensor, matte: Tensor, rng: torch.Generator) -> Tensor:
    """Return composites, B×3×H×W in 0-1, with a share of the objects under uneven light.

    The mean log-gain over an object is zero, since curves can correct the mean. matte: B×1×H×W in 0-1.
    """
    count, bodies = len(composite), round(BODY_SHARE * len(composite))
    # The draws of a batch come in random order, so its first ones are a random share.
    fields = [
        light_field(count - bodies, composite.shape[-1], rng)
        * uniform((count - bodies, 1, 1, 1), *FIELD_STRENGTHS, rng)
    ]
    if bodies:
        strength = uniform((bodies, 1, 1, 1), *BODY_STRENGTHS, rng)
        fields.insert(0, strength * body_light(composite[:bodies], matte[:bodies], rng))
    is_lit = uniform((count, 1, 1, 1), 0, 1, rng) < UNEVEN_SHARE
    uneven = under_uneven_light(composite, matte, torch.cat(fields))
    return composite + matte * (torch.where(is_lit, uneven, composite) - composite)
