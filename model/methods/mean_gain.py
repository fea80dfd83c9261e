"""Match the object's mean colour to the background's by one gain per channel (von Kries 1902)."""

from model.edit.edit import Edit
from model.images.composite import Composite
from model.methods.common.color import decode_srgb, encode_srgb
from model.methods.common.curve_table import LEVELS, table_edit
from model.methods.common.method import parametric
from model.methods.common.statistics import measure_regions, weighted_mean

GAIN_LIMITS = (0.25, 4.0)


def mean_gain(composite: Composite) -> Edit:
    """Return the edit F = OETF(min(1, g·EOTF(I))), g = background mean / object mean in linear light.

    EOTF and OETF are those of sRGB; g is clipped to ¼-4.
    """
    regions = measure_regions(composite)
    if not regions.enough:
        return Edit.identity()
    light = decode_srgb(regions.colours / 255)
    means = weighted_mean(light, regions.background), weighted_mean(light, regions.foreground)
    gain = (means[0] / means[1].clip(1e-6)).clip(*GAIN_LIMITS)
    return table_edit(encode_srgb((gain[:, None] * decode_srgb(LEVELS / 255)).clip(max=1)))


METHODS = (parametric("mean_gain", "Mean gain", mean_gain),)
