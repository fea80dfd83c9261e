"""Run any program as a method: it reads the composite and the mask from files and writes an image.

So a peer runs in an environment of its own, with the package versions it needs. The commands are given in a
file of the person who runs the software; no request over the network can add or change one.
"""

import logging
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import cv2
import numpy as np

from model.edit.render import render
from model.images.arrays import Pixels, last_level
from model.images.composite import Composite
from model.images.files import BadImage, read_picture, write_picture
from model.methods.common.pasting import fit_small, keep_background

logger = logging.getLogger(__name__)

PLACEHOLDERS = ("composite", "mask", "background", "out")
TIMEOUT = 600.0  # seconds
POLL = 0.05
TAIL = 2000  # characters of a failed program's messages that are logged


class BadMethod(ValueError):
    """Report a method in the user's file that cannot be used. The message is shown to people as it is."""


class CommandFailed(ValueError):
    """Report a command that wrote no usable image. The message is shown to people as it is."""


@dataclass(frozen=True)
class ExternalCommand:
    """Describe a program and its call.

    arguments: the program and its arguments, with {composite}, {mask}, {background} and {out} for files.
    folder: its working directory. timeout: seconds until it is stopped.
    max_side: longest side, in pixels, of the images that it reads. Its change to a smaller copy is fitted by
        an edit, which is rendered at full size. None: it reads images of any size.
    """

    name: str
    arguments: tuple[str, ...]
    folder: Path
    title: str = ""
    licence: str = "see its authors"
    url: str = ""
    timeout: float = TIMEOUT
    max_side: int | None = None

    @property
    def reason(self) -> str | None:
        """Return the reason why it cannot run here; None where it can."""
        if not self.folder.is_dir():
            return f"its folder {self.folder} does not exist"
        program = self.arguments[0]
        beside = self.folder / program if os.sep in program else program
        return None if shutil.which(beside) else f"the program {program} was not found"


@dataclass(frozen=True, eq=False)
class ExternalResult:
    """Hold the result of a program.

    image: H×W×3 of the composite's size and depth, equal to it where the matte is 0.
    changed_outside: count of pixels outside the matte that the program changed; these changes are undone.
    """

    image: Pixels
    changed_outside: int
    seconds: float


def command_from(name: str, entry: Mapping[str, Any], base: Path) -> ExternalCommand:
    """Return the program of a checked table. Its command is split into words as in a shell; no shell runs it.

    base: the folder that the table's `folder` is relative to. Raises BadMethod.
    """
    others = {key: value for key, value in entry.items() if key not in ("command", "folder")}
    return ExternalCommand(name, _split(name, entry["command"]), base / entry.get("folder", "."), **others)


def _split(name: str, command: str) -> tuple[str, ...]:
    try:
        arguments = tuple(shlex.split(command))
    except ValueError as error:
        raise BadMethod(f"{name}: the command cannot be split into words: {error}.") from None
    used = re.findall(r"\{(\w+)\}", command)
    unknown = sorted(set(used) - set(PLACEHOLDERS))
    if unknown or not {"composite", "out"} <= set(used):
        wrong = f"{{{unknown[0]}}} is unknown" if unknown else "it needs {composite} and {out}"
        allowed = ", ".join(f"{{{placeholder}}}" for placeholder in PLACEHOLDERS)
        raise BadMethod(f"{name}: {wrong}; a command may hold {allowed}.")
    return arguments


