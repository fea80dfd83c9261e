"""Find the object that a person means: the main object, the one in a box, or the one under clicks.

Three kinds of evidence are combined: the network of this package, which was trained for that; colours, which
differ between an object and what is around it (GrabCut); and, where people have installed it, a U²-Net, which
finds what stands out in a view of the picture. In a box, each counts by how well what it finds fills the box.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import BadImage, Matte, Pixels
from model.images.composite import to_depth
from model.images.resize import resize_to_fit
from model.masks.clicked import SEEN, changed_at, grown_from, near, part_at, pixel_of, view_at
from model.masks.grabcut import AROUND, grabcut, guided_upsampling
from model.masks.prompted import PromptedObjects
from model.masks.prompts import Area, Click, Flags, extent
from model.masks.saliency import SalientObjects

COLOURS, OWN = "colours (GrabCut)", "our network and colours (GrabCut)"
WITH_SALIENCY = "our network, U²-Net and colours (GrabCut)"
WORK_SIDE = 1024  # pixels; a larger picture is searched as a reduced copy
VIEWS = (0.1, 0.25)  # around a box, as parts of its size: what the networks see
CLOSER = 0.3  # the same, around what was found in the whole picture
CLEAR = 4.0  # steepness at the edge: where the kinds of evidence differ, one of them decides
LEAST_FIT = 0.5  # of the overlap of a box and of the box of what is found in it
CENTRE = 0.15  # of width and height on each side: the main object lies within
CLICK_VIEWS = (1.0, 0.5)  # of the picture's sides, around a click
SLACK = 0.02  # of its size, around what was found, for a box
LEAST_SIDE = 4  # pixels of a box
MOSTLY = 0.6

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class FoundMask:
    """Hold a matte, H×W float32 in 0-1, and the name of what found it."""

    matte: Matte
    tool: str


class ObjectFinder:
    """Find objects with the network of this package, colours, and a U²-Net where there is one."""

    def __init__(self, network: PromptedObjects, saliency: SalientObjects | None = None) -> None:
        self._network, self._saliency = network, saliency

    def main_object(self, image: Pixels) -> FoundMask:
        """Find what a viewer sees first. image: H×W×3, 8 or 16 bits. Raises BadImage."""
        small = _small(image)
        share = self._main(small)
        return FoundMask(_enlarged(share, small, image), self._tool)

    def in_box(self, image: Pixels, box: Area) -> FoundMask:
        """Find the object in a box, in pixels. Raises BadImage for a box that cannot be used."""
        height, width = image.shape[:2]
        inner = box.within(image.shape)
        if inner.width < LEAST_SIDE or inner.height < LEAST_SIDE:
            raise BadImage(f"The box should lie in the picture, which is {width}×{height}, and not be tiny.")
        if (inner.width, inner.height) == (width, height):
            raise BadImage("The box covers the whole picture. Please leave some background around it.")
        small = _small(image)
        share = self._box(small, inner.scaled(small.shape[1] / width, small.shape[0] / height), [])
        return FoundMask(_enlarged(share, small, image), self._tool)

    def at_clicks(self, image: Pixels, clicks: Sequence[Click], earlier: Matte | None = None) -> FoundMask:
        """Find the object under clicks, or change an earlier mask, H×W in 0-1, where the clicks are."""
        small = _small(image)
        places = [c.scaled(small.shape[1] / image.shape[1], small.shape[0] / image.shape[0]) for c in clicks]
        if earlier is not None and (earlier > SEEN).any():
            before = np.asarray(
                cv2.resize(earlier, small.shape[1::-1], interpolation=cv2.INTER_AREA), np.float32
            )
            after = self._corrected(small, before, places)
            change = cv2.resize(after - before, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
            return FoundMask(np.asarray((earlier + change).clip(0, 1), np.float32), COLOURS)
        if not any(place.keep for place in places):
            raise BadImage("Please click on the object.")
        share = self._under(small, places)
        wrong = [place for place in places if (share[pixel_of(place, share.shape)] > SEEN) != place.keep]
        return FoundMask(_enlarged(self._corrected(small, share, wrong), small, image), self._tool)

    @property
    def _tool(self) -> str:
        return WITH_SALIENCY if self._saliency else OWN

    def _box(self, image: Image, box: Area, clicks: Sequence[Click]) -> Matte:
        """Return the mean of what is found, each weighted by the square of how well it fits the box."""
        box = box.within(image.shape)
        shares = self._found_in(image, box, clicks)
        weights = _weights(shares, box)
        if not any(weights):
            raise BadImage("No object was found in the box. Please draw another one, or paint the mask.")
        mean = np.average(shares, axis=0, weights=weights)
        return np.asarray((CLEAR * (mean - SEEN) + SEEN).clip(0, 1), np.float32)

    def _found_in(self, image: Image, box: Area, clicks: Sequence[Click]) -> list[Matte]:
        """Return what the colours, the network and the saliency find in a box, in views of several sizes."""
        views = [box.around(view, image.shape) for view in VIEWS]
        shares = [_by_colours(image, box)]
        shares += [_clipped(self._network(image, view, box, clicks), box) for view in views]
        if self._saliency:
            salient = [_in_view(self._saliency, image, view) for view in views]
            shares += [_clipped(share, box) for share in salient if _is_inside(share > SEEN, box)]
        return shares

    def _main(self, image: Image) -> Matte:
        """Return the main object: from the whole picture, from a closer view, and from its box."""
        whole = Area(0, 0, image.shape[1], image.shape[0])
        first = self._network(image, whole, None, [])
        area = extent(_largest(first > SEEN))
        if area is None or min(area.width, area.height) < LEAST_SIDE:
            wide, high = round(CENTRE * whole.width), round(CENTRE * whole.height)
            area = Area(wide, high, whole.width - wide, whole.height - high)
        else:
            closer = self._network(image, area.around(CLOSER, image.shape), None, [])
            area = extent(_largest(first + closer > 2 * SEEN)) or area
        if area.overlap(whole) > 0.97:
            area = Area(2, 2, whole.width - 2, whole.height - 2)
        return self._box(image, area.around(SLACK, image.shape), [])

    def _under(self, image: Image, clicks: Sequence[Click]) -> Matte:
        """Return the object under the first click to keep: in the whole picture, or else near the click."""
        click = next(place for place in clicks if place.keep)
        for size in CLICK_VIEWS:
            share = self._network(image, view_at(image, click, size), None, clicks)
            area = extent(part_at(share > SEEN, click))
            if area is not None and min(area.width, area.height) >= LEAST_SIDE:
                break
        else:
            return grown_from(image, click)
        closer = self._network(image, area.around(CLOSER, image.shape), None, clicks)
        area = extent(part_at(share + closer > 2 * SEEN, click)) or area
        found = self._box(image, area.around(SLACK, image.shape), clicks)
        return found if found[pixel_of(click, found.shape)] > SEEN else grown_from(image, click)

    def _corrected(self, image: Image, before: Matte, clicks: Sequence[Click]) -> Matte:
        """Return a mask in which the part under each click is added or removed, one after another."""
        share = before
        for click in clicks:
            beside = not (near(share, click) & (share > SEEN)).any()
            if click.keep and beside:
                share = np.maximum(share, self._under(image, [click]))
            else:
                share = changed_at(image, share, click)
        return share


def _small(image: Pixels) -> Image:
    small: Image = to_depth(resize_to_fit(image, WORK_SIDE), np.dtype(np.uint8))
    return small


def _by_colours(image: Image, box: Area) -> Matte:
    """Return the object in a box whose colours differ from those around the box: H×W, 0 or 1."""
    view = box.around(AROUND, image.shape)
    labels = np.full(image.shape[:2], cv2.GC_BGD, np.uint8)
    labels[box.part] = cv2.GC_PR_FGD
    share: Matte = np.zeros(image.shape[:2], np.float32)
    if (labels[view.part] == cv2.GC_PR_FGD).all():
        return share
    share[view.part] = grabcut(np.ascontiguousarray(image[view.part]), labels[view.part])
    return _clipped(share, box)


def _in_view(network: SalientObjects, image: Image, view: Area) -> Matte:
    """Return what stands out in a view, zeros beyond it."""
    share: Matte = np.zeros(image.shape[:2], np.float32)
    share[view.part] = network(np.ascontiguousarray(image[view.part])).clip(0, 1)
    return share


def _is_inside(found: Flags, box: Area) -> bool:
    """Return whether most of what is found lies in the box, so that it is not the surroundings."""
    return bool(found[box.part].sum() > MOSTLY * found.sum())


def _weights(shares: Sequence[Matte], box: Area) -> list[float]:
    """Return the square of how well each fits the box; 0 below LEAST_FIT, unless none fits better."""
    found = [extent(share > SEEN) for share in shares]
    fits = [area.overlap(box) if area else 0.0 for area in found]
    return [fit**2 if fit >= LEAST_FIT or fit == max(fits) else 0.0 for fit in fits]


def _clipped(share: Matte, box: Area) -> Matte:
    out = np.zeros_like(share)
    out[box.part] = share[box.part]
    return out


def _largest(inside: Flags) -> Flags:
    """Return the largest connected part, with others of at least half its size."""
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8))
    areas = statistics[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    kept: Flags = (areas >= max(1, areas.max() / 2))[labels]
    return kept


def _enlarged(share: Matte, small: Image, image: Pixels) -> Matte:
    """Return a share at the size of the picture, with its edges. Raises BadImage where it has no object."""
    if share.max() <= SEEN:
        raise BadImage("No object was found. Please draw a box around it, or paint the mask.")
    if share.min() > SEEN:
        raise BadImage("The whole picture was taken for the object. Please draw a box around it.")
    if small.shape == image.shape:
        return share
    return guided_upsampling(small, share, to_depth(image, np.dtype(np.uint8)))
