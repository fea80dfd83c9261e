"""Read presets and sidecar files of Lightroom and Camera Raw (.xmp) as edits, as far as they can.

The names of the settings are those of the namespace "camera-raw-settings". Tone curves are used as they are,
exposure as a gain of linear light; contrast, saturation and the shift of the colour temperature are
approximations.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.edit.curves import spline_table
from model.edit.edit import BadEdit
from model.edit.looks.curve_table import LEVELS, ImportedLook, look_of_table
from model.edit.matrix import saturation_matrix

SETTINGS = "{http://ns.adobe.com/camera-raw-settings/1.0/}"
TONE_CURVES = ("ToneCurvePV2012", "ToneCurve")
CHANNEL_CURVES = ("ToneCurvePV2012Red", "ToneCurvePV2012Green", "ToneCurvePV2012Blue")
EXPOSURE, CONTRAST = ("Exposure2012", "Exposure"), ("Contrast2012", "Contrast")
SATURATION = ("Saturation",)
TEMPERATURE, TINT = ("IncrementalTemperature",), ("IncrementalTint",)
WARMTH = (0.3, 0.0, -0.3)  # stops of red, green and blue at a temperature of +100
MAGENTA = (0.1, -0.2, 0.1)  # and at a tint of +100
STEEPNESS = 0.5  # added to the slope of middle grey at a contrast of +100
MOST_POINTS = 64
# Settings that an edit cannot express, and their names in the program's panels.
LEFT_OUT = {
    "Temperature": "the absolute white balance", "Highlights2012": "Highlights", "Shadows2012": "Shadows",
    "Whites2012": "Whites", "Blacks2012": "Blacks", "Texture": "Texture", "Clarity2012": "Clarity",
    "Dehaze": "Dehaze", "Vibrance": "Vibrance",
    "ParametricShadows": "Parametric curve", "ParametricDarks": "Parametric curve",
    "ParametricLights": "Parametric curve", "ParametricHighlights": "Parametric curve",
    "SplitToningShadowSaturation": "Colour grading",
    "SplitToningHighlightSaturation": "Colour grading", "ColorGradeMidtoneSat": "Colour grading",
    "ColorGradeGlobalSat": "Colour grading", "PostCropVignetteAmount": "Vignette", "GrainAmount": "Grain",
}  # fmt: skip
MIXERS = ("HueAdjustment", "SaturationAdjustment", "LuminanceAdjustment")
NOTHING = ("", "0", "+0", "0.0", "0.00", "+0.00", "False", "false")


def read_xmp(data: bytes) -> ImportedLook:
    """Return the curves of a preset, and what was left out. Raises BadEdit if nothing can be used."""
    settings = _settings(data)
    values = np.repeat(np.linspace(0, 1, LEVELS)[None], 3, axis=0)
    used = []
    warmth, tint = _number(settings, TEMPERATURE), _number(settings, TINT)
    exposure, contrast = _number(settings, EXPOSURE), _number(settings, CONTRAST)
    if warmth or tint:
        stops = np.array(WARMTH) * warmth / 100 + np.array(MAGENTA) * tint / 100
        values = _with_gain(values, stops[:, None])
        used.append("temperature and tint")
    if exposure:
        values = _with_gain(values, np.full((3, 1), exposure))
        used.append(f"exposure {exposure:+g}")
    if contrast:
        values = values + STEEPNESS * contrast / 50 * values * (1 - values) * (2 * values - 1)
        used.append(f"contrast {contrast:+g}")
    curves = _curves(settings)
    if curves is not None:
        levels = np.linspace(0, 1, LEVELS)
        values = np.stack([np.interp(values[c], levels, curves[c]) for c in range(3)])
        used.append("tone curve")
    saturation = _saturation(settings)
    if saturation:
        used.append("black and white" if saturation == -100 else f"saturation {saturation:+g}")
    if not used:
        raise BadEdit(
            "This preset has no tone curve, exposure, contrast, temperature or saturation that can be used."
        )
    look = look_of_table(values, _about(used, _left_out(settings)))
    return ImportedLook(replace(look.edit, matrix=saturation_matrix(1 + saturation / 100)), look.about)


def _saturation(settings: dict[str, Any]) -> float:
    """Return the change of saturation, -100 to 100: -100 for a preset in black and white."""
    if str(settings.get("ConvertToGrayscale", "")).lower() == "true":
        return -100.0
    return _number(settings, SATURATION)


def _settings(data: bytes) -> dict[str, Any]:
    """Return the settings by name: text, or the list of points of a curve. Raises BadEdit."""
    found: dict[str, Any] = {}
    for element in _tree(data).iter():
        found |= {
            key.removeprefix(SETTINGS): text for key, text in element.items() if key.startswith(SETTINGS)
        }
        if element.tag.startswith(SETTINGS):
            points = [item.text or "" for sequence in element for item in sequence]
            found[element.tag.removeprefix(SETTINGS)] = points or (element.text or "").strip()
    return found


def _tree(data: bytes) -> ElementTree.Element:
    """Return the root element of a preset. Raises BadEdit."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:  # no such file has one, and entities can grow without end
        raise BadEdit("This is not a preset of Lightroom or Camera Raw.")
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise BadEdit("This is not a preset of Lightroom or Camera Raw.") from None


def _number(settings: dict[str, Any], names: Sequence[str]) -> float:
    """Return the first of these settings that is there, limited to ±100; else 0."""
    for name in names:
        try:
            value = float(settings[name])
        except (KeyError, ValueError, TypeError):
            continue
        return min(max(value, -100.0), 100.0) if np.isfinite(value) else 0.0
    return 0.0


def _with_gain(values: NDArray[Any], stops: NDArray[Any]) -> NDArray[Any]:
    """Multiply linear light by 2^stops: 3×N values of sRGB, 0-1. stops: 3×1."""
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    linear = (linear * 2.0 ** stops.clip(-10, 10)).clip(0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(encoded)


def _curves(settings: dict[str, Any]) -> NDArray[Any] | None:
    """Return the tone curve followed by those of the channels, 3×LEVELS; None where nothing is changed."""
    master = next((table for name in TONE_CURVES if (table := _table(settings.get(name))) is not None), None)
    channels = [_table(settings.get(name)) for name in CHANNEL_CURVES]
    levels = np.linspace(0, 1, LEVELS)
    shared = levels if master is None else master
    curves = np.stack([shared if one is None else np.interp(shared, levels, one) for one in channels])
    return None if np.allclose(curves, levels, atol=1e-6) else curves


def _table(points: Any) -> NDArray[Any] | None:
    """Return the smooth curve through points like "64, 50" at LEVELS inputs. Raises BadEdit for others."""
    if not isinstance(points, list):
        return None
    try:
        pairs = sorted((int(x), int(y)) for x, y in (point.split(",") for point in points))
        if not 2 <= len(pairs) <= MOST_POINTS:
            raise ValueError
        return spline_table(pairs)
    except ValueError:
        raise BadEdit("The tone curve of this preset cannot be read.") from None


def _left_out(settings: dict[str, Any]) -> list[str]:
    """Return the names of the settings that are not used, without repetition."""
    names = [title for key, title in LEFT_OUT.items() if str(settings.get(key, "")) not in NOTHING]
    mixed = [key for key in settings if key.startswith(MIXERS) and str(settings[key]) not in NOTHING]
    return list(dict.fromkeys(names + ["Colour mixer"] * bool(mixed)))


def _about(used: list[str], left: list[str]) -> str:
    about = f"Similar to the preset. Used: {', '.join(used)}."
    return f"{about} Left out: {', '.join(left)}." if left else about
