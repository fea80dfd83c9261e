"""Run diffusion methods on the shared GPUs of a ZeroGPU Space; do nothing on every other machine.

The package `spaces` sends the request for a GPU when a decorated function is called. Its start report to the
platform is part of `Blocks.launch`, which an application that mounts Gradio never calls: it is sent here.
Read in spaces 0.51.3, modules `zero`, `zero.decorator` and `zero.client`.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from model import Composite
from model.images.arrays import Pixels
from model.methods import Method
from model.methods.common.external import CommandFailed

VARIABLE = "SPACES_ZERO_GPU"
DIFFUSION = 3  # the tier of methods that need a GPU
SECONDS = 120  # of a GPU for one picture, which the platform reserves


def on_zero_gpu() -> bool:
    """Return True in a Space with ZeroGPU hardware, by the platform's variable."""
    return os.environ.get(VARIABLE, "").lower() in ("1", "t", "true")


def with_gpu(methods: Mapping[str, Method]) -> dict[str, Method]:
    """Return the methods; on ZeroGPU, those of tier 3 request a GPU for each picture."""
    if not on_zero_gpu():
        return dict(methods)
    return {
        name: replace(method, run=partial(_run, _decorated(method.run)))
        if method.tier == DIFFUSION
        else method
        for name, method in methods.items()
    }


def report_start(methods: Mapping[str, Method]) -> None:
    """Tell the platform that the server has started and uses GPUs; do nothing outside ZeroGPU.

    Without this report, the platform stops the Space. Raises RuntimeError where the platform refuses it.
    """
    if not on_zero_gpu():
        return
    import spaces
    from spaces import zero

    # Handlers of pages and votes need no GPU, and must not wait for one.
    spaces.disable_gradio_auto_wrap()
    with_gpu(methods)
    zero.startup()


def _decorated(run: Callable[[Composite], Pixels]) -> Callable[[Composite], Pixels]:
    import spaces

    decorated: Callable[[Composite], Pixels] = spaces.GPU(run, duration=SECONDS)
    return decorated


def _run(run: Callable[[Composite], Pixels], composite: Composite) -> Pixels:
    """Run a method on a GPU. Raises CommandFailed with the platform's message where there is none."""
    import gradio as gr

    try:
        return run(composite)
    except gr.Error as error:
        raise CommandFailed(_words(error)) from None


def _words(error: Any) -> str:
    return f"The graphics card could not be used: {error.message}"
