"""Check distribution transfer, lightness zones and Poisson blending against their definitions."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator
from scipy.sparse import csr_matrix, eye, kron
from scipy.sparse.linalg import spsolve
from scipy.stats import wasserstein_distance
from skimage import data
from skimage.color import lab2rgb, rgb2lab

from model import Composite
from model.methods import get_method
from model.methods.common.color import recolour_table
from model.methods.common.statistics import measure_regions
from model.methods.idt import transfer_table
from tests.model.methods.test_methods import pasted, pixels_of, scene

Floats = NDArray[np.floating[Any]]


def photograph(name: str, gain: float, offset: float) -> NDArray[np.uint8]:
    """Return a 60×80 sample image without black and white."""
    small = cv2.resize(getattr(data, name)(), (80, 60), interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(small * gain + offset), np.uint8)


def oval() -> NDArray[np.float32]:
    matte = np.zeros((60, 80), np.float32)
    return np.asarray(cv2.ellipse(matte, (40, 30), (22, 18), 0, 0, 360, 1, -1), np.float32)


def test_transfer_gives_the_object_the_distribution_of_the_background() -> None:
    composite = scene()
    matte = (composite.matte > 0.5).astype(np.float32)
    result = get_method("idt").run(Composite(composite.image, matte))
    object_, _, background, _ = pixels_of(composite)
    for axis in np.random.default_rng(1).normal(size=(5, 3)):
        axis /= np.linalg.norm(axis)
        before = wasserstein_distance(object_ @ axis, background @ axis)
        after = wasserstein_distance(result[matte > 0] @ axis, background @ axis)
        assert after < max(4, 0.15 * before)


def test_equal_distributions_stay_unchanged() -> None:
    tile = photograph("chelsea", 0.6, 40)
    matte = np.zeros((60, 160), np.float32)
    matte[:, 80:] = 1
    composite = Composite(np.hstack([tile, tile]), matte)
    difference = get_method("idt").run(composite).astype(float) - composite.image
    assert np.abs(difference).max() <= 1


def test_tables_are_interpolated() -> None:
    rng = np.random.default_rng(0)
    table, composite = 255 * rng.random((5, 5, 5, 3)), scene()
    knots = np.linspace(0, 255, 5)
    expected = RegularGridInterpolator((knots, knots, knots), table)(composite.image.astype(float))
    assert np.abs(recolour_table(composite, table) - pasted(composite, expected)).max() <= 1


def test_a_shift_of_all_colours_shifts_the_table() -> None:
    colours = np.random.default_rng(0).normal(100, 20, (60, 80, 3))
    matte = np.zeros((60, 80), np.float32)
    matte[:30] = 1
    image = np.where(matte[..., None] > 0, np.roll(colours, 30, axis=0), colours + 40)
    table = transfer_table(measure_regions(Composite(image.clip(0, 255).astype(np.uint8), matte)))
    steps = np.linspace(0, 255, 33)
    near = [(steps[i], table[i, i, i]) for i in range(10, 17)]  # levels 80 to 128
    assert all(np.abs(moved - level - 40).max() < 5 for level, moved in near)


def test_zones_map_quantiles_to_quantiles() -> None:
    composite = scene()
    inside, outside = composite.matte >= 0.5, composite.matte <= 0.02
    lab, matte = rgb2lab(composite.image), composite.matte.astype(np.float64)
    knots = []
    for weights in (matte * inside, outside.astype(float)):
        values, weight = lab[..., 0].ravel(), weights.ravel() / weights.sum()
        order = np.argsort(values)
        below = np.cumsum(weight[order]) - weight[order] / 2
        knots.append([0, *(np.interp(q, below, values[order]) for q in (0.05, 0.5, 0.95)), 100])
    moved = lab + lab[outside].mean(0) - np.average(lab[inside], axis=0, weights=matte[inside])
    moved[..., 0] = np.interp(lab[..., 0], knots[0], knots[1])
    result = get_method("zones").run(composite)
    assert np.abs(result - pasted(composite, 255 * lab2rgb(moved))).max() <= 1


def laplacian(height: int, width: int) -> csr_matrix:
    lines = [
        2 * eye(size, format="csr") - eye(size, k=1, format="csr") - eye(size, k=-1, format="csr")
        for size in (height, width)
    ]
    return csr_matrix(kron(lines[0], eye(width)) + kron(eye(height), lines[1]))


def test_poisson_solves_its_equation() -> None:
    """Use the object's gradients three pixels inside its edge, else the background's; solve in the box."""
    matte = oval()
    behind, image = photograph("chelsea", 0.6, 40), photograph("coffee", 0.4, 60)
    image = np.where(matte[..., None] > 0, image, behind)
    core = cv2.erode(matte, np.ones((3, 3)), iterations=3)[..., None] > 0
    divergence = np.zeros(image.shape)
    for axis in (0, 1):
        slopes = [np.roll(part.astype(float), -1, axis) - part for part in (image, behind)]
        slope = np.where(core, *slopes)
        divergence += slope - np.roll(slope, 1, axis)
    x, y, width, height = cv2.boundingRect((matte > 0).astype(np.uint8))
    box = np.s_[y + 1 : y + height - 1, x + 1 : x + width - 1]
    known = behind.astype(float)
    known[box] = 0
    right = -divergence + sum(np.roll(known, shift, axis) for axis in (0, 1) for shift in (1, -1))
    expected = behind.astype(float)
    solution = spsolve(laplacian(height - 2, width - 2), right[box].reshape(-1, 3))
    expected[box] = solution.reshape(height - 2, width - 2, 3)
    result = get_method("poisson").run(Composite(image, matte, behind))
    assert np.abs(result - np.where(matte[..., None] > 0, expected.clip(0, 255), image)).max() <= 1


@pytest.mark.parametrize("offset", [-40, 0, 30])
def test_poisson_removes_a_cast(offset: int) -> None:
    """Check that a brighter copy of the background, with equal gradients, becomes the background."""
    matte, behind = oval(), photograph("chelsea", 0.6, 50)
    image = (behind + offset * (matte[..., None] > 0)).astype(np.uint8)
    result = get_method("poisson").run(Composite(image, matte, behind))
    assert np.abs(result.astype(int) - behind).max() <= 1


def test_poisson_without_a_background_inpaints_the_hole() -> None:
    matte, plain = oval(), np.full((60, 80, 3), 90, np.uint8)
    image = (plain + 60 * (matte[..., None] > 0)).astype(np.uint8)
    result = get_method("poisson").run(Composite(image, matte))
    assert np.abs(result.astype(int) - plain).max() <= 3  # Telea's method is not exact on a plain colour


def test_poisson_leaves_thin_objects_unchanged() -> None:
    matte = np.zeros((60, 80), np.float32)
    matte[30, 10:70] = 1
    composite = Composite(photograph("coffee", 0.5, 50), matte)
    assert np.array_equal(get_method("poisson").run(composite), composite.image)
