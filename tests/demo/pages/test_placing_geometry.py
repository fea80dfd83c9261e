"""Check where the browser puts a cut-out that is moved, sized, turned and mirrored by hand."""

import math
from typing import Any

import numpy as np
import pytest

from tests.demo.pages.conftest import Call

pytestmark = pytest.mark.browser
GEOMETRY, GESTURE = "placing/geometry.js", "placing/gesture.js"
PICTURE = {"width": 1200, "height": 800}
CUTOUT = {"width": 300, "height": 500}
BOUNDS = [0.1, 0.2, 0.7, 0.9]
SCENE = {"picture": PICTURE, "cutout": CUTOUT, "bounds": BOUNDS}
PLACES: list[dict[str, Any]] = [
    {"x": 0.5, "y": 0.5, "scale": 0.25, "angle": 0.0, "flip": False},
    {"x": 0.3, "y": 0.8, "scale": 0.6, "angle": 0.7, "flip": False},
    {"x": 0.9, "y": -0.1, "scale": 0.1, "angle": -2.5, "flip": True},
]
places = pytest.mark.parametrize("place", PLACES)


def corners(call: Call, place: dict[str, Any]) -> Any:
    return np.asarray(call(GEOMETRY, "cornersOf", place, PICTURE, CUTOUT, BOUNDS))


def middle(call: Call, place: dict[str, Any]) -> Any:
    return corners(call, place)[[0, 2]].mean(axis=0)


@places
def test_a_point_goes_where_the_placement_says(call: Call, place: dict[str, Any]) -> None:
    """Mirror, scale, turn clockwise, then move the centre: written out for one point."""
    u, v = 40.0, 420.0
    size = place["scale"] * 1200 / 300
    x, y = (u - 150) * (-1 if place["flip"] else 1) * size, (v - 250) * size
    cos, sin = math.cos(place["angle"]), math.sin(place["angle"])
    expected = place["x"] * 1200 + cos * x - sin * y, place["y"] * 800 + sin * x + cos * y
    matrix = call(GEOMETRY, "matrixOf", place, PICTURE, CUTOUT)
    assert call(GEOMETRY, "applied", matrix, [u, v]) == pytest.approx(expected)
    back = call(GEOMETRY, "inverse", matrix)
    assert call(GEOMETRY, "applied", back, expected) == pytest.approx((u, v))


@places
def test_a_corner_follows_the_pointer_and_the_opposite_one_stays(call: Call, place: dict[str, Any]) -> None:
    before = corners(call, place)
    aim = before[0] + 1.5 * (before[2] - before[0])
    gesture = call(GESTURE, "begun", "corner", place, [before[2].tolist()], SCENE, 2)
    after = corners(call, call(GESTURE, "placed", gesture, [aim.tolist()], PICTURE, False))
    np.testing.assert_allclose(after[[0, 2]], [before[0], aim], atol=1e-6)


@places
def test_a_turn_keeps_the_middle_of_what_is_visible(call: Call, place: dict[str, Any]) -> None:
    centre = middle(call, place)
    start, end = centre + [0, -100], centre + [100 * math.sin(0.4), -100 * math.cos(0.4)]
    gesture = call(GESTURE, "begun", "turn", place, [start.tolist()], SCENE)
    free = call(GESTURE, "placed", gesture, [end.tolist()], PICTURE, False)
    assert free["angle"] == pytest.approx(call(GEOMETRY, "wrapped", place["angle"] + 0.4))
    np.testing.assert_allclose(middle(call, free), centre, atol=1e-6)
    steps = call(GESTURE, "placed", gesture, [end.tolist()], PICTURE, True)["angle"] / math.radians(15)
    assert steps == pytest.approx(round(steps))


def test_a_turn_stops_at_a_right_angle_that_is_near(call: Call) -> None:
    near, far = math.radians(89), math.radians(80)
    assert call(GEOMETRY, "snappedTurn", 0, near, False) == pytest.approx(math.pi / 2)
    assert call(GEOMETRY, "snappedTurn", 0, far, False) == pytest.approx(far)


