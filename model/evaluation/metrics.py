"""Measure the error of a result against the real photograph.

The result counts where the mask is above 0.5; elsewhere the real photograph takes its place. The published
numbers on iHarmony4 are computed in this way, so that compression noise in the background does not count.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from model.images.arrays import Pixels

METRICS = ("MSE", "PSNR", "fMSE", "SSIM")
PEAK = 255.0
SIGMA = 1.5  # of the Gaussian window of SSIM
RADIUS = 5  # of that window: 3.5 sigma

Scores = dict[str, float]


def measure(result: Pixels, real: Pixels, matte: NDArray[np.float32]) -> Scores:
    """Return MSE and PSNR (dB) of the whole picture, fMSE of the mask, and SSIM, for H×W×3 uint8 pictures.

    matte: H×W in 0-1.
    """
    inside = matte > 0.5
    squared = float(((result[inside].astype(np.float64) - real[inside]) ** 2).sum())
    mse = squared / real.size
    return {
        "MSE": mse,
        "PSNR": float(10 * np.log10(PEAK**2 / (mse + 1e-6))),
        "fMSE": squared / (3 * int(inside.sum())),
        "SSIM": pasted_ssim(result, real, inside),
    }


def pasted_ssim(result: Pixels, real: Pixels, inside: NDArray[np.bool_]) -> float:
    """Return the structural similarity (Wang et al. 2004, Gaussian window) of a result within a mask.

    The similarity is exactly 1 where both pictures are equal, so it is computed near the mask only.
    """
    height, width = inside.shape
    x, y, w, h = cv2.boundingRect(inside.astype(np.uint8))
    top, left = max(0, y - 2 * RADIUS), max(0, x - 2 * RADIUS)
    part = np.s_[top : y + h + 2 * RADIUS, left : x + w + 2 * RADIUS]
    target = real[part].astype(np.float32)  # twice as fast as float64, with a difference below 1e-6
    pasted = np.where(inside[part][..., None], result[part], target)
    _, similarity = structural_similarity(
        pasted, target, gaussian_weights=True, sigma=SIGMA, use_sample_covariance=False,
        data_range=PEAK, channel_axis=2, full=True,
    )  # fmt: skip
    # Windows across the border of the picture do not count; those across the part's border have no change.
    first, last = np.array([y, x]) - RADIUS, np.array([y + h, x + w]) + RADIUS
    first = np.maximum(first, RADIUS) - (top, left)
    last = np.minimum(last, (height - RADIUS, width - RADIUS)) - (top, left)
    lost = (1 - similarity[first[0] : last[0], first[1] : last[1]]).sum()
    return float(1 - lost / (3 * (height - 2 * RADIUS) * (width - 2 * RADIUS)))
