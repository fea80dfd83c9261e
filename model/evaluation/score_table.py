"""Summarize the scores of many pictures as means, medians, intervals and text tables."""

from collections.abc import Callable, Iterable, Mapping
from statistics import mean, median

import numpy as np

from model.evaluation.metrics import METRICS, Scores

Table = Mapping[str, Mapping[str, Scores]]
"""Map method → stem → scores."""

DRAWS = 10_000
LEVEL = 0.95


def summary(images: Mapping[str, Scores]) -> dict[str, object]:
    """Return mean, median and interval of the mean per metric, and the scores of every picture."""
    return {
        "mean": _fold(mean, images),
        "median": _fold(median, images),
        "interval": {metric: interval(_column(metric, images)) for metric in _fold(mean, images)},
        "images": images,
    }


def interval(values: list[float], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the mean over pictures (Efron 1979)."""
    rng = np.random.default_rng(seed)
    indices = rng.integers(0, len(values), (DRAWS, len(values)))
    low, high = np.quantile(np.array(values)[indices].mean(1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _fold(fold: Callable[[Iterable[float]], float], images: Mapping[str, Scores]) -> Scores:
    """Return one number per metric that all pictures have."""
    metrics = [metric for metric in METRICS if all(metric in scores for scores in images.values())]
    return {metric: fold(_column(metric, images)) for metric in metrics}


def _column(metric: str, images: Mapping[str, Scores]) -> list[float]:
    return [scores[metric] for scores in images.values()]


def format_table(table: Table) -> str:
    """Return a line per method: means, medians, and the 95 % interval of the mean PSNR."""
    width = max(len(name) for name in (*table, "method"))
    heads = "".join(f"{metric:>9}" for metric in METRICS)
    lines = [
        f"{'':{width}}  {'mean':^36}  {'median':^36}",
        f"{'method':{width}}  {heads}  {heads}   95 % of mean PSNR",
    ]
    for name, images in table.items():
        cells = (
            "".join(_format_cell(metric, _fold(fold, images)) for metric in METRICS)
            for fold in (mean, median)
        )
        low, high = interval(_column("PSNR", images))
        lines.append(f"{name:{width}}  " + "  ".join(cells) + f"   {low:.2f} to {high:.2f}")
    return "\n".join(lines)


def _format_cell(metric: str, scores: Scores) -> str:
    if metric not in scores:
        return f"{'-':>9}"
    digits = {"PSNR": 2, "SSIM": 4}.get(metric, 1)
    return f"{scores[metric]:9.{digits}f}"
