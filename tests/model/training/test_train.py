"""Check short training runs: files, resuming, pauses, several processes."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from model.network.network import HarmonizerNetwork
from model.training import schedule, train


@pytest.fixture
def steps_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count every step as one second, so that a run has as many steps on a slow machine as on a fast one."""
    monkeypatch.setattr(schedule.Clock, "lap", lambda _clock: 1.0)


def run(folder: Path, out: Path, *extra: str) -> list[dict[str, float]]:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    words = ["--data", str(folder), "--out", str(out), "--batch", "2", "--device", "cpu", *extra]
    assert train.run(parser.parse_args(words)) == 0
    return [json.loads(line) for line in out.with_suffix(".jsonl").read_text().splitlines()]


@pytest.mark.usefixtures("steps_of_a_second")
def test_a_run_writes_weights_that_load_and_is_resumed(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "weights.safetensors"
    lines = run(folder, out, "--minutes", "0.05", "--val", str(folder))
    assert lines[-1]["val_error_composite"] > 0
    HarmonizerNetwork().load_state_dict({k: v.float() for k, v in load_file(out).items()})
    first = torch.load(out.with_suffix(".state"), weights_only=True)["step"]
    run(folder, out, "--minutes", "0.117", "--resume", str(out.with_suffix(".state")))  # three steps more
    assert torch.load(out.with_suffix(".state"), weights_only=True)["step"] > first


def test_a_pause_does_not_count_as_training_time(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([100.0, 102.0, 902.0, 903.0])
    monkeypatch.setattr("model.training.schedule.time.monotonic", lambda: next(times))
    clock = schedule.Clock()
    assert [clock.lap() for _ in range(3)] == [2.0, schedule.LONGEST_STEP, 1.0]


@pytest.mark.usefixtures("steps_of_a_second")
def test_the_second_stream_starts_from_a_state_and_saves_its_critic(folder: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    run(folder, first, "--minutes", "0.05")
    extra = ["--stage", "semi", "--real", str(folder), "--resume", str(first.with_suffix(".state"))]
    run(folder, second, "--minutes", "0.084", *extra)  # two steps
    saved = torch.load(second.with_suffix(".state"), weights_only=True)
    assert saved["critic_began"] == torch.load(first.with_suffix(".state"), weights_only=True)["step"]
    assert saved["step"] > saved["critic_began"] and saved["critic"]
    HarmonizerNetwork().load_state_dict({k: v.float() for k, v in load_file(second).items()})


def test_two_processes_train_one_network(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "two.safetensors"
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "model"]
    words += ["train", "--data", str(folder), "--minutes", "0.05", "--out", str(out), "--batch", "2"]
    done = subprocess.run([sys.executable, *words, "--device", "cpu"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    HarmonizerNetwork().load_state_dict({k: v.float() for k, v in load_file(out).items()})
