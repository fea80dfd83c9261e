"""Decide how long a run is, which phase it is in, and the learning rate of a step."""

import enum
import math
import time

from model.training.state import CURVES_SPEED, SHADING_SPEED, Settings, State

WARM_UP = 0.02  # share of a phase
HEAD_SHARE = 0.2  # first share of a run from ImageNet: it trains the curve heads alone
SHADING_SHARE = 0.15  # last share of every supervised run: it trains the shading head alone
LONGEST_STEP = 60.0  # seconds; longer steps count as this
HEAD_RATE = 1e-3
SHADING_RATE = 2e-3


class Phase(enum.Enum):
    """Name what a supervised run trains: the curve heads, the trunk with them, or the shading head."""

    HEADS = enum.auto()
    TRUNK = enum.auto()
    SHADING = enum.auto()


def learning_rate(progress: float, highest: float) -> float:
    """Return the learning rate at a progress of 0-1: linear warm-up, then half a cosine to zero."""
    if progress < WARM_UP:
        return highest * progress / WARM_UP
    return highest * 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - WARM_UP) / (1 - WARM_UP))))


def run_progress(state: State, settings: Settings) -> float:
    """Return the completed share of the run, 0-1."""
    return state.seconds / (settings.minutes * 60)


def trains_shading(progress: float, settings: Settings) -> bool:
    """Return true in the phase or stage that trains the shading head alone."""
    if settings.stage == "supervised":
        return progress > 1 - SHADING_SHARE
    return settings.stage == "shading"


def phase_at(progress: float, state: State, settings: Settings) -> tuple[Phase, float]:
    """Return the phase at this progress, 0-1, and the trunk's learning rate, or what it would be.

    A run from given weights has no first phase.
    """
    if settings.stage == "curves":
        return Phase.HEADS, learning_rate(progress, settings.rate / CURVES_SPEED)
    if trains_shading(progress, settings):
        share = 1.0 if settings.stage == "shading" else SHADING_SHARE
        return Phase.SHADING, learning_rate((progress - 1) / share + 1, SHADING_RATE / SHADING_SPEED)
    head_share = HEAD_SHARE if state.from_imagenet else 0.0
    if progress < head_share:
        return Phase.HEADS, learning_rate(progress / head_share, HEAD_RATE / CURVES_SPEED)
    phase_progress = (progress - head_share) / (1 - head_share - SHADING_SHARE)
    return Phase.TRUNK, learning_rate(phase_progress, settings.rate)


class Clock:
    """Measure the time of steps without pauses, so that the learning rate does not fall during a pause."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def lap(self) -> float:
        """Return the seconds since the last call, at most LONGEST_STEP."""
        now = time.monotonic()
        passed, self.last = min(now - self.last, LONGEST_STEP), now
        return passed
