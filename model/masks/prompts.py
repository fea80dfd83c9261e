"""Hold what a person marks to choose an object, in pixels from the left and from the top."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Click:
    """Mark one place of the object or, where keep is false, of what does not belong to it."""

    x: float
    y: float
    keep: bool = True

    def scaled(self, x: float, y: float) -> "Click":
        """Return the click in a picture of x times the width and y times the height."""
        return Click(self.x * x, self.y * y, self.keep)


@dataclass(frozen=True)
class Area:
    """Represent a rectangle by its edges."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def part(self) -> tuple[slice, slice]:
        """Return the rows and the columns of an array that the rectangle covers."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def scaled(self, x: float, y: float) -> "Area":
        """Return the area in a picture of x times the width and y times the height."""
        return Area(round(self.left * x), round(self.top * y), round(self.right * x), round(self.bottom * y))

    def within(self, shape: tuple[int, ...]) -> "Area":
        """Return what lies in a picture of a height and a width."""
        height, width = shape[:2]
        return Area(max(0, self.left), max(0, self.top), min(width, self.right), min(height, self.bottom))

    def around(self, share: float, shape: tuple[int, ...]) -> "Area":
        """Return the area with some of its surroundings: a share of its width and height on each side."""
        wide, high = max(4, round(share * self.width)), max(4, round(share * self.height))
        return Area(self.left - wide, self.top - high, self.right + wide, self.bottom + high).within(shape)

    def overlap(self, other: "Area") -> float:
        """Return the intersection over the union of two areas, 0-1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        common = max(0, width) * max(0, height)
        return common / max(1, self.width * self.height + other.width * other.height - common)


def extent(inside: Flags) -> Area | None:
    """Return the smallest rectangle around what is inside; None where that is nothing."""
    x, y, width, height = cv2.boundingRect(inside.astype(np.uint8))
    return Area(x, y, x + width, y + height) if width else None
