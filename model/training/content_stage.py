"""Train the content head alone: `python -m model train --stage content`.

The content of each view of a photograph is computed once and kept in a file beside the weights. A step then
needs no trunk, only new colours of small pictures, which are drawn hundreds of times as fast.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from model.network.render_torch import apply_tones
from model.training import distributed
from model.training.composites import color
from model.training.composites.dataset import load_photographs, with_regions
from model.training.composites.synthetic_composites import (
    LOCAL_LIGHT_SHARE,
    Recipes,
    synthesize_exactly,
)
from model.training.content_views import Views, make_views, read_views, write_views
from model.training.feature_cache import PIXELS
from model.training.losses import foreground_error
from model.training.made_ahead import made_ahead
from model.training.phases import update
from model.training.run_log import RunLog
from model.training.schedule import Clock, learning_rate, run_progress
from model.training.state import Settings, State, new_state

SHARE = 0.5  # of the content head in the mean with the curve heads
GROUP = 64  # composites that one recipe makes


@dataclass(frozen=True)
class ContentBatch:
    """Hold the content of views, B×PATCHES²×CONTENT, and composites, mattes and targets, VIEW×VIEW in 0-1."""

    content: Tensor
    composite: Tensor
    matte: Tensor
    target: Tensor


def train_content(settings: Settings, recipes: Recipes) -> None:
    """Train for the given minutes, and write the files of the run at regular intervals."""
    state = new_state(settings)
    views = views_of(state, settings)
    run_log, clock = RunLog(settings), Clock()
    for batch in new_content_batches(state, views, recipes, settings.batch):
        state.seconds = distributed.largest(state.seconds + clock.lap(), settings.device)
        progress = run_progress(state, settings)
        if progress >= 1:
            break
        rate = learning_rate(progress, settings.rate)
        run_log.after_step(state, content_step(state, batch, rate))
    run_log.after_run(state)


def views_of(state: State, settings: Settings) -> Views:
    """Return the views of a run: those that it wrote before, or new ones."""
    file = settings.out.with_suffix(".views")
    if settings.resume is not None and settings.resume.suffix == ".state" and file.exists():
        return read_views(file, settings.device)
    photographs = with_regions(load_photographs(list(settings.data), settings.device))
    views = make_views(photographs, state.network.eval(), state.rng)
    state.network.content.share.fill_(SHARE)
    state.average.module.load_state_dict(state.network.state_dict())
    if distributed.rank() == 0:
        write_views(views, file)
    return views


def new_content_batches(state: State, views: Views, recipes: Recipes, size: int) -> Iterator[ContentBatch]:
    """Return batches without end; each is made during the step before, by a generator of its own."""
    seed = torch.randint(2**31, (), generator=state.rng, device=state.rng.device)
    rng = torch.Generator(state.rng.device).manual_seed(int(seed))

    def make() -> ContentBatch:
        sizes = [GROUP] * (size // GROUP) + ([size % GROUP] if size % GROUP else [])
        groups = [content_batch(views, recipes, count, rng) for count in sizes]
        return ContentBatch(*(torch.cat(parts) for parts in zip(*groups, strict=True)))

    return made_ahead(make)


@torch.no_grad()
def content_batch(
    views: Views, recipes: Recipes, size: int, rng: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Draw content, composites, mattes and targets, by one recipe."""
    content, scenes = views.batch(size, rng)
    return content, *synthesize_exactly(scenes, rng, LOCAL_LIGHT_SHARE, recipes)


def content_step(state: State, batch: ContentBatch, rate: float) -> Tensor:
    """Train the content head on one batch, at a rate of the trunk; return its error, 0-1: a scalar."""
    state.step += 1
    state.network.eval()
    head = state.network.content.train()
    curves, matrix = head(batch.content, batch.composite, batch.matte)
    both = torch.cat([batch.composite, batch.target], 1)
    pixels = color.sample_region(both, batch.matte, state.rng, PIXELS)[:, :, None]
    toned = apply_tones(pixels[:, :3], curves, matrix).clamp(0, 1)
    error = foreground_error(toned, pixels[:, 3:]).mean()
    update(state, error, rate)
    return error.detach()
