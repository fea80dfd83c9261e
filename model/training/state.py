"""Hold the settings and the state of a training run, and read and write its files."""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import nn
from torch.optim.swa_utils import AveragedModel

from model.images.files import write_atomic
from model.network.efficientnet import EARLY, Encoder, InvertedResidual
from model.network.harmonizer import load_network
from model.network.imagenet import imagenet_encoder
from model.network.network import HarmonizerNetwork
from model.training import distributed
from model.training.composites.bad_data import BadData
from model.training.composites.dataset import Photographs, load_photographs
from model.training.discriminator import CRITIC_RATE, Discriminator
from model.training.parts import read_parts, write_parts

EMA_DECAY = 0.998
# Learning rates of the heads relative to the trunk's.
CURVES_SPEED, CONTENT_SPEED, SHADING_SPEED = 2.5, 5.0, 10.0
# Parts of the network that a stage does not train.
FROZEN = {
    "curves": ("encoder", "content", "shading"),
    "content": ("encoder", "curves", "shading"),
    "semi": ("encoder", "shading"),
}


@dataclass(frozen=True)
class Settings:
    """Hold the options of a training run.

    data: folders of photographs. minutes: length of the run. out: weights file. resume: weights or state
    to start from. val: folder for measurements. batch: composites per step. rate: highest learning rate.
    stage: supervised, semi, curves, content or shading. real: folders of real composites. teachers:
    weights of the networks whose outputs are the targets. experts: colour tables. fresh: train on new
    composites alone, without feature caches. parts: folder for the state in parts. call_minutes: length
    of this call; the run may take several.
    """

    data: tuple[Path, ...]
    minutes: float
    out: Path
    resume: Path | None
    val: Path | None
    batch: int
    rate: float
    seed: int
    device: torch.device
    stage: str = "supervised"
    real: tuple[Path, ...] = ()
    teachers: tuple[Path, ...] = ()
    experts: Path | None = None
    fresh: bool = False
    parts: Path | None = None
    call_minutes: float = math.inf


@dataclass
class Adversary:
    """Hold the critic of the second stream, and its composites besides pasted ones."""

    critic: Discriminator
    optimizer: torch.optim.Optimizer
    composites: Photographs | None
    start_step: int = 0  # first step with the critic


@dataclass
class State:
    """Hold everything that is needed to resume a run."""

    network: HarmonizerNetwork
    average: AveragedModel
    optimizer: torch.optim.Optimizer
    rng: torch.Generator
    from_imagenet: bool = True  # false: it started from given weights
    step: int = 0
    seconds: float = 0.0
    averaged: int = 0  # steps in the running average
    restarted: int = 0  # step at which optimizer and average began anew
    adversary: Adversary | None = None


