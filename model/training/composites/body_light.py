"""Draw the light that bodies have: shading by their form, cast shadows over it, bounce from the ground.

A photograph has no geometry, so bodies get the form of their inflated mattes: the solution of a Poisson
equation over the object, as in inflated drawings (Lumo, Johnston 2002), with a relief from the picture.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from model.network.features import LIGHT_POWER
from model.training.composites import color
from model.training.composites.random_params import normal, uniform

SIDES, ITERATIONS = (8, 16, 32), 16  # of the inflation, from coarse to fine
RELIEF_SIDE = 16  # of the picture that gives the relief; finer light would not fit the shading map


@dataclass(frozen=True)
class Bodies:
    """Hold the form of the objects of a batch, on the inflation's grid of S×S."""

    matte: Tensor  # B×1×S×S in 0-1
    height: Tensor  # B×1×S×S; the picture has the width 2
    normals: Tensor  # B×3×S×S, unit length; to the right, down, to the viewer
    luma: Tensor  # B×1×S×S in 0-1


def inflate(matte: Tensor) -> Tensor:
    """Return the height of inflated objects, B×1×S×S, for B×1×H×W in 0-1; a disc becomes a hemisphere.

    The height is 2 √u with Δu = −1 over the object and u = 0 around it, by Jacobi iterations from coarse to
    fine. The objects continue beyond the borders of the picture.
    """
    solution = matte.new_zeros(len(matte), 1, 1, 1)
    for side in SIDES:
        inside = F.adaptive_avg_pool2d(matte, side)
        solution = F.interpolate(solution, (side, side), mode="bilinear") * inside
        source = (2 / side) ** 2 / 4
        for _ in range(ITERATIONS):
            padded = F.pad(solution, (1, 1, 1, 1), mode="replicate")
            around = padded[..., 2:, 1:-1] + padded[..., :-2, 1:-1]
            around = around + padded[..., 1:-1, 2:] + padded[..., 1:-1, :-2]
            solution = inside * (around / 4 + source)
    return 2 * solution.sqrt()


def gradient(values: Tensor) -> Tensor:
    """Return the slopes to the right and down, B×2×S×S, of B×1×S×S over a picture of the width 2."""
    padded = F.pad(values, (1, 1, 1, 1), mode="replicate")
    right = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    down = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    return torch.cat([right, down], 1) * (values.shape[-1] / 4)


def find_bodies(image: Tensor, matte: Tensor, rng: torch.Generator) -> Bodies:
    """Return bodies of random flatness and relief for B×3×H×W and B×1×H×W in 0-1.

    Relief: brighter surfaces are taken for higher ones, because those that face the light are brighter.
    """
    count, side = len(image), SIDES[-1]
    height = inflate(matte)
    luma = F.adaptive_avg_pool2d(color.luma(image), side)
    relief = F.interpolate(F.adaptive_avg_pool2d(luma, RELIEF_SIDE), (side, side), mode="bilinear")
    slopes = uniform((count, 1, 1, 1), 0.3, 1.2, rng) * gradient(height)
    slopes = slopes + uniform((count, 1, 1, 1), 0, 0.25, rng) * gradient(relief)
    normals = F.normalize(torch.cat([-slopes, torch.ones_like(height)], 1), dim=1)
    return Bodies(F.adaptive_avg_pool2d(matte, side), height, normals, luma)


def object_weight(matte: Tensor) -> Tensor:
    """Return weights, B×1×S×S, of the sum 1 over each object; of the sum 0 where there is none."""
    return matte / matte.sum((2, 3), keepdim=True).clamp(min=1e-3)


def photographed_direction(bodies: Bodies) -> Tensor:
    """Return where the light of the photograph comes from, B×2, of length 0-0.95: to the right, down.

    It is the regression of the log luma of the object on its normals; zero: from the viewer.
    """
    weight = object_weight(bodies.matte).flatten(2)
    known = (bodies.luma.flatten(2) + 0.05).log(), bodies.normals[:, :2].flatten(2)
    luma, normals = (x - (x * weight).sum(2, keepdim=True) for x in known)
    ridge = 0.05 * torch.eye(2, device=luma.device)
    covariance = (normals * weight) @ normals.transpose(1, 2) + ridge
    # Unlike `solve`, it does not make the host wait for a check; with the ridge there is always a solution.
    slope = torch.linalg.solve_ex(covariance, (normals * weight) @ luma.transpose(1, 2)).result[..., 0]
    length: Tensor = torch.linalg.vector_norm(slope, dim=1, keepdim=True).clamp(min=1e-6)
    direction: Tensor = slope * (length.clamp(max=0.95) / length)
    return direction


