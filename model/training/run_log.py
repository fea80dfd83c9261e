"""Write the weights, the state and a log of errors of a training run at regular intervals."""

import json
import time

import torch
from torch import Tensor, nn

from model.training import distributed
from model.training.composites.dataset import Photographs, load_photographs
from model.training.composites.synthetic_composites import synthesize
from model.training.losses import foreground_error
from model.training.phases import losses
from model.training.state import Settings, State, write_average, write_state

SAVE_SECONDS = 45.0
LOG_SECONDS = 30.0
MEASURE_SECONDS = 600.0
MEASURED_BATCHES, MEASURED_BATCH = 6, 32  # of the fixed synthetic set


class Interval:
    """Return true on the first call after each interval of so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.last = seconds, time.monotonic()

    def __call__(self) -> bool:
        if time.monotonic() - self.last < self.seconds:
            return False
        self.last = time.monotonic()
        return True


class RunLog:
    """Write the files of one run. Of several processes only the first writes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.held_out = load_photographs([settings.val], settings.device) if settings.val else None
        self.logging, self.saving = Interval(LOG_SECONDS), Interval(SAVE_SECONDS)
        self.measuring = Interval(MEASURE_SECONDS)
        self.errors: list[Tensor] = []
        self.write = write_state if settings.parts is None else write_average

    def after_step(self, state: State, error: Tensor) -> None:
        """Record the error, 0-1, of a step, and write what is due."""
        if distributed.rank() > 0:
            return
        self.errors.append(error)
        if self.logging():
            mean = 255 * float(torch.stack(self.errors).mean())
            log(self.settings, step=state.step, seconds=state.seconds, error=mean)
            self.errors.clear()
        if self.saving():
            self.write(state, self.settings.out)
        if self.measuring():
            self._measure(state)

    def after_run(self, state: State) -> None:
        """Write the final weights and state, and measure the network."""
        if distributed.rank() > 0:
            return
        self.write(state, self.settings.out)
        log(self.settings, step=state.step, seconds=state.seconds)
        self._measure(state)

    def _measure(self, state: State) -> None:
        if self.held_out:
            log(self.settings, step=state.step, **measure(state.average, self.held_out, self.settings))


@torch.no_grad()
def measure(network: nn.Module, photographs: Photographs, settings: Settings) -> dict[str, float]:
    """Return foreground errors, in levels, of the network and of the composites, on a fixed synthetic set."""
    rng = torch.Generator(settings.device).manual_seed(1)
    network.eval()
    sums = torch.zeros(3, device=settings.device)
    for _ in range(MEASURED_BATCHES):
        composite, matte, target = synthesize(photographs.batch(MEASURED_BATCH, rng), rng)
        errors = losses(network, composite, matte, target)
        unchanged = foreground_error(composite, target, matte).mean()
        sums += torch.stack([errors.full.mean(), errors.toned.mean(), unchanged])
    names = ("val_error", "val_error_curves", "val_error_composite")
    return {name: 255 * float(value) / MEASURED_BATCHES for name, value in zip(names, sums, strict=True)}


def log(settings: Settings, **numbers: float) -> None:
    """Append one JSON line to the log beside the weights."""
    with settings.out.with_suffix(".jsonl").open("a") as file:
        file.write(json.dumps({k: round(v, 4) for k, v in numbers.items()}) + "\n")
