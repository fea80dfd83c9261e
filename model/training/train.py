"""Train a network on photographs with masks: `python -m model train`.

It runs on CPU and CUDA, in one process or, with torchrun, in several.

A run from ImageNet features first trains the curve heads alone, then the later half of the trunk with them,
and last the shading head; `--stage curves` and `--stage shading` train only these heads. The features of the
frozen parts are computed once per composite, cached, and used in many steps. `--stage semi` trains the curve
heads and the content head further, also on real composites without ground truth. With `--teacher`, the
outputs of networks are the targets.
"""

import argparse
import math
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from model.training import distributed
from model.training.composites.dataset import Photographs, load_photographs, with_regions
from model.training.composites.synthetic_composites import (
    LOCAL_LIGHT_SHARE,
    chosen_recipes,
    synthesize,
)
from model.training.content_stage import train_content
from model.training.distillation import CAUTION, Teachers
from model.training.fresh_run import train_fresh
from model.training.made_ahead import made_ahead
from model.training.phases import (
    FeatureCaches,
    Triple,
    head_step,
    semi_step,
    shading_step,
    trunk_step,
)
from model.training.run_log import RunLog
from model.training.schedule import Clock, Phase, learning_rate, phase_at, run_progress, trains_shading
from model.training.state import CURVES_SPEED, Settings, State, new_state


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `python -m model train`."""
    add = parser.add_argument
    add("--data", action="append", required=True, type=Path, metavar="DIR",
        help="folder with images/ and masks/, or a packed file; may be given several times")  # fmt: skip
    add("--minutes", required=True, type=float, help="length of this run; the rate falls to zero over it")
    add(
        "--out",
        required=True,
        type=Path,
        help="weights to write (.safetensors); .state and .jsonl go beside it",
    )
    add(
        "--resume",
        type=Path,
        help="weights (.safetensors), a .state file or a folder of --parts to start from",
    )
    add(
        "--stage",
        choices=["supervised", "semi", "curves", "content", "shading"],
        default="supervised",
        help="semi adds real composites and a critic; curves, content and shading train these heads alone",
    )
    add(
        "--real",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="folder with composite/ and mask/ for --stage semi; may be given several times",
    )
    add(
        "--teacher",
        action="append",
        default=[],
        type=Path,
        metavar="WEIGHTS",
        help="use the mean output of these networks as target; may be given several times",
    )
    add(
        "--experts",
        type=Path,
        metavar="NPZ",
        help="colour tables of experts' retouching; without them one recipe of composites is left out",
    )
    _add_run_arguments(parser)


def _add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the steps of a run, and of runs in several calls."""
    add = parser.add_argument
    add("--val", type=Path, metavar="DIR", help="folder to measure on while training")
    add("--batch", type=int, default=16)
    add(
        "--rate",
        type=float,
        default=1.5e-4,
        help="highest learning rate: of the trunk, or of the curve heads in --stage semi and curves",
    )
    add("--seed", type=int, default=0)
    add("--fresh", action="store_true",
        help="train the whole network on new composites alone; for large devices")  # fmt: skip
    add("--parts", type=Path, metavar="DIR",
        help="with --fresh: write the state in small files, for --resume DIR")  # fmt: skip
    add("--call-minutes", type=float, default=math.inf, metavar="MINUTES",
        help="with --fresh: end this call after so long; --minutes is the whole run")  # fmt: skip
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")


def run(args: argparse.Namespace) -> int:
    """Train with the parsed options; return the exit code. Raises BadData for an unusable folder."""
    settings = Settings(
        tuple(args.data), args.minutes, args.out, args.resume, args.val,
        args.batch, args.rate, args.seed, torch.device(args.device), args.stage, tuple(args.real),
        tuple(args.teacher), args.experts, args.fresh, args.parts, args.call_minutes,
    )  # fmt: skip
    distributed.join(settings.device)
    try:
        train(settings)
    finally:
        distributed.leave()
    return 0


def new_batches(state: State, photographs: Photographs, settings: Settings) -> Iterator[Triple]:
    """Return batches of composites, mattes and targets without end; each is made during the step before.

    They have a generator of their own: two threads would draw from a common one in undefined order.
    """
    device, recipes = state.rng.device, chosen_recipes(settings.experts, settings.device)
    seed = torch.randint(2**31, (), generator=state.rng, device=device)
    rng = torch.Generator(device).manual_seed(int(seed))

    @torch.no_grad()
    def make() -> Triple:
        share = 0.0 if trains_shading(run_progress(state, settings), settings) else LOCAL_LIGHT_SHARE
        composite, matte, target = synthesize(photographs.batch(settings.batch, rng), rng, share, recipes)
        return composite.contiguous(memory_format=torch.channels_last), matte, target

    return made_ahead(make)


def train(settings: Settings) -> None:
    """Train for the given minutes, and write the files of the run at regular intervals."""
    if settings.fresh:
        train_fresh(settings, teachers_of(settings))
        return
    torch.backends.cudnn.benchmark = True  # every batch has the same shape
    torch.set_float32_matmul_precision("high")
    if settings.stage == "content":
        train_content(settings, chosen_recipes(settings.experts, settings.device))
        return
    photographs = with_regions(load_photographs(list(settings.data), settings.device))
    run_log = RunLog(settings)
    state = new_state(settings)
    caches = FeatureCaches(settings.seed)
    teachers = teachers_of(settings)
    clock = Clock()
    for composite, matte, photo in new_batches(state, photographs, settings):
        state.seconds = distributed.largest(state.seconds + clock.lap(), settings.device)
        progress = run_progress(state, settings)
        if progress >= 1:
            break
        target = photo
        if teachers is not None and not trains_shading(progress, settings):
            target = teachers.targets(composite, matte)
        run_log.after_step(state, step(state, caches, (composite, matte, target), photo, settings, progress))
    run_log.after_run(state)


def teachers_of(settings: Settings) -> Teachers | None:
    """Return the teachers, if there are any; in the second stream their outputs are used without caution."""
    if not settings.teachers:
        return None
    return Teachers(settings.teachers, settings.device, 0.0 if settings.stage == "semi" else CAUTION)


def step(
    state: State, caches: FeatureCaches, batch: Triple, photo: Tensor, settings: Settings, progress: float
) -> Tensor:
    """Take one step of the phase at this progress, 0-1; a run from given weights has no first phase."""
    state.step += 1
    if state.adversary is not None:
        rate = learning_rate(progress, settings.rate)
        return semi_step(state, state.adversary, caches, batch, photo, rate / CURVES_SPEED)
    phase, rate = phase_at(progress, state, settings)
    if phase is Phase.SHADING:
        return shading_step(state, caches.shading, batch, rate)
    if phase is Phase.HEADS:
        return head_step(state, caches.curves, batch, rate)
    return trunk_step(state, caches.trunk, batch, rate)
