"""`python -m model train`: from photographs with masks to weights.

It runs on CPU and on CUDA alike, in one process or, under torchrun, in several.

From ImageNet features the first part of the run trains the curve heads alone; then the later half of the
trunk learns with them, and the last part trains the shading head; `--stage shading` does only this. What
rests sees a composite once; that is kept, and learnt from many times. With `--stage semi` the curve heads go
on learning, also from real composites without a truth. With `--teacher` networks answer in place of the
truth.
"""

import argparse
import math
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import Tensor

from model.training import distributed
from model.training.composites.dataset import Photographs, load_photographs, with_segments
from model.training.composites.experts import load_experts
from model.training.composites.synthetic_composites import (
    LESSONS,
    LOCAL_LIGHT_SHARE,
    Lessons,
    synthesize,
    with_experts,
)
from model.training.distillation import CAUTION, Teachers
from model.training.phases import (
    Memories,
    Triple,
    head_step,
    semi_step,
    shading_step,
    trunk_step,
)
from model.training.run_log import Record
from model.training.state import CURVES_SPEED, SHADING_SPEED, Settings, State, new_state

WARM_UP = 0.02  # share of a phase
HEAD_SHARE = 0.2  # share of a run from ImageNet that trains the curve head alone
SHADING_SHARE = 0.15  # share of every supervised run, its end, that trains the shading head alone
LONGEST_STEP = 60.0  # seconds of a step that count
HEAD_RATE = 1e-3
SHADING_RATE = 2e-3


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
    parser.add_argument(
        "--stage",
        choices=["supervised", "semi", "shading"],
        default="supervised",
        help="semi adds the second stream, real composites and a critic; shading trains the map alone",
    )
    parser.add_argument(
        "--real",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="folder with composite/ and mask/ for --stage semi; may be given several times",
    )
    parser.add_argument(
        "--teacher",
        action="append",
        default=[],
        type=Path,
        metavar="WEIGHTS",
        help="learn the mean answer of these networks instead of the truth; may be given several times",
    )
    parser.add_argument(
        "--experts",
        type=Path,
        metavar="NPZ",
        help="colour tables of what experts do to untouched files; without them a lesson is left out",
    )
    parser.add_argument("--val", type=Path, metavar="DIR", help="folder to measure on while training")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument(
        "--rate",
        type=float,
        default=1.5e-4,
        help="highest learning rate: of the trunk, or of the curve heads in --stage semi",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")


def run(args: argparse.Namespace) -> int:
    """Train as the parsed options say; returns the exit code. Raises BadData for an unusable folder."""
    settings = Settings(
        tuple(args.data), args.minutes, args.out, args.resume, args.val,
        args.batch, args.rate, args.seed, torch.device(args.device), args.stage, tuple(args.real),
        tuple(args.teacher), args.experts,
    )  # fmt: skip
    distributed.join(settings.device)
    try:
        train(settings)
    finally:
        distributed.leave()
    return 0


def learning_rate(progress: float, highest: float) -> float:
    """Linear warm-up, then half a cosine to zero; progress 0-1 of the run."""
    if progress < WARM_UP:
        return highest * progress / WARM_UP
    return highest * 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - WARM_UP) / (1 - WARM_UP))))


def come_so_far(state: State, settings: Settings) -> float:
    """The share of the run that is over, 0-1."""
    return state.seconds / (settings.minutes * 60)


def learns_shading(progress: float, settings: Settings) -> bool:
    """Is this run in the phase, or of the stage, that trains the shading head alone?"""
    if settings.stage == "supervised":
        return progress > 1 - SHADING_SHARE
    return settings.stage == "shading"


def fresh_batches(state: State, photographs: Photographs, settings: Settings) -> Iterator[Triple]:
    """Endless composites, mattes and targets, the next batch made while the last is learnt from.

    Drawn from a generator of their own: two threads that drew from one would do so in any order.
    """
    device, lessons = state.rng.device, lessons_of(settings)
    seed = torch.randint(2**31, (), generator=state.rng, device=device)
    rng = torch.Generator(device).manual_seed(int(seed))

    @torch.no_grad()
    def make() -> Triple:
        share = 0.0 if learns_shading(come_so_far(state, settings), settings) else LOCAL_LIGHT_SHARE
        composite, matte, target = synthesize(photographs.batch(settings.batch, rng), rng, share, lessons)
        return composite.contiguous(memory_format=torch.channels_last), matte, target

    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(make)
        while True:
            batch = following.result()
            following = pool.submit(make)
            yield batch


def lessons_of(settings: Settings) -> Lessons:
    """All lessons that what is given suffices for."""
    if settings.experts is None:
        print("Without --experts, the lesson of files and experts is left out.", file=sys.stderr, flush=True)
        return LESSONS
    return with_experts(load_experts(settings.experts, settings.device))


class Clock:
    """Takes the time of steps, but not of a pause: the rate is not to fall while a run is held."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def lap(self) -> float:
        """Give the seconds since it was last asked, at most LONGEST_STEP."""
        now = time.monotonic()
        passed, self.last = min(now - self.last, LONGEST_STEP), now
        return passed


def train(settings: Settings) -> None:
    """Train for the given minutes, saving as it goes."""
    torch.backends.cudnn.benchmark = True  # every batch has the same shape
    torch.set_float32_matmul_precision("high")
    photographs = with_segments(load_photographs(list(settings.data), settings.device))
    record = Record(settings)
    state = new_state(settings)
    memories = Memories(settings.seed)
    teachers = teachers_of(settings)
    clock = Clock()
    for composite, matte, photo in fresh_batches(state, photographs, settings):
        state.seconds = distributed.agree(state.seconds + clock.lap(), settings.device)
        progress = come_so_far(state, settings)
        if progress >= 1:
            break
        target = photo
        if teachers is not None and not learns_shading(progress, settings):
            target = teachers.harmonized(composite, matte)
        record.after(state, step(state, memories, (composite, matte, target), photo, settings, progress))
    record.end(state)


def teachers_of(settings: Settings) -> Teachers | None:
    """The networks to learn from. In the second stream they are as cautious as they have learnt to be."""
    if not settings.teachers:
        return None
    return Teachers(settings.teachers, settings.device, 0.0 if settings.stage == "semi" else CAUTION)


def step(
    state: State, memories: Memories, batch: Triple, photo: Tensor, settings: Settings, progress: float
) -> Tensor:
    """One step of the phase that the run, progress 0-1, has come to; weights given start in the second."""
    state.step += 1
    if state.adversary is not None:
        rate = learning_rate(progress, settings.rate)
        return semi_step(state, state.adversary, memories, batch, photo, rate / CURVES_SPEED)
    if learns_shading(progress, settings):
        share = 1.0 if settings.stage == "shading" else SHADING_SHARE
        rate = learning_rate((progress - 1) / share + 1, SHADING_RATE / SHADING_SPEED)
        return shading_step(state, memories.shading, batch, rate)
    head_share = HEAD_SHARE if state.from_imagenet else 0.0
    if progress < head_share:
        rate = learning_rate(progress / head_share, HEAD_RATE / CURVES_SPEED)
        return head_step(state, memories.curves, batch, rate)
    along = (progress - head_share) / (1 - head_share - SHADING_SHARE)
    return trunk_step(state, memories.trunk, batch, learning_rate(along, settings.rate))
