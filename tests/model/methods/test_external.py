"""Check programs as methods with small real programs, run as processes."""

import logging
import os
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest

from model.images.composite import Composite
from model.methods.common.external import (
    CommandFailed,
    ExternalCommand,
    run_at_full_size,
    run_command,
)

HEADER = "import sys\nimport cv2, numpy as np\nimage, mask = (cv2.imread(p, -1) for p in sys.argv[1:3])\n"
DARKEN = "object = mask[..., :1] / 255\nimage = np.rint(image * (1 - object / 2)).astype(image.dtype)\n"
WRITE = "cv2.imwrite(sys.argv[3], image)\n"


Depth = type[np.unsignedinteger[Any]]


def scene(dtype: Depth = np.uint8, *, background: bool = False) -> Composite:
    rng = np.random.default_rng(0)
    image = rng.integers(0, np.iinfo(dtype).max, (40, 60, 3), dtype)
    matte = np.zeros((40, 60), np.float32)
    matte[10:30, 20:40] = 1
    return Composite(image, matte, image.copy() if background else None)


def program(
    folder: Path, source: str, *, words: str = "{composite} {mask} {out}", timeout: float = 30
) -> ExternalCommand:
    (folder / "run it.py").write_text(source)
    arguments = (sys.executable, "run it.py", *words.split())
    return ExternalCommand("rival", arguments, folder, timeout=timeout)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_program_reads_the_files_and_its_image_is_returned(tmp_path: Path, dtype: Depth) -> None:
    composite = scene(dtype)
    result = run_command(program(tmp_path, HEADER + DARKEN + WRITE), composite)
    half = np.rint(composite.image[10:30, 20:40] * 0.5)
    assert np.array_equal(result.image[10:30, 20:40], half)
    assert np.array_equal(result.image[:10], composite.image[:10])
    assert result.image.dtype == np.dtype(dtype) and result.changed_outside == 0


def test_a_changed_background_is_set_back_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    composite = scene()
    with caplog.at_level(logging.WARNING):
        result = run_command(program(tmp_path, HEADER + "image[:] = 7\n" + WRITE), composite)
    outside = composite.matte == 0
    assert np.array_equal(result.image[outside], composite.image[outside])
    assert (result.image[~outside] == 7).all()
    assert result.changed_outside > 0 and f"{result.changed_outside} pixels outside the mask" in caplog.text


def test_an_8_bit_result_for_16_bits_keeps_the_background_exactly(tmp_path: Path) -> None:
    composite = scene(np.uint16)
    eight = "image = np.rint(image / 257).astype(np.uint8)\n"
    result = run_command(program(tmp_path, HEADER + eight + WRITE), composite)
    outside = composite.matte == 0
    assert result.changed_outside == 0 and np.array_equal(result.image[outside], composite.image[outside])
    assert np.abs(result.image.astype(int) - composite.image).max() <= 128


def test_the_background_is_written_if_the_command_names_it(tmp_path: Path) -> None:
    asking = program(tmp_path, HEADER + WRITE, words="{background} {mask} {out}")
    assert run_command(asking, scene(background=True)).changed_outside == 0
    with pytest.raises(CommandFailed, match="rival needs the picture without the object"):
        run_command(asking, scene())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import sys; sys.exit('no GPU here')", "failed with code 1. Its output is in the log.$"),
        ("", "ended without writing"),
        (HEADER + "image = image[:-1]\n" + WRITE, "wrote 60×39 pixels, but the composite has 60×40"),
        (HEADER + "image = np.dstack([image, image[..., 0] // 2])\n" + WRITE, "transparency"),
        (
            "import sys; open(sys.argv[3], 'w').write('text')",
            "rival wrote a file that cannot be used: out.png is not",
        ),
        ("import os; os.abort()", "failed with code -6.$"),
    ],
)
def test_failures_are_reported(tmp_path: Path, source: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run_command(program(tmp_path, source), scene())


def test_what_a_failed_program_wrote_is_in_the_log_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = "import sys; print('x' * 100_000 + f'no {sys.argv[1]}'); sys.exit(3)"
    with pytest.raises(CommandFailed) as failed:
        run_command(program(tmp_path, source), scene())
    assert str(failed.value) == "rival failed with code 3. Its output is in the log."
    assert re.search(r" x{1900,}no /\S+/composite\.png$", caplog.text.strip())


def gone(process: int) -> bool:
    """Return true if a process has ended, also if its exit status has not been read."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True


def wait_until_gone(pid: Path) -> None:
    deadline = time.monotonic() + 5
    while not gone(int(pid.read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("how", ["took longer than 2 seconds", "was cancelled"])
def test_a_stopped_program_leaves_no_process(tmp_path: Path, how: str) -> None:
    cancelled, pid = Event(), tmp_path / "pid"
    script = f"sleep 60 & echo $! > '{pid}.new'; mv '{pid}.new' '{pid}'; wait; : {{composite}} {{out}}"
    timeout = 2 if how.startswith("took") else 30

    def cancel_when_started() -> None:
        while not pid.exists():
            time.sleep(0.02)
        cancelled.set()

    if timeout > 2:
        Thread(target=cancel_when_started, daemon=True).start()
    with pytest.raises(CommandFailed, match=how):
        run_command(
            ExternalCommand("rival", ("sh", "-c", script), tmp_path, timeout=timeout), scene(), cancelled
        )
    wait_until_gone(pid)


def test_a_finished_program_leaves_no_process(tmp_path: Path) -> None:
    script = f'sleep 60 & echo $! > \'{tmp_path}/pid\'; cp "$0" "$1"'
    command = ExternalCommand("rival", ("sh", "-c", script, "{composite}", "{out}"), tmp_path)
    assert run_command(command, scene()).changed_outside == 0
    wait_until_gone(tmp_path / "pid")


def test_a_missing_program_is_a_reason(tmp_path: Path) -> None:
    command = ExternalCommand("rival", ("no-such-program", "{composite}", "{out}"), tmp_path)
    assert command.reason == "the program no-such-program was not found"
    with pytest.raises(CommandFailed, match="cannot be started"):
        run_command(command, scene())
    assert "does not exist" in str(ExternalCommand("rival", ("sh",), tmp_path / "gone").reason)


def test_a_result_for_a_small_copy_is_applied_at_full_size(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(60, 200, (240, 320, 3), np.uint8)
    matte = np.zeros((240, 320), np.float32)
    matte[40:200, 60:260] = 1
    composite = Composite(image, matte)
    check = "assert max(image.shape) == 64\n"
    small = replace(program(tmp_path, HEADER + check + DARKEN + WRITE), max_side=64)
    result = run_at_full_size(small, composite)
    assert np.abs(result[matte == 1] - image[matte == 1] / 2).mean() < 4
    assert np.array_equal(result[matte == 0], image[matte == 0])
