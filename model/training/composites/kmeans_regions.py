"""Find regions of photographs that replace objects in training: a sky, a shirt, an area of grass.

A photograph has one object mask but many regions. A network trained on the objects alone, dozens of times
each, overfits to them.
"""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.training.composites.device_regions import (
    CHROMA,
    LARGEST,
    LIGHTNESS,
    POSITION,
    SAMPLES,
    SIDE,
    SMALLEST,
    find_on_device,
)


def find_regions(images: Tensor) -> Tensor:
    """Return the region of each pixel of N×3×H×W uint8: N×H×W uint8 from 1; 0: none of suitable size."""
    if images.device.type != "cpu":
        return find_on_device(images)
    pictures = images.permute(0, 2, 3, 1).cpu().numpy()
    with ThreadPoolExecutor() as pool:
        maps = list(pool.map(cluster_regions, pictures, range(len(pictures))))
    return torch.from_numpy(np.stack(maps)).to(images.device)


def cluster_regions(image: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Return connected parts of four to eight k-means clusters of colour and position: H×W×3 sRGB → H×W.

    They are found at half size, which takes a quarter of the time.
    """
    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    lab = cv2.bilateralFilter(cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32), 3, 30, 3)
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) * np.float32(POSITION)
    points = np.dstack([LIGHTNESS * lab[..., 0], CHROMA * lab[..., 1:], x, y]).reshape(-1, 5)
    rng = np.random.default_rng(seed)
    sample, clusters = rng.choice(points, SAMPLES), int(rng.integers(4, 9))
    cv2.setRNGSeed(seed)  # of this thread
    rounds = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, _, centres = cv2.kmeans(sample, clusters, np.empty(0), rounds, 1, cv2.KMEANS_PP_CENTERS)
    nearest = (np.square(centres).sum(1) - 2 * points @ centres.T).argmin(1)
    smooth = cv2.medianBlur(nearest.astype(np.uint8).reshape(SIDE, SIDE), 3)
    found, count = np.zeros((SIDE, SIDE), np.uint8), 0
    for cluster in range(clusters):
        _, parts, table, _ = cv2.connectedComponentsWithStats(
            (smooth == cluster).astype(np.uint8), connectivity=4
        )
        for part, area in enumerate(table[1:, cv2.CC_STAT_AREA], 1):
            if SMALLEST < area / found.size < LARGEST:
                count += 1
                found[parts == part] = count
    return np.asarray(cv2.resize(found, image.shape[1::-1], interpolation=cv2.INTER_NEAREST), np.uint8)