def directional(bodies: Bodies, direction: Tensor, ambient: Tensor) -> Tensor:
    """Return the log-gain of encoded values, B×1×S×S, under a distant light and ambient light.

    direction: B×2 of length 0-1, to the right and down. ambient: B×1×1×1, its share in 0-1 (Lambert).
    """
    towards = (1 - direction.square().sum(1, keepdim=True)).clamp(min=0).sqrt()
    light = torch.cat([direction, towards], 1)[:, :, None, None]
    facing = (bodies.normals * light).sum(1, keepdim=True).clamp(min=0)
    return (ambient + (1 - ambient) * facing).log() / LIGHT_POWER


def cast_shadow(bodies: Bodies, rng: torch.Generator) -> Tensor:
    """Return the log-gain, B×1×S×S, of the edge of a shadow that falls over half of the bodies."""
    count, side = len(bodies.height), bodies.height.shape[-1]
    angle = uniform((count, 1, 1, 1), 0, 2 * math.pi, rng)
    axis = torch.linspace(-1, 1, side, device=rng.device)
    across = axis * angle.cos() + axis[:, None] * angle.sin()
    bent = across + uniform((count, 1, 1, 1), -0.8, 0.8, rng) * bodies.height
    centre = (bent * object_weight(bodies.matte)).sum((2, 3), keepdim=True)
    edge = bent - centre + uniform((count, 1, 1, 1), -0.2, 0.2, rng)
    shadow = torch.sigmoid(edge / uniform((count, 1, 1, 1), 0.03, 0.15, rng))
    shadowed = (uniform((count, 1, 1, 1), 0, 1, rng) < 0.5).float()
    return -shadowed * uniform((count, 1, 1, 1), 0.1, 0.5, rng) * shadow


def bounce(bodies: Bodies, image: Tensor, rng: torch.Generator) -> Tensor:
    """Return the log-gain, B×3×S×S, of light from the ground of another picture, its lower half."""
    count = len(image)
    other = torch.randperm(count, generator=rng, device=rng.device)
    ground = image[other, :, image.shape[2] // 2 :].mean((2, 3))
    strength = uniform((count, 1, 1, 1), 0, 0.6, rng)
    facing_down = bodies.normals[:, 1:2].clamp(min=0)
    return (strength * ground[:, :, None, None] ** LIGHT_POWER * facing_down).log1p() / LIGHT_POWER


def random_direction(count: int, rng: torch.Generator) -> Tensor:
    """Draw where a light comes from, B×2 of length 0.3-0.97: to the right, down."""
    angle = uniform((count, 1), 0, 2 * math.pi, rng)
    return torch.cat([angle.cos(), angle.sin()], 1) * uniform((count, 1), 0.3, 0.97, rng)


def scene_light(matte: Tensor, rng: torch.Generator) -> Tensor:
    """Return the log-gain of encoded values, B×1×H×W, of light from one side on whole scenes, coarsely.

    It rises towards the light across the picture, and the object is shaded by its form; the mean of this
    shading is zero, so the object stays as bright as the scene. matte: B×1×H×W in 0-1.
    """
    count, side = len(matte), matte.shape[-1]
    direction, ambient = random_direction(count, rng), uniform((count, 1, 1, 1), 0.3, 0.8, rng)
    axis = torch.linspace(-1, 1, side, device=matte.device)
    across = axis * direction[:, :1, None, None] + axis[:, None] * direction[:, 1:, None, None]
    # The picture gives no relief here, so a flat grey one stands in for it.
    bodies = find_bodies(torch.full_like(matte, 0.5).expand(-1, 3, -1, -1), matte, rng)
    shading = directional(bodies, direction, ambient)
    shading = shading - (shading * object_weight(bodies.matte)).sum((2, 3), keepdim=True)
    shading = F.interpolate(shading, matte.shape[-2:], mode="bilinear", align_corners=False)
    return uniform((count, 1, 1, 1), 0, 0.5, rng) * across + matte * shading


def body_light(image: Tensor, matte: Tensor, rng: torch.Generator) -> Tensor:
    """Return the log-gain of encoded values, B×3×H×W, that takes objects from the scene's light to another.

    image: B×3×H×W sRGB in 0-1. matte: B×1×H×W in 0-1. The scene's light is that of the photograph as far as
    the object shows it; the other has a direction of its own, may throw a shadow, and comes with bounce.
    """
    count = len(image)
    bodies = find_bodies(image, matte, rng)
    ambient = uniform((count, 1, 1, 1), 0.2, 0.7, rng)
    direction = random_direction(count, rng)
    scene = photographed_direction(bodies)
    scene = scene * uniform((count, 1), 0.5, 1, rng) + normal((count, 2), 0.02, rng)
    change = directional(bodies, direction, ambient) - directional(bodies, scene, ambient)
    change = change + cast_shadow(bodies, rng) + bounce(bodies, image, rng)
    return F.interpolate(change, image.shape[-2:], mode="bilinear", align_corners=False)
