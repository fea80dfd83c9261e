"""Check the training of the content head: views, steps, and the files of a run."""

import argparse
from pathlib import Path
from statistics import median

import pytest
import torch
from safetensors.torch import load_file

from model.network.content import CONTENT
from model.network.features import PATCHES, VIEW
from model.network.network import HarmonizerNetwork
from model.training import content_stage, schedule, train
from model.training.composites.bad_data import BadData
from model.training.composites.dataset import Photographs, Scenes, with_regions
from model.training.content_views import VIEWS, Views, make_views, read_views
from model.training.state import Settings, new_state


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="module")
def network() -> HarmonizerNetwork:
    torch.manual_seed(0)
    return HarmonizerNetwork().eval()


@pytest.fixture(scope="module")
def views(photographs: Photographs, network: HarmonizerNetwork) -> Views:
    return make_views(with_regions(photographs), network, generator())


def run(folder: Path, out: Path, *extra: str) -> None:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    words = [
        "--data",
        str(folder),
        "--out",
        str(out),
        "--batch",
        "4",
        "--device",
        "cpu",
        "--stage",
        "content",
    ]
    assert train.run(parser.parse_args([*words, *extra])) == 0


def test_views_hold_small_pictures_and_their_content(views: Views, photographs: Photographs) -> None:
    count = VIEWS * len(photographs)
    assert views.images.shape == (count, 3, VIEW, VIEW) and views.mattes.shape == (count, 1, VIEW, VIEW)
    assert views.content.shape == (count, PATCHES**2, CONTENT)
    assert torch.isfinite(views.content).all() and views.content.std() > 0.3
    means = photographs.images.float().mean((2, 3))
    assert torch.allclose(views.images[: len(photographs)].float().mean((2, 3)), means, atol=1)


def test_content_is_mirrored_with_its_picture(views: Views) -> None:
    half = VIEW // 2
    left = torch.zeros_like(views.images)
    left[..., :half] = 255
    cells = torch.zeros(len(left), PATCHES, PATCHES, CONTENT)
    cells[:, :, : PATCHES // 2] = 1
    marked = Views(left, views.mattes, cells.view(len(left), -1, CONTENT).half(), views.neighbours)
    content, scenes = marked.batch(32, generator())
    bright_left = scenes.photo[:, 0, 0, 0] == 1
    assert torch.equal(content[:, 0, 0] == 1, bright_left)
    assert 0 < bright_left.sum() < 32


def test_steps_reduce_the_error(views: Views, folder: Path, tmp_path: Path) -> None:
    def darker(scenes: Scenes, _rng: torch.Generator, _share: float) -> tuple[torch.Tensor, torch.Tensor]:
        return scenes.photo, 0.6 * scenes.photo

    settings = Settings(
        (folder,), 1, tmp_path / "w.safetensors", None, None, 8, 1e-3, 0, torch.device("cpu"), "content"
    )
    state = new_state(settings)
    batches = content_stage.new_content_batches(state, views, ((1.0, darker),), 8)
    errors = [float(content_stage.content_step(state, next(batches), 2e-4)) for _ in range(40)]
    assert median(errors[-20:]) < 0.6 * median(errors[:2])


def test_a_run_changes_the_content_head_alone_and_is_resumed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule.Clock, "lap", lambda _clock: 1.0)
    out = tmp_path / "weights.safetensors"
    run(folder, out, "--minutes", "0.05")
    weights = load_file(out)
    assert weights["content.share"] == content_stage.SHARE
    assert weights["content.projection"].any() and weights["content.out.weight"].any()
    assert not weights["shading.gain.weight"].any()
    assert not any(weights[f"curves.members.{head}.out.bias"].any() for head in range(4))
    written = out.with_suffix(".views").stat().st_mtime_ns
    run(folder, out, "--minutes", "0.1", "--resume", str(out.with_suffix(".state")))
    assert out.with_suffix(".views").stat().st_mtime_ns == written
    assert torch.load(out.with_suffix(".state"), weights_only=True)["step"] > 2
    assert torch.equal(load_file(out)["content.projection"], weights["content.projection"])


def test_damaged_views_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "weights.views"
    file.write_bytes(b"no views")
    with pytest.raises(BadData, match="Delete it"):
        read_views(file, torch.device("cpu"))