def run_command(
    command: ExternalCommand, composite: Composite, cancelled: Event | None = None
) -> ExternalResult:
    """Run a program on a composite, and read the image that it wrote.

    The program is stopped, with every process that it started, after its timeout or when `cancelled` is set.
    Changes outside the matte are undone by blending with the matte, and logged.
    Raises CommandFailed for a program that fails, and for an image of another size. What the program wrote is
    in the log alone, because the messages of programs name files of this machine.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="harmony-") as name:
        files = _write_inputs(command, composite, Path(name))
        _execute(command, files, cancelled or Event())
        pixels = _read_result(command, files["out"], composite)
    pixels, changed = keep_background(composite, pixels)
    if changed:
        logger.warning("%s changed %d pixels outside the mask; they were set back", command.name, changed)
    return ExternalResult(pixels, changed, time.monotonic() - began)


def run_at_full_size(
    command: ExternalCommand, composite: Composite, cancelled: Event | None = None
) -> Pixels:
    """Return the program's image at full size.

    If the program reads a smaller copy, this is the composite under the edit fitted to the copy's change.
    """
    small = composite if command.max_side is None else composite.resize_to_fit(command.max_side)
    result = run_command(command, small, cancelled).image
    return result if small is composite else render(composite, fit_small(composite, small.image, result))


def _write_inputs(command: ExternalCommand, composite: Composite, folder: Path) -> dict[str, Path]:
    """Write the inputs and return the file of each placeholder.

    Images keep their depth, 8 or 16 bits; the mask is written as RGB with three equal channels.
    """
    last_level(composite.image.dtype)
    files = {placeholder: folder / f"{placeholder}.png" for placeholder in PLACEHOLDERS}
    write_picture(files["composite"], composite.image, metadata=composite.metadata)
    grey = np.rint(composite.matte * 255).astype(np.uint8)
    write_picture(files["mask"], cv2.merge([grey, grey, grey]))
    if any("{background}" in argument for argument in command.arguments):
        if composite.background is None:
            raise CommandFailed(f"{command.name} needs the picture without the object as well.")
        write_picture(files["background"], composite.background, metadata=composite.metadata)
    return files


def _execute(command: ExternalCommand, files: Mapping[str, Path], cancelled: Event) -> None:
    arguments = [_fill(argument, files) for argument in command.arguments]
    log = files["out"].with_name("messages.txt")
    with log.open("wb") as messages:  # a file: a pipe would have to be read while the program runs
        try:
            process = subprocess.Popen(
                arguments,
                cwd=command.folder,
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=messages,
                start_new_session=True,
            )
        except OSError as error:
            raise CommandFailed(f"{command.name} cannot be started: {error.strerror}.") from None
        problem = _wait(process, command.timeout, cancelled)
    if problem:
        output = log.read_bytes().decode(errors="replace").strip()[-TAIL:]
        logger.warning("%s %s. Its output: %s", command.name, problem, output or "none")
        raise CommandFailed(f"{command.name} {problem}." + (" Its output is in the log." if output else ""))


def _fill(argument: str, files: Mapping[str, Path]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: str(files[found[1]]), argument)


def _wait(process: subprocess.Popen[bytes], timeout: float, cancelled: Event) -> str | None:
    """Return None after success, else the problem in words; end all processes of the program's group."""
    deadline = time.monotonic() + timeout
    try:
        while process.poll() is None:
            if cancelled.wait(POLL):
                return "was cancelled"
            if time.monotonic() > deadline:
                return f"took longer than {timeout:g} seconds and was stopped"
    finally:
        with suppress(ProcessLookupError):  # all of them have ended
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return f"failed with code {process.returncode}" if process.returncode else None


def _read_result(command: ExternalCommand, path: Path, composite: Composite) -> Pixels:
    if not path.is_file():
        raise CommandFailed(f"{command.name} ended without writing a picture to {{out}}.")
    try:
        picture = read_picture(path)
    except BadImage as error:
        raise CommandFailed(f"{command.name} wrote a file that cannot be used: {error}") from None
    if picture.alpha is not None:
        raise CommandFailed(f"{command.name} wrote a picture with transparency. It should be opaque.")
    if picture.pixels.shape != composite.image.shape:
        sizes = [f"{shape[1]}×{shape[0]}" for shape in (picture.pixels.shape, composite.image.shape)]
        raise CommandFailed(f"{command.name} wrote {sizes[0]} pixels, but the composite has {sizes[1]}.")
    return picture.pixels