def new_state(settings: Settings) -> State:
    """Return the state of a new network with ImageNet features, or of the file `--resume`."""
    torch.manual_seed(settings.seed)
    resume = settings.resume
    network = _first_network(resume)
    network.to(settings.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if not settings.fresh:
        freeze_early_layers(network.encoder)
    average = AveragedModel(network, use_buffers=True)
    rng = torch.Generator(settings.device).manual_seed(_seed(settings))
    optimizer = new_optimizer(network, settings.fresh)
    state = State(network, average, optimizer, rng, from_imagenet=resume is None)
    for part in FROZEN.get(settings.stage, ()):
        network.get_submodule(part).requires_grad_(False)
    if settings.stage == "semi":
        state.adversary = new_adversary(settings)
    if resume is not None and resume.is_dir():
        restore_parts(state, resume)
    elif resume is not None and resume.suffix != ".safetensors":
        restore(state, resume, settings.device)
        if distributed.rank() > 0:  # the file holds the generator of the first process
            state.rng.manual_seed(_seed(settings) + state.step)
    return state


def _first_network(resume: Path | None) -> HarmonizerNetwork:
    """Return the network of a weights file; a new one with ImageNet features where nothing is resumed."""
    if resume is not None and resume.suffix == ".safetensors":
        return load_network(resume)
    network = HarmonizerNetwork()
    if resume is None:
        network.encoder.load_state_dict(imagenet_encoder())
    return network


def _seed(settings: Settings) -> int:
    """Return a seed of this process: others draw other composites."""
    return settings.seed + 1_000_003 * distributed.rank()


def freeze_early_layers(encoder: Encoder) -> None:
    """Freeze the trunk's early half and the depthwise filters of every block, which halves the step's time.

    Only the 1×1 convolutions of the later half are trained; gradients of depthwise filters are slow on CPUs.
    """
    encoder.stem.requires_grad_(False)
    encoder.blocks[:EARLY].requires_grad_(False)
    for block in encoder.blocks:
        if isinstance(block, InvertedResidual):
            block.depthwise.requires_grad_(False)


def new_optimizer(network: HarmonizerNetwork, fused: bool = False) -> torch.optim.Optimizer:
    """Return an optimizer without memory of steps. fused: it needs no value on the host."""
    return torch.optim.AdamW(parameter_groups(network), betas=(0.9, 0.99), fused=fused)


@torch.no_grad()
def update_average(state: State) -> None:
    """Update the running averages of the weights, with a smaller decay after few updates.

    `AveragedModel` would wait for the device in each step, to read the number of updates.
    """
    decay = min(EMA_DECAY, (1 + state.averaged) / (10 + state.averaged)) if state.averaged else 0.0
    pairs = zip(state.average.module.state_dict().values(), state.network.state_dict().values(), strict=True)
    for old, new in pairs:
        old.lerp_(new, 1 - decay) if old.is_floating_point() else old.copy_(new)
    state.averaged += 1


def new_adversary(settings: Settings) -> Adversary:
    """Return an untrained critic."""
    critic = Discriminator().to(settings.device)
    optimizer = torch.optim.Adam(critic.parameters(), CRITIC_RATE, betas=(0.5, 0.99))
    composites = load_photographs(list(settings.real), settings.device) if settings.real else None
    return Adversary(critic, optimizer, composites)


def parameter_groups(network: HarmonizerNetwork) -> list[dict[str, Any]]:
    """Return optimizer groups: weight decay for matrices only, and higher learning rates for the heads."""
    groups = []
    for part, speed in (
        (network.encoder, 1.0),
        (network.curves, CURVES_SPEED),
        (network.content, CONTENT_SPEED),
        (network.shading, SHADING_SPEED),
    ):
        trained = [p for p in part.parameters() if p.requires_grad]
        for matrices, decay in ((True, 0.02), (False, 0.0)):
            chosen = [p for p in trained if (p.ndim > 1) == matrices]
            groups.append({"params": chosen, "weight_decay": decay, "speed": speed})
    return groups


def restore(state: State, file: Path, device: torch.device) -> None:
    """Restore the state of a `.state` file; where the second stream starts, the run time starts at zero."""
    saved: dict[str, Any] = torch.load(file, map_location=device, weights_only=True)
    state.network.load_state_dict(saved["network"])
    state.average.load_state_dict(saved["average"])
    state.rng.set_state(saved["rng"].cpu())
    state.step, state.seconds = saved["step"], saved["seconds"]
    state.averaged = int(state.average.n_averaged)
    state.from_imagenet = saved["from_imagenet"]
    if state.adversary is not None and "critic" not in saved:
        state.adversary.start_step, state.seconds = state.step, 0.0
        return
    state.optimizer.load_state_dict(saved["optimizer"])
    if state.adversary is not None:
        state.adversary.critic.load_state_dict(saved["critic"])
        state.adversary.optimizer.load_state_dict(saved["critic_optimizer"])
        state.adversary.start_step = saved["critic_began"]


def restore_parts(state: State, folder: Path) -> None:
    """Restore the network and the counters of a state in parts, with which its run went on as well."""
    numbers, data = read_parts(folder)
    state.step, state.seconds = int(numbers["step"]), float(numbers["seconds"])
    state.from_imagenet = bool(numbers["from_imagenet"])
    try:
        _go_on_from(state, data)
    except RuntimeError:
        raise BadData(f"{folder.name} holds the state of another network.") from None


def save_parts(state: State, folder: Path, fresh: bool) -> None:
    """Write the state in parts, and go on from what was written: a resumed run equals one that went on.

    Weights in half precision are all that is written, because little can be carried to another machine. The
    optimizer has forgotten its steps after a hundred others, and the running average after some hundred.
    """
    data = half_precision_file(state.network)
    if distributed.rank() == 0:
        write_parts(folder, data, step=state.step, seconds=state.seconds, from_imagenet=state.from_imagenet)
    state.optimizer = new_optimizer(state.network, fresh)
    _go_on_from(state, data)


def _go_on_from(state: State, data: bytes) -> None:
    """Set the weights to those of a file in half precision, and begin the running average anew."""
    weights = load(data)
    for network in (state.network, state.average.module):
        network.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in weights.items()})
    state.averaged, state.restarted = 0, state.step


def half_precision_file(network: nn.Module) -> bytes:
    """Return the weights in half precision as the bytes of a .safetensors file."""
    weights = network.state_dict().items()
    return save({k: (v.half() if v.is_floating_point() else v).contiguous() for k, v in weights})


def write_weights(network: nn.Module, out: Path) -> None:
    """Write the weights in half precision to a .safetensors file, atomically."""
    write_atomic(out, half_precision_file(network))


def write_average(state: State, out: Path) -> None:
    """Write the averaged weights in half precision, atomically."""
    write_weights(state.average.module, out)


def write_state(state: State, out: Path) -> None:
    """Write the averaged weights in half precision to `out` and the full state to `out` with suffix .state.

    Both files are written atomically.
    """
    write_average(state, out)
    state.average.n_averaged.fill_(state.averaged)
    partial = out.with_suffix(".state.tmp")
    critic: dict[str, Any] = {}
    if state.adversary is not None:
        critic = {"critic": state.adversary.critic.state_dict(),
                  "critic_optimizer": state.adversary.optimizer.state_dict(),
                  "critic_began": state.adversary.start_step}  # fmt: skip
    torch.save(
        critic | {"network": state.network.state_dict(), "average": state.average.state_dict(),
         "optimizer": state.optimizer.state_dict(), "rng": state.rng.get_state(),
         "step": state.step, "seconds": state.seconds, "from_imagenet": state.from_imagenet},
        partial,
    )  # fmt: skip
    os.replace(partial, out.with_suffix(".state"))
