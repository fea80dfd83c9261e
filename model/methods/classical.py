"""Classical colour matching from the background to the object, each in the form of its paper.

Where a region is too small to be measured, every method returns the composite unchanged.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.composite import Composite
from model.edit import Edit
from model.methods.statistics import (
    Regions,
    Values,
    from_levels,
    measure_regions,
    to_levels,
    weighted_covariance,
    weighted_mean,
)
from model.picture import Pixels
from model.render import paint
from model.shading import identity_shading

LEVELS = np.arange(256)
GAIN_LIMITS = (0.25, 4.0)
SPREAD_LIMITS = (0.5, 2.0)
HISTOGRAM_SIDE = 1024
HISTOGRAM_STRENGTH = 0.5  # at full strength it does more harm than good where contents differ
COVARIANCE_RIDGE = 4.0  # squared levels; bounds the gain of colours that hardly vary


def mean_gain(composite: Composite) -> Edit:
    """Give the object the background's mean, one gain of linear light per channel (von Kries 1902)."""
    regions = measure_regions(composite)
    if not regions.enough:
        return Edit.identity()
    light = decode_srgb(regions.colours / 255)
    means = weighted_mean(light, regions.background), weighted_mean(light, regions.foreground)
    gain = (means[0] / means[1].clip(1e-6)).clip(*GAIN_LIMITS)
    return _curves_edit(encode_srgb((gain[:, None] * decode_srgb(LEVELS / 255)).clip(max=1)))


def hist_match(composite: Composite) -> Edit:
    """Move each channel's histogram half of the way to the background's."""
    regions = measure_regions(composite, HISTOGRAM_SIDE)
    if not regions.enough:
        return Edit.identity()
    matched = np.stack([_match_channel(regions, channel) for channel in range(3)])
    return _curves_edit(((1 - HISTOGRAM_STRENGTH) * LEVELS + HISTOGRAM_STRENGTH * matched) / 255)


def _match_channel(regions: Regions, channel: int) -> Values:
    """The background's level at the same place of the distribution, for each of 256 levels of the object."""
    levels = regions.colours[:, channel]
    foreground, background = _cumulative(levels, regions.foreground), _cumulative(levels, regions.background)
    return np.interp(foreground, background, LEVELS)


def _cumulative(levels: Values, weights: Values) -> Values:
    """Share of the weight below the middle of each of 256 bins."""
    histogram = np.bincount(np.rint(levels).astype(int), weights, 256)
    share: Values = (histogram.cumsum() - histogram / 2) / histogram.sum()
    return share


def _curves_edit(curves: Values) -> Edit:
    """256 knots, one per level: the curve is the table. Rounding must not make it fall."""
    rising = np.maximum.accumulate(curves.clip(0, 1), axis=1)
    return Edit(rising.astype(np.float32), identity_shading(1))


def reinhard(composite: Composite) -> Pixels:
    """Match mean and spread of each CIELAB axis (Reinhard et al. 2001, who used lαβ)."""
    regions = measure_regions(composite)
    if not regions.enough:
        return composite.image.copy()
    light = decode_srgb(regions.colours / 255).astype(np.float32)
    lab = light_to_lab(light[None])[0].astype(np.float64)
    means, spreads = zip(
        *((weighted_mean(lab, w), _spread(lab, w)) for w in (regions.foreground, regions.background)),
        strict=True,
    )
    scale = (spreads[1] / spreads[0].clip(1e-6)).clip(*SPREAD_LIMITS).astype(np.float32)
    offset = (means[1] - scale * means[0]).astype(np.float32)

    table = decode_srgb(np.linspace(0, 1, np.iinfo(composite.image.dtype).max + 1)).astype(np.float32)

    def recolour(pixels: Pixels, _rows: slice, _columns: slice) -> NDArray[Any]:
        moved = light_to_lab(table[pixels]) * scale + offset
        moved[..., 0].clip(0, 100, out=moved[..., 0])
        return from_levels(cv2.cvtColor(moved, cv2.COLOR_Lab2RGB) * np.float32(255), pixels)

    return paint(composite, recolour)


def _spread(values: Values, weights: Values) -> Values:
    """Standard deviation of each axis."""
    return np.sqrt(np.diag(weighted_covariance(values, weights)))


def mkl(composite: Composite) -> Pixels:
    """Match mean and covariance by the smallest move of colours (Pitié and Kokaram 2007)."""
    regions = measure_regions(composite)
    if not regions.enough:
        return composite.image.copy()
    colours = regions.colours
    before, after = weighted_mean(colours, regions.foreground), weighted_mean(colours, regions.background)
    transport = monge_kantorovich(
        weighted_covariance(colours, regions.foreground) + COVARIANCE_RIDGE * np.eye(3),
        weighted_covariance(colours, regions.background) + COVARIANCE_RIDGE * np.eye(3),
    )
    offset = after - transport @ before
    matrix = np.column_stack([transport, offset]).astype(np.float32)

    def recolour(pixels: Pixels, _rows: slice, _columns: slice) -> NDArray[Any]:
        return from_levels(cv2.transform(to_levels(pixels), matrix), pixels)

    return paint(composite, recolour)


def monge_kantorovich(source: Values, target: Values) -> Values:
    """The symmetric 3×3 map that turns covariance `source` into `target`: T·source·T = target."""
    root = _power(source, 0.5)
    inverse = _power(source, -0.5)
    transport: Values = inverse @ _power(root @ target @ root, 0.5) @ inverse
    return transport


def _power(matrix: Values, exponent: float) -> Values:
    """A power of a symmetric matrix whose eigenvalues are not negative."""
    values, vectors = np.linalg.eigh(matrix)
    power: Values = (vectors * values.clip(0) ** exponent) @ vectors.T
    return power


def decode_srgb(values: Values) -> Values:
    """sRGB-encoded 0-1 → linear light 0-1 (IEC 61966-2-1)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def encode_srgb(values: Values) -> Values:
    """Linear light 0-1 → sRGB-encoded 0-1 (IEC 61966-2-1)."""
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)


def light_to_lab(light: NDArray[Any]) -> NDArray[Any]:
    """H×W×3 linear light in 0-1, float32 → CIELAB (D65).

    OpenCV decodes sRGB through a coarse table, which puts its own step from encoded values off by up to 0.6.
    """
    return cv2.cvtColor(light, cv2.COLOR_LRGB2Lab)
