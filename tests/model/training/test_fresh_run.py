"""Check training on new composites alone: its phases, and a run that is killed and goes on from its parts."""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from model.training import fresh_run, schedule, train
from model.training.composites.bad_data import BadData
from model.training.composites.dataset import Photographs
from model.training.composites.synthetic_composites import RECIPES
from model.training.parts import MANIFEST, read_parts
from model.training.schedule import Phase
from model.training.state import Settings, new_state
from tests.support.paths import ROOT

CPU = torch.device("cpu")
TEN_STEPS = (
    "0.175"  # minutes, of steps of a second: two of the heads, six of the trunk, two of the shading head
)


def run(folder: Path, out: Path, *extra: str) -> None:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    words = ["--data", str(folder), "--out", str(out), "--batch", "2", "--device", "cpu", "--fresh"]
    assert train.run(parser.parse_args([*words, "--minutes", TEN_STEPS, *extra])) == 0


def run_until_killed(folder: Path, out: Path, threads: int, steps: int) -> None:
    """Train with steps of a second, and kill this process after some of them."""
    torch.set_num_threads(threads)
    setattr(schedule.Clock, "lap", lambda _clock: 1.0)  # noqa: B010
    fresh_run.SAVE_STEPS = 3
    taken: list[torch.Tensor] = []
    take = fresh_run.fresh_step

    def step(*arguments: object) -> torch.Tensor:
        if len(taken) == steps:
            os.kill(os.getpid(), signal.SIGKILL)
        taken.append(take(*arguments))  # type: ignore[arg-type]
        return taken[-1]

    setattr(fresh_run, "fresh_step", step)  # noqa: B010
    run(folder, out, "--parts", str(out.with_suffix("")))


@pytest.fixture
def steps_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule.Clock, "lap", lambda _clock: 1.0)
    monkeypatch.setattr(fresh_run, "SAVE_STEPS", 3)


@pytest.mark.usefixtures("steps_of_a_second")
def test_a_killed_run_goes_on_from_its_parts_and_ends_as_if_it_had_not_been_killed(
    folder: Path, tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    run(folder, whole, "--parts", str(tmp_path / "whole"))
    words = f"Path({str(folder)!r}), Path({str(killed)!r}), {torch.get_num_threads()}, 7"
    script = "from pathlib import Path\nfrom tests.model.training.test_fresh_run import run_until_killed\n"
    script += f"run_until_killed({words})"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    assert read_parts(tmp_path / "killed")[0]["step"] == 6
    run(folder, killed, "--parts", str(tmp_path / "killed"), "--resume", str(tmp_path / "killed"))
    states = [read_parts(tmp_path / name) for name in ("whole", "killed")]
    assert states[0] == states[1] and states[0][0]["step"] == 10
    assert whole.read_bytes() == killed.read_bytes()
    # A state takes little space, and the full one that is not carried is not written.
    assert sum(file.stat().st_size for file in (tmp_path / "whole").iterdir()) < 16e6
    assert not whole.with_suffix(".state").exists()


@pytest.mark.usefixtures("steps_of_a_second")
def test_a_call_ends_before_its_run_and_the_next_goes_on(folder: Path, tmp_path: Path) -> None:
    parts, out = tmp_path / "parts", tmp_path / "out.safetensors"
    run(folder, out, "--parts", str(parts), "--call-minutes", "0")
    assert read_parts(parts)[0] == {"step": 0, "seconds": 0.0, "from_imagenet": True}
    resumed = new_state(Settings((), 1, out, parts, None, 2, 1e-4, 0, CPU, fresh=True))
    assert resumed.step == 0 and resumed.from_imagenet and out.is_file()


def test_each_phase_trains_its_own_part(photographs: Photographs, tmp_path: Path) -> None:
    settings = Settings((), 1, tmp_path / "w", None, None, 4, 3e-4, 0, CPU, fresh=True)
    state = new_state(settings)
    changed: dict[Phase, set[str]] = {}
    for seconds, phase in ((5, Phase.HEADS), (20, Phase.TRUNK), (58, Phase.SHADING)):
        batch = fresh_run.fresh_batch(photographs, RECIPES, state.step + 1, settings)
        before = {key: value.clone() for key, value in state.network.state_dict().items()}
        if phase is Phase.SHADING:
            before = {key: value.clone() for key, value in state.average.module.state_dict().items()}
        fresh_run.fresh_step(state, batch, seconds, settings)
        after = state.network.state_dict().items()
        changed[phase] = {key for key, value in after if not torch.equal(before[key], value)}
        assert {key.split(".")[0] for key in changed[phase]} == {
            Phase.HEADS: {"curves"}, Phase.TRUNK: {"encoder", "curves"}, Phase.SHADING: {"shading"},
        }[phase]  # fmt: skip
    assert {"encoder.stem.weight", "encoder.blocks.1.depthwise.weight"} <= changed[Phase.TRUNK]
    assert "curves.members.0.statistics.0.running_mean" in changed[Phase.HEADS]


def test_steps_lower_the_error_on_one_batch(photographs: Photographs, tmp_path: Path) -> None:
    settings = Settings((), 1, tmp_path / "w", None, None, 3, 3e-4, 0, CPU, fresh=True)
    state = new_state(settings)
    scenes = photographs.batch(3, torch.Generator().manual_seed(5))
    composite = scenes.photo - 0.5 * scenes.matte * scenes.photo
    state.from_imagenet = False
    batch = composite, scenes.matte, scenes.photo
    errors = [float(fresh_run.fresh_step(state, batch, 20.0, settings)) for _ in range(24)]
    assert max(errors[-3:]) < 0.5 * errors[0]


def test_composites_of_a_step_depend_on_its_number_alone(photographs: Photographs, tmp_path: Path) -> None:
    settings = Settings((), 1, tmp_path / "w", None, None, 4, 1e-4, 0, CPU, fresh=True)
    batches = [fresh_run.fresh_batch(photographs, RECIPES, step, settings) for step in (3, 4, 3)]
    assert all(torch.equal(a, b) for a, b in zip(batches[0], batches[2], strict=True))
    assert not torch.equal(batches[0][0], batches[1][0])


def test_the_second_stream_needs_caches(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadData, match="semi"):
        run(folder, tmp_path / "w.safetensors", "--stage", "semi")
    assert not (tmp_path / MANIFEST).exists()