@places
def test_two_fingers_move_size_and_turn_at_once(call: Call, place: dict[str, Any]) -> None:
    """What was below each finger stays below it."""
    matrix = call(GEOMETRY, "matrixOf", place, PICTURE, CUTOUT)
    below = [[100, 200], [220, 330]]
    before = [call(GEOMETRY, "applied", matrix, point) for point in below]
    after = [[400.0, 300.0], [520.0, 180.0]]
    gesture = call(GESTURE, "begun", "body", place, before, SCENE)
    moved = call(GESTURE, "placed", gesture, after, PICTURE, False)
    matrix = call(GEOMETRY, "matrixOf", moved, PICTURE, CUTOUT)
    found = [call(GEOMETRY, "applied", matrix, point) for point in below]
    np.testing.assert_allclose(found, after, atol=1e-6)


@places
def test_mirroring_keeps_the_middle_and_twice_is_nothing(call: Call, place: dict[str, Any]) -> None:
    once = call(GEOMETRY, "flipped", place, PICTURE, CUTOUT, BOUNDS)
    assert once["flip"] != place["flip"]
    np.testing.assert_allclose(middle(call, once), middle(call, place), atol=1e-6)
    twice = call(GEOMETRY, "flipped", once, PICTURE, CUTOUT, BOUNDS)
    assert twice == pytest.approx(place)


@pytest.mark.parametrize("towards", [(9, 9), (-9, 0.5), (0.5, -9), (-9, 9)])
@places
def test_a_quarter_of_an_object_stays_in_the_picture(
    call: Call, place: dict[str, Any], towards: tuple[float, float]
) -> None:
    thrown = {**place, "x": towards[0], "y": towards[1]}
    found = corners(call, call(GEOMETRY, "caught", thrown, PICTURE, CUTOUT, BOUNDS))
    low, high = found.min(axis=0), found.max(axis=0)
    inside = np.minimum(high, [1200, 800]) - np.maximum(low, 0)
    assert (inside >= np.minimum(0.25 * (high - low), [600, 400]) - 1e-6).all()


@places
def test_an_object_that_is_inside_is_left_alone(call: Call, place: dict[str, Any]) -> None:
    inside = {**place, "x": 0.5, "y": 0.5, "scale": 0.2}
    assert call(GEOMETRY, "caught", inside, PICTURE, CUTOUT, BOUNDS) == pytest.approx(inside)


@pytest.mark.parametrize("size", [(30, 50), (3000, 500), (500, 3000)])
def test_a_new_cutout_lies_in_the_middle_and_fits(call: Call, size: tuple[int, int]) -> None:
    cutout = {"width": size[0], "height": size[1]}
    place = call(GEOMETRY, "startOf", PICTURE, cutout, BOUNDS)
    found = np.asarray(call(GEOMETRY, "cornersOf", place, PICTURE, cutout, BOUNDS))
    np.testing.assert_allclose(found[[0, 2]].mean(axis=0), [600, 400], atol=1e-6)
    assert (found[2] - found[0] <= np.array([600, 400]) + 1e-6).all()


@pytest.mark.parametrize(
    ("key", "changes"),
    [("ArrowLeft", {"x": -2 / 1200}), ("ArrowDown", {"y": 2 / 800}), ("]", {"angle": math.radians(1)})],
)
def test_keys_move_and_turn_in_steps(call: Call, key: str, changes: dict[str, float]) -> None:
    """The scale is 2 pixels of the picture for one of the screen; the object turns about its middle."""
    place = {**PLACES[0], "x": 0.5, "y": 0.5}
    full = [0, 0, 1, 1]
    for large, factor in ((False, 1), (True, 10)):
        found = call(GESTURE, "keyed", place, key, large, {**SCENE, "bounds": full}, 2)
        expected = {**place, **{name: place[name] + factor * by for name, by in changes.items()}}
        assert found == pytest.approx(expected)
    assert call(GESTURE, "keyed", place, "q", False, SCENE, 2) is None
