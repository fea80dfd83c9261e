"""Check two processes of torchrun: equal weights, the loss of one process, other composites in each."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.support.paths import ROOT

STEPS, BATCH, SIDE = 3, 4, 256


def run_rank(out: Path, resume: Path) -> None:
    """Train on this process's share of fixed batches, and write what the test compares."""
    from model.training import discriminator, distributed, phases
    from model.training.state import Settings, new_state, write_state

    torch.manual_seed(0)
    torch.set_num_threads(1)
    batches = torch.rand(STEPS, 3, BATCH, 3, SIDE, SIDE)
    cpu = torch.device("cpu")
    distributed.join(cpu)
    processes = torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1
    share = slice(distributed.rank() * BATCH // processes, (distributed.rank() + 1) * BATCH // processes)
    settings = Settings((), 1, out / "w.safetensors", None, None, 2, 1e-4, 0, cpu, "semi")
    state = new_state(settings)
    if distributed.rank() == 0 and processes == 1:
        state.step = 7
        write_state(state, resume.with_suffix(".safetensors"))
    state.network.eval()
    losses = []
    for composite, matte, target in batches:
        found = phases.losses(state.network, composite[share], matte[share, :1], target[share]).toned.mean()
        phases.update(state, found, 1e-4)
        losses.append(float(found.detach()))
    assert state.adversary is not None
    features = discriminator.critic_features(state.network.encoder, batches[0, 0], batches[0, 1, :, :1])
    phases.critic_step(state.adversary, features[share], features[share] + distributed.rank())
    resumed = new_state(Settings((), 1, out, resume, None, 2, 1e-4, 0, cpu, "semi"))
    weights = [value.double().sum() for value in state.network.state_dict().values()]
    critic = [value.double().sum() for value in state.adversary.critic.state_dict().values()]
    answer = {
        "losses": losses,
        "weights": [float(value) for value in weights],
        "critic": [float(value) for value in critic],
        "draw": float(torch.rand((), generator=resumed.rng)),
        "step": resumed.step,
    }
    (out / f"{processes}-{distributed.rank()}.json").write_text(json.dumps(answer))
    distributed.leave()


def test_two_processes_take_the_steps_of_one(tmp_path: Path) -> None:
    script = tmp_path / "ranks.py"
    script.write_text(
        "from pathlib import Path\nfrom tests.model.training.test_distributed import run_rank\n"
        f"run_rank(Path({str(tmp_path)!r}), Path({str(tmp_path / 'saved.state')!r}))\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    for words in ([], ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]):
        done = subprocess.run(
            [sys.executable, *words, str(script)], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
    one, first, second = (json.loads((tmp_path / f"{n}.json").read_text()) for n in ("1-0", "2-0", "2-1"))
    for part in ("weights", "critic"):
        assert first[part] == second[part]
    mean = [(a + b) / 2 for a, b in zip(first["losses"], second["losses"], strict=True)]
    assert mean == pytest.approx(one["losses"], rel=1e-4) and one["losses"][0] != one["losses"][2]
    assert first["losses"] != second["losses"]
    # A resumed run goes on in all processes, and each draws composites of its own.
    assert one["step"] == first["step"] == second["step"] == 7
    assert first["draw"] == one["draw"] != second["draw"]
