"""Check work on a Ray cluster of two nodes on this machine, each command in a process of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from model.commands.harmonize_folder import FINISHED
from model.images.files import write_picture
from tests.support.paths import ROOT
from tests.support.ray_cluster import two_nodes
from tests.support.study_material import without_names

PICTURES = 6


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with two_nodes() as address:
        yield address


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with composite/ and mask/, whose files have equal names."""
    random = np.random.default_rng(3)
    matte = np.zeros((300, 400, 3), np.uint8)
    matte[80:200, 90:300] = 255
    for number in range(PICTURES):
        for part, pixels in (("composite", random.integers(0, 200, matte.shape, np.uint8)), ("mask", matte)):
            (tmp_path / "in" / part).mkdir(parents=True, exist_ok=True)
            write_picture(tmp_path / f"in/{part}/{number}.png", pixels)
    return tmp_path


def command(folder: Path, out: str, *options: str) -> list[str]:
    return [
        sys.executable, "-m", "model", "harmonize", str(folder / "in"), "-o", str(folder / out), *options
    ]  # fmt: skip


def run(folder: Path, out: str, *options: str) -> str:
    done = subprocess.run(command(folder, out, *options), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def results(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != FINISHED}


def test_a_cluster_makes_the_bytes_of_this_machine(address: str, folder: Path) -> None:
    assert run(folder, "local", "--workers", "1") == f"local: {PICTURES} harmonized\n"
    assert run(folder, "ray", "--ray", address) == f"ray: {PICTURES} harmonized\n"
    assert results(folder / "ray") == results(folder / "local")
    assert len(results(folder / "ray")) == PICTURES


def test_a_killed_driver_goes_on_with_the_rest(address: str, folder: Path) -> None:
    words = command(folder, "out", "--method", "mkl", "--ray", address)
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("1/")
        process.send_signal(signal.SIGKILL)
    made = len((folder / "out" / FINISHED).read_text().splitlines())
    assert 1 <= made < PICTURES
    expected = f"out: {PICTURES - made} harmonized, {made} finished before\n"
    assert run(folder, "out", "--method", "mkl", "--ray", address) == expected
    run(folder, "local", "--method", "mkl", "--workers", "0")
    assert results(folder / "out") == results(folder / "local")


def study_command(folder: Path, out: str, *options: str) -> list[str]:
    words = ["build", "--composites", str(folder / "in"), "--methods", "composite,mkl,reinhard"]
    words += ["--out", str(folder / out), "--database", f"sqlite:///{folder / out}.db", *options]
    return [sys.executable, "-m", "study", *words]


def test_a_study_on_a_cluster_has_the_bytes_of_one_made_here(address: str, folder: Path) -> None:
    subprocess.run(study_command(folder, "local", "--slug", "s", "--title", "S"), cwd=ROOT, check=True)
    with subprocess.Popen(
        study_command(folder, "ray", "--slug", "s", "--title", "S", "--ray", address), cwd=ROOT
    ) as process:
        kept = folder / ".ray.finished"
        while process.poll() is None and not (kept.is_dir() and list(kept.glob("[0-9a-f]*"))):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    made = {path.name: path.stat().st_mtime_ns for path in kept.glob("[0-9a-f]*")}
    assert 1 <= len(made) < PICTURES and not (folder / "ray").exists()
    script = RESUMED.format(
        words=study_command(folder, "ray", "--slug", "s", "--title", "S", "--ray", address)[3:]
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"made {PICTURES - len(made)}" in done.stdout
    assert without_names(folder / "ray") == without_names(folder / "local")


RESUMED = """
from study.__main__ import main
from study.build.bulk import FinishedItems

added, add = [], FinishedItems.add
FinishedItems.add = lambda *given: (added.append(given[1]), add(*given))
assert main({words}) == 0
print("made", len(added))
"""


DEADLY = """
import os, signal, sys
from pathlib import Path
from model.bulk.run import Engine, run_all
from model.bulk.tasks import Task
from tests.model.bulk.test_on_ray import fragile

files, folder = {"a": Path(sys.argv[2])}, Path(sys.argv[3])
tasks = [Task(number, files, folder / str(number)) for number in (1, -1, 2, 100, 3, 13)]
for done in run_all(tasks, fragile, Engine(ray=sys.argv[1])):
    print(done.task.item, done.result, done.fault, sep="|")
"""


def fragile(number: int, files: dict[str, Path], out: Path) -> int:
    """Copy a file; die for a negative number, and once for 100 or more; refuse 13."""
    if number == 13:
        raise ValueError("13 brings bad luck.")
    marker = Path(files["a"].read_text())
    if number < 0 or (number >= 100 and not marker.exists()):
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    shutil.copy(files["a"], out)
    return number * number


def test_a_killed_worker_costs_its_task_only(address: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(str(tmp_path / "marker"))
    words = [sys.executable, "-c", DEADLY, address, str(tmp_path / "a"), str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # Ray adds lines about the workers that died.
    lines = dict(line.split("|", 1) for line in done.stdout.splitlines() if line.count("|") == 2)
    assert {number: lines.pop(number) for number in ("1", "2", "3", "100")} == {
        "1": "1|", "2": "4|", "3": "9|", "100": "10000|"
    }  # fmt: skip
    assert lines.pop("13") == "None|13 brings bad luck." and "ended twice" in lines.pop("-1") and not lines
    assert (tmp_path / "100").read_text() == str(tmp_path / "marker") and not (tmp_path / "-1").exists()


def test_a_cluster_that_is_not_there_is_named(folder: Path) -> None:
    words = command(folder, "out", "--method", "mkl", "--ray", "127.0.0.1:1")
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "There is no Ray cluster at 127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr
