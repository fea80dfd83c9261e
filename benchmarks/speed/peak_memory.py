"""Measure the peak memory of a task in the process that runs it; child processes import this module."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from demo.pictures.picture_files import PictureFiles
from demo.pictures.scenes.scene_files import SceneFiles
from demo.renders.contexts import EditContext
from model.images.decoded_files import DecodedFiles


def peak_of(context: EditContext, function: Callable[..., Any], *arguments: Any) -> int:
    """Run a task with an empty cache of decoded files; return the growth of memory in bytes. Linux only."""
    views, decoded = context.files.views, DecodedFiles(1_000_000_000)
    context = replace(context, files=PictureFiles(views, decoded), scenes=SceneFiles(views, decoded))
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    function(context, *arguments)
    return _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
