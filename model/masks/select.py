"""Find the object that a person means: the main object, the one in a box, or the one under a click.

Two kinds of evidence are combined: colours, which differ between an object and what is around it (GrabCut),
and, where people have installed it, a U²-Net, which finds what stands out in a view of the picture. In a box,
each kind counts by how well the object that it finds fills the box.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import BadImage, Matte, Pixels
from model.images.composite import to_depth
from model.images.resize import resize_to_fit
from model.masks.grabcut import AROUND, grabcut, guided_upsampling
from model.masks.prompts import Area, Click, Flags, extent
from model.masks.saliency import SalientObjects

COLOURS, NETWORK = "colours (GrabCut)", "U²-Net and colours (GrabCut)"
WORK_SIDE = 1024  # pixels; a larger picture is searched as a reduced copy
VIEWS = (0.1, 0.25)  # around a box, as parts of its size: what the U²-Net sees
CLEAR = 4.0  # steepness at the edge: where the kinds of evidence differ, one of them decides
LEAST_FIT = 0.5  # of the overlap of a box and of the box of what is found in it
CENTRE = 0.15  # of width and height on each side: the main object lies within
CLICK_VIEWS = (1.0, 0.6, 0.36)  # of the picture's sides, around a click
DISC = 0.012  # of the longer side: the radius around a click that surely belongs to its part
NEAR, LEAST_NEAR = 0.5, 0.12  # of the mask's size, of the longer side: how far from a click it may change
SEEN, MOSTLY = 0.5, 0.6

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class FoundMask:
    """Hold a matte, H×W float32 in 0-1, and the name of what found it."""

    matte: Matte
    tool: str


class ObjectFinder:
    """Find objects with the colours of a picture, and with a U²-Net where there is one."""

    def __init__(self, network: SalientObjects | None) -> None:
        self._network = network

    def main_object(self, image: Pixels) -> FoundMask:
        """Find what a viewer sees first. image: H×W×3, 8 or 16 bits. Raises BadImage."""
        small = _small(image)
        share = self._main(small)
        return FoundMask(_enlarged(share, small, image), self._tool)

    def in_box(self, image: Pixels, box: Area) -> FoundMask:
        """Find the object in a box, in pixels. Raises BadImage for a box that cannot be used."""
        height, width = image.shape[:2]
        inner = box.within(image.shape)
        if inner.width < 4 or inner.height < 4:
            raise BadImage(f"The box should lie in the picture, which is {width}×{height}, and not be tiny.")
        if (inner.width, inner.height) == (width, height):
            raise BadImage("The box covers the whole picture. Please leave some background around it.")
        small = _small(image)
        share = self._box(small, inner.scaled(small.shape[1] / width, small.shape[0] / height))
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
        first = next(place for place in places if place.keep)
        share = self._under(small, first)
        if len(places) > 1:
            share = self._corrected(small, share, [place for place in places if place is not first])
        return FoundMask(_enlarged(share, small, image), self._tool)

    @property
    def _tool(self) -> str:
        return NETWORK if self._network else COLOURS

    def _box(self, image: Image, box: Area) -> Matte:
        """Return the mean of what is found, each weighted by the square of how well it fits the box."""
        box = box.within(image.shape)
        shares = [_by_colours(image, box)]
        if self._network:
            views = [_in_view(self._network, image, box.around(view, image.shape)) for view in VIEWS]
            shares += [_clipped(share, box) for share in views if _is_inside(share > SEEN, box)]
        found = [extent(share > SEEN) for share in shares]
        fits = [area.overlap(box) if area else 0.0 for area in found]
        weights = [fit**2 if fit >= LEAST_FIT or fit == max(fits) else 0.0 for fit in fits]
        if not any(weights):
            raise BadImage("No object was found in the box. Please draw another one, or paint the mask.")
        mean = np.average(shares, axis=0, weights=weights)
        return np.asarray((CLEAR * (mean - SEEN) + SEEN).clip(0, 1), np.float32)

    def _main(self, image: Image) -> Matte:
        height, width = image.shape[:2]
        area = None
        if self._network:
            area = extent(_largest(self._network(image) > SEEN))
        if area is None or min(area.width, area.height) < 4:
            wide, high = round(CENTRE * width), round(CENTRE * height)
            area = Area(wide, high, width - wide, height - high)
        if area.overlap(Area(0, 0, width, height)) > 0.97:
            area = Area(2, 2, width - 2, height - 2)
        return self._box(image, area.around(0.02, image.shape))

    def _under(self, image: Image, click: Click) -> Matte:
        """Return the object under a click, by the view in which the network is most sure of its extent."""
        best: tuple[float, Area] | None = None
        for size in CLICK_VIEWS if self._network else ():
            assert self._network
            view = _view(image, click, size)
            share = _in_view(self._network, image, view)
            part = _part_at(share > SEEN, click)
            area = extent(part)
            if area is None:
                continue
            cut = sum(_cut_off(area, view, image.shape))
            sure = float(np.abs(share[view.part] - SEEN).mean() * 2) - 0.3 * cut
            if best is None or sure > best[0] + 0.05:
                best = sure, area
        if best is None:
            return _grown(image, click)
        share = self._box(image, best[1].around(0.02, image.shape))
        return share if share[_pixel(click, share.shape)] > SEEN else _grown(image, click)

    def _corrected(self, image: Image, before: Matte, clicks: Sequence[Click]) -> Matte:
        """Return a mask in which the part under each click is added or removed, one after another."""
        share = before
        for click in clicks:
            beside = not (_near(share, click) & (share > SEEN)).any()
            if click.keep and beside:
                share = np.maximum(share, self._under(image, click))
            else:
                share = _changed(image, share, click)
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


def _clipped(share: Matte, box: Area) -> Matte:
    out = np.zeros_like(share)
    out[box.part] = share[box.part]
    return out


def _view(image: Image, click: Click, size: float) -> Area:
    """Return the part of a picture of a size, 0-1, whose middle is as near to a click as possible."""
    height, width = image.shape[:2]
    wide, high = round(size * width), round(size * height)
    left = round(min(max(0, click.x - wide / 2), width - wide))
    top = round(min(max(0, click.y - high / 2), height - high))
    return Area(left, top, left + wide, top + high)


def _cut_off(area: Area, view: Area, shape: tuple[int, ...]) -> list[bool]:
    """Return for each side whether the area ends at that side of the view, where the picture goes on."""
    height, width = shape[:2]
    return [
        area.left <= view.left + 1 and view.left > 0,
        area.top <= view.top + 1 and view.top > 0,
        area.right >= view.right - 1 and view.right < width,
        area.bottom >= view.bottom - 1 and view.bottom < height,
    ]


def _pixel(click: Click, shape: tuple[int, ...]) -> tuple[int, int]:
    return min(max(int(click.y), 0), shape[0] - 1), min(max(int(click.x), 0), shape[1] - 1)


def _part_at(inside: Flags, click: Click) -> Flags:
    """Return the connected part under a click."""
    _, labels = cv2.connectedComponents(inside.astype(np.uint8))
    label = labels[_pixel(click, inside.shape)]
    return np.asarray(labels == label) if label else np.zeros_like(inside)


def _largest(inside: Flags) -> Flags:
    """Return the largest connected part, with others of at least half its size."""
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8))
    areas = statistics[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    kept: Flags = (areas >= max(1, areas.max() / 2))[labels]
    return kept


def _disc(shape: tuple[int, ...], click: Click, radius: float) -> Flags:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    inside: Flags = np.hypot(columns + 0.5 - click.x, rows + 0.5 - click.y) <= radius
    return inside


def _near(mask: Matte, click: Click) -> Flags:
    """Return where a click may change a mask."""
    size = float(np.sqrt((mask > SEEN).sum()))
    return _disc(mask.shape, click, max(NEAR * size, LEAST_NEAR * max(mask.shape)))


def _grown(image: Image, click: Click) -> Matte:
    """Return the part around a click that has its colours, in the half of the picture around it."""
    view = _view(image, click, 0.5)
    labels = np.full(image.shape[:2], cv2.GC_PR_BGD, np.uint8)
    labels[_view(image, click, 0.2).part] = cv2.GC_PR_FGD
    labels[[0, -1]] = labels[:, [0, -1]] = cv2.GC_BGD
    labels[_disc(image.shape, click, max(2.5, DISC * max(image.shape)))] = cv2.GC_FGD
    share: Matte = np.zeros(image.shape[:2], np.float32)
    share[view.part] = grabcut(np.ascontiguousarray(image[view.part]), labels[view.part])
    return np.asarray(share * _part_at(share > SEEN, click), np.float32)


def _changed(image: Image, before: Matte, click: Click) -> Matte:
    """Add or remove the part of like colours under a click; nothing changes that is not connected to it."""
    shape, inside = before.shape, before > SEEN
    disc, free = _disc(shape, click, max(2.5, DISC * max(shape))), _near(before, click)
    whole = _part_at(inside, click)
    if not click.keep and not (whole & ~free).any():
        return np.where(whole, 0, before).astype(np.float32)  # a part of its own
    labels = np.where(inside, cv2.GC_FGD, cv2.GC_BGD).astype(np.uint8)
    labels[free] = np.where(inside[free], cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    labels[disc] = cv2.GC_FGD if click.keep else cv2.GC_BGD
    area = extent(free)
    view = (area or Area(0, 0, shape[1], shape[0])).around(0.5, shape)
    found = before.copy()
    try:
        found[view.part] = grabcut(np.ascontiguousarray(image[view.part]), labels[view.part])
    except BadImage:  # one kind alone is near the click
        found[disc] = float(click.keep)
    found[disc] = float(click.keep)
    wanted = found > before if click.keep else found < before
    part = _part_at(((found > SEEN) != inside) & wanted | disc, click)
    grown = cv2.dilate(part.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(grown & wanted, found, before).astype(np.float32)


def _enlarged(share: Matte, small: Image, image: Pixels) -> Matte:
    """Return a share at the size of the picture, with its edges. Raises BadImage where it has no object."""
    if share.max() <= SEEN:
        raise BadImage("No object was found. Please draw a box around it, or paint the mask.")
    if share.min() > SEEN:
        raise BadImage("The whole picture was taken for the object. Please draw a box around it.")
    if small.shape == image.shape:
        return share
    return guided_upsampling(small, share, to_depth(image, np.dtype(np.uint8)))
