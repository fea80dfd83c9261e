"""What files and masks suffer on their way: noise, blur, compression, masks drawn by hand."""

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from model.training.composites.random_params import normal, uniform


def wear(image: Tensor, rng: torch.Generator) -> Tensor:
    """Noise of up to four levels, a blur of up to a pixel: B×3×H×W in 0-1, of another camera or scale."""
    blurred = F.avg_pool2d(image, 3, 1, 1, count_include_pad=False)
    image = image + uniform((len(image), 1, 1, 1), 0, 1, rng) * (blurred - image)
    level = uniform((len(image), 1, 1, 1), 0, 4 / 255, rng)
    return (image + level * normal(image.shape, 1, rng)).clamp(0, 1)


def compress(image: Tensor, rng: torch.Generator) -> Tensor:
    """Through JPEG of quality 65 to 95."""
    qualities = torch.randint(65, 96, (len(image),), generator=rng, device=rng.device).tolist()
    pixels = (image * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    read = []
    for picture, quality in zip(pixels, qualities, strict=True):
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        read.append(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)))
    return torch.from_numpy(np.stack(read)).permute(0, 3, 1, 2).to(image.device).float() / 255


def soften(matte: Tensor, rng: torch.Generator) -> Tensor:
    """Blur the edge of a matte by one or two pixels."""
    kernel = 3 if float(uniform((1,), 0, 1, rng)) < 0.5 else 5
    return F.avg_pool2d(matte, kernel, 1, kernel // 2, count_include_pad=False)


def misdraw(matte: Tensor, rng: torch.Generator) -> Tensor:
    """A mask a little too large or, where the object survives it, too small."""
    kernel = 3 if float(uniform((1,), 0, 1, rng)) < 0.5 else 5
    grown = F.max_pool2d(matte, kernel, 1, kernel // 2)
    shrunk = -F.max_pool2d(-matte, kernel, 1, kernel // 2)
    keeps = shrunk.mean((1, 2, 3)) > 0.6 * matte.mean((1, 2, 3))
    smaller = (uniform((len(matte),), 0, 1, rng) < 0.5) & keeps
    return torch.where(smaller[:, None, None, None], shrunk, grown)
