"""Train on new composites alone, made and used on the device: `python -m model train --fresh`.

Everything random in a step comes from the seed and the number of the step, so a run that goes on from a saved
state takes the same steps as one without interruption.
"""

import random
import time

import torch

from model.training import distributed
from model.training.composites.bad_data import BadData
from model.training.composites.dataset import Photographs, load_photographs, with_regions
from model.training.composites.synthetic_composites import (
    LOCAL_LIGHT_SHARE,
    Recipes,
    chosen_recipes,
    synthesize_by,
)
from model.training.distillation import Teachers
from model.training.fresh_phases import fresh_head_step, fresh_shading_step, fresh_trunk_step
from model.training.phases import Triple
from model.training.run_log import RunLog
from model.training.schedule import Clock, Phase, phase_at, run_progress
from model.training.state import Settings, State, new_state, save_parts

GROUP = 64  # composites that one recipe makes
RESTART = 20  # steps over which the rate rises after the optimizer has begun anew
SAVE_STEPS = 600  # a minute at ten steps a second
STEPS = {Phase.HEADS: fresh_head_step, Phase.TRUNK: fresh_trunk_step, Phase.SHADING: fresh_shading_step}


def train_fresh(settings: Settings, teachers: Teachers | None) -> None:
    """Train until the run or the call is over; write the files of the run at regular intervals.

    Raises BadData for a stage that needs caches.
    """
    if settings.stage not in ("supervised", "shading"):
        raise BadData(f"--fresh goes with --stage supervised and shading, not with {settings.stage}.")
    began = time.monotonic()
    torch.backends.cudnn.benchmark = True  # every batch has the same shape
    torch.set_float32_matmul_precision("high")
    photographs = with_regions(load_photographs(list(settings.data), settings.device))
    recipes = chosen_recipes(settings.experts, settings.device)
    run_log, state, clock = RunLog(settings), new_state(settings), Clock()
    first, start = state.step, time.monotonic()
    while time.monotonic() - began < 60 * settings.call_minutes:
        seconds = distributed.largest(state.seconds + clock.lap(), settings.device)
        if seconds >= 60 * settings.minutes:
            break
        batch = fresh_batch(photographs, recipes, state.step + 1, settings)
        if teachers is not None:
            batch = batch[0], batch[1], teachers.targets(*batch[:2])
        run_log.after_step(state, fresh_step(state, batch, seconds, settings))
        if settings.parts is not None and state.step % SAVE_STEPS == 0:
            save_parts(state, settings.parts, settings.fresh)
    if settings.parts is not None:
        save_parts(state, settings.parts, settings.fresh)
    run_log.after_run(state)
    made, passed = (state.step - first) * settings.batch, time.monotonic() - start
    print(f"{made:,} composites in {passed:.0f} seconds: {made / max(passed, 1e-6):,.0f} a second")


def step_seed(settings: Settings, step: int) -> int:
    """Return the seed of a step; it differs between steps, runs and processes."""
    return random.Random(f"{settings.seed} {distributed.rank()} {step}").getrandbits(62)


@torch.no_grad()
def fresh_batch(photographs: Photographs, recipes: Recipes, step: int, settings: Settings) -> Triple:
    """Make the batch of a step; each group of composites has one recipe, which is drawn on the host."""
    seed = step_seed(settings, step)
    on_host, rng = random.Random(seed), torch.Generator(settings.device).manual_seed(seed)
    groups = []
    for start in range(0, settings.batch, GROUP):
        (recipe,) = on_host.choices([r for _, r in recipes], [share for share, _ in recipes])
        scenes = photographs.batch(min(GROUP, settings.batch - start), rng)
        groups.append(synthesize_by(recipe, scenes, rng, LOCAL_LIGHT_SHARE))
    composite, matte, target = (torch.cat(parts) for parts in zip(*groups, strict=True))
    return composite.contiguous(memory_format=torch.channels_last), matte, target


def fresh_step(state: State, batch: Triple, seconds: float, settings: Settings) -> torch.Tensor:
    """Take the step that ends after so many seconds of the run; return its error, 0-1."""
    before = phase_at(run_progress(state, settings), state, settings)[0]
    state.seconds, state.step = seconds, state.step + 1
    phase, rate = phase_at(run_progress(state, settings), state, settings)
    if (
        phase is Phase.SHADING and before is not phase
    ):  # from now on the frozen parts are the averaged weights
        state.network.load_state_dict(state.average.module.state_dict())
    seed = step_seed(settings, state.step)
    torch.manual_seed(seed)  # of dropout
    state.rng.manual_seed(seed + 1)
    return STEPS[phase](state, batch, rate * min(1.0, (state.step - state.restarted) / RESTART))
