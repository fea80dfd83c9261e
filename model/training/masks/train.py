"""Train the decoder that finds masks: `python -m model train-masks`.

The trunk stays as it is. Its features of each example are computed once; the prompts are drawn anew in each
step.
"""

import argparse
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from model.network.harmonizer import DEFAULT_WEIGHTS, load_network
from model.network.mask_decoder import MaskDecoder
from model.training.masks.cache import Examples, cache_examples, load_examples
from model.training.masks.prompts import random_prompts
from model.training.masks.samples import read_pool

BATCH = 16
RATE, WARM_UP, DECAY = 2e-3, 60, 1e-2  # warm-up in steps
KEPT = 0.99  # of the running average of the weights, each step
REPORTED, SAVED = 25, 200  # steps


@dataclass(frozen=True)
class Batch:
    """Hold the inputs of the decoder, and the true masks, B×1×SIDE/2×SIDE/2 in 0-1."""

    images: Tensor
    features: list[Tensor]
    prompts: Tensor
    masks: Tensor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `python -m model train-masks`."""
    add = parser.add_argument
    add("table", type=Path, metavar="CSV", help="photographs: columns image, mask, main (1: the main object)")
    add("--out", type=Path, required=True, help="weights to write (.safetensors)")
    add("--minutes", type=float, required=True, help="length of the training, without that of the features")
    add("--examples", type=int, default=8000, help="number of pictures whose features are computed")
    add("--cache", type=Path, required=True, help="folder for the features, 0.7 MB each; used again if full")
    add("--weights", type=Path, default=DEFAULT_WEIGHTS, help="weights whose trunk is used")
    add("--resume", type=Path, help="weights of a decoder to start from")
    add("--rate", type=float, default=RATE, help="highest learning rate")
    add("--seed", type=int, default=0)


def run(args: argparse.Namespace) -> int:
    """Compute the features where they are not stored yet, and train; return the exit code."""
    cv2.setNumThreads(1)
    torch.manual_seed(args.seed)
    done = args.cache / "complete"
    if not done.exists():
        encoder = load_network(args.weights).encoder
        cache_examples(read_pool(args.table), args.examples, encoder, args.cache, args.seed)
        done.touch()
    decoder = MaskDecoder()
    if args.resume:
        decoder.load_state_dict({key: value.float() for key, value in load_file(args.resume).items()})
    if args.minutes > 0:
        train(decoder, load_examples(args.cache), args)
    return 0


def train(decoder: MaskDecoder, examples: Examples, args: argparse.Namespace) -> None:
    """Train for some minutes, and write the running average of the weights in half precision."""
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=0.0, weight_decay=DECAY)
    average = {name: value.clone() for name, value in decoder.state_dict().items()}
    random, start, recent, step = np.random.default_rng(args.seed), time.monotonic(), 0.0, 0
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(draw, examples, random)
        while (progress := (time.monotonic() - start) / (60 * args.minutes)) < 1:
            batch, following = following.result(), pool.submit(draw, examples, random)
            for group in optimizer.param_groups:
                group["lr"] = (
                    args.rate * min(1, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * progress))
                )
            loss = loss_of(decoder(batch.images, batch.features, batch.prompts), batch.masks)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
            optimizer.step()
            kept = min(KEPT, step / (step + 10))
            for name, value in decoder.state_dict().items():
                average[name].lerp_(value, 1 - kept)
            recent = 0.95 * recent + 0.05 * loss.item() if step else loss.item()
            if step % REPORTED == 0:
                print(f"{progress:.3f} step {step} loss {recent:.3f}", flush=True)
            step += 1
            if step % SAVED == 0:
                _save(average, args.out)
    _save(average, args.out)


def draw(examples: Examples, random: np.random.Generator) -> Batch:
    """Return random examples with random prompts."""
    chosen = np.sort(random.integers(0, len(examples), BATCH))
    masks = examples.masks[chosen].astype(np.float32) / 255
    prompts = [
        random_prompts(mask, bool(main), random)
        for mask, main in zip(masks, examples.main[chosen], strict=True)
    ]
    return Batch(
        torch.from_numpy(examples.images[chosen]).float() / 255,
        [torch.from_numpy(stored[chosen]).float() for stored in examples.features],
        torch.from_numpy(np.stack(prompts)),
        torch.from_numpy(masks)[:, None],
    )


def loss_of(logits: Tensor, masks: Tensor) -> Tensor:
    """Return cross-entropy plus one minus the soft overlap (Dice), a scalar."""
    entropy = F.binary_cross_entropy_with_logits(logits, masks)
    share = logits.sigmoid()
    common, total = (share * masks).sum((1, 2, 3)), (share + masks).sum((1, 2, 3))
    return entropy + (1 - (2 * common + 1) / (total + 1)).mean()


def _save(state: dict[str, Tensor], path: Path) -> None:
    save_file({name: value.half().contiguous() for name, value in state.items()}, path)
