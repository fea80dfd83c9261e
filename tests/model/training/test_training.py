"""Synthetic mismatches keep their promises, and a short run learns, stops and goes on."""

import argparse
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from model.network.efficientnet import Encoder
from model.network.harmonizer import DEFAULT_WEIGHTS
from model.network.imagenet import imagenet_encoder
from model.network.network import CurveHead, HarmonizerNetwork
from model.training import discriminator, phases, train
from model.training.composites import (
    augment_color,
    augment_degrade,
    augment_grading,
    color,
    synthetic_composites,
)
from model.training.composites.dataset import (
    BadData,
    Photographs,
    crop,
    load_photographs,
    some_inverted,
    some_segments,
    with_segments,
)
from model.training.composites.experts import Experts, load_experts, look_up, undone
from model.training.composites.kmeans_regions import segments_of
from model.training.composites.nearest_neighbours import find_relatives
from model.training.distillation import Teachers
from model.training.feature_cache import (
    ForCurves,
    ForShading,
    ForTrunk,
    Memory,
    for_curves,
    for_trunk,
    half_precision,
    look,
    recalled,
)
from model.training.losses import foreground_error
from model.training.state import Settings, new_state, write_state


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def folder(three_photographs: Path) -> Path:
    return three_photographs


@pytest.fixture(scope="module")
def photographs(folder: Path) -> Photographs:
    return load_photographs([folder], torch.device("cpu"))


def samples(seed: int, scale: float = 0.1) -> torch.Tensor:
    mix = (torch.eye(3) + 0.4 * torch.randn(1, 3, 3, generator=rng(seed))) * scale
    return mix @ torch.randn(1, 3, 1024, generator=rng(seed + 1)) + 0.5


def test_light_and_srgb_are_inverse() -> None:
    image = torch.linspace(0, 1, 256)
    assert torch.allclose(color.to_srgb(color.to_linear(image)), image, atol=1e-5)
    assert abs(float(color.to_linear(torch.tensor(0.5))) - 0.21404) < 1e-5  # IEC 61966-2-1


def test_covariance_transfer_gives_the_reference_moments() -> None:
    source, reference = samples(1), samples(5)
    matrix, offset = color.covariance_transfer(source, reference)
    (mean, covariance), (wanted_mean, wanted) = (
        color.moments(matrix @ source + offset[:, :, None]),
        color.moments(reference),
    )
    assert torch.allclose(mean, wanted_mean, atol=1e-4)
    assert torch.allclose(covariance, wanted, atol=1e-3)
    assert torch.allclose(matrix, matrix.transpose(1, 2), atol=1e-4)


def test_spread_transfer_gives_the_reference_spread_along_opponent_axes() -> None:
    source, reference = samples(1, 0.05), samples(3, 0.05)
    matrix, offset = color.spread_transfer(source, reference)
    got = color.OPPONENT @ (matrix @ source + offset[:, :, None])
    assert torch.allclose(got.mean(2), (color.OPPONENT @ reference).mean(2), atol=1e-4)


def test_histogram_table_is_monotone_and_moves_the_median() -> None:
    source, reference = samples(1).clamp(0, 1), samples(7).clamp(0, 1)
    table = color.histogram_table(source, reference)
    assert (table.diff(dim=2) >= -1e-6).all()
    moved = color.look_up(source[:, :, None], table)[:, :, 0]
    assert torch.allclose(moved.median(2).values, reference.median(2).values, atol=0.03)


@pytest.mark.parametrize(
    "operation", [operation for _, operation in augment_color.RETOUCHES] + [augment_color.local_light]
)
def test_operations_stay_in_range_and_repeat_with_the_seed(operation: augment_color.Operation) -> None:
    image = torch.rand(3, 3, 32, 32, generator=rng(9))
    out = operation(image, rng(1))
    assert out.min() >= 0 and out.max() <= 1 and out.shape == image.shape
    assert torch.equal(out, operation(image, rng(1)))


def test_synthesis_leaves_the_surroundings_alone(photographs: Photographs) -> None:
    composite, matte, target = synthetic_composites.synthesize(photographs.batch(16, rng(3)), rng(4))
    outside = (F.max_pool2d(matte, 25, 1, 12) == 0).expand_as(composite)
    assert (composite[outside] - target[outside]).abs().mean() < 0.01  # only compression reaches there
    errors = foreground_error(composite, target, matte)
    assert errors.max() > 0.05 and len(composite) == 16


def test_some_pairs_are_left_untouched(photographs: Photographs) -> None:
    scenes = photographs.batch(3, rng(0))
    errors = [
        foreground_error(composite, target, soft)
        for seed in range(12)
        for composite, soft, target in [synthetic_composites.synthesize(scenes, rng(seed))]
    ]
    assert 0 < (torch.cat(errors) < 1e-4).sum() < 12


@pytest.mark.parametrize("operation", [augment_degrade.wear, augment_degrade.compress])
def test_damage_is_slight(operation: augment_color.Operation, photographs: Photographs) -> None:
    image = photographs.images.float() / 255
    change = (operation(image, rng(1)) - image).abs()
    assert 0 < change.mean() < 0.03


@pytest.mark.parametrize("operation", [augment_degrade.soften, augment_degrade.misdraw])
def test_masks_change_at_their_edge_only(operation: augment_color.Operation) -> None:
    matte = torch.zeros(4, 1, 64, 64)
    matte[..., 16:48, 16:48] = 1
    changed = operation(matte, rng(2))
    assert not torch.equal(changed, matte)
    assert torch.equal(changed[..., 20:44, 20:44], matte[..., 20:44, 20:44])
    assert changed[..., :12, :].max() == 0


def test_relatives_are_the_objects_that_look_alike(photographs: Photographs) -> None:
    darker = (photographs.images.float() * 0.7).to(torch.uint8)
    images = torch.cat([photographs.images, darker])
    nearest = find_relatives(images, photographs.mattes.repeat(2, 1, 1, 1))[:, 0]
    assert nearest.tolist() == [3, 4, 5, 0, 1, 2]


def test_segments_are_connected_parts_of_one_colour() -> None:
    picture = np.full((256, 256, 3), 40, np.uint8)
    picture[:, 128:] = (200, 60, 60)
    picture[40:140, 20:100] = (60, 200, 80)
    found = segments_of(picture, 1)
    assert 1 <= found.max() <= 20
    for label in range(1, int(found.max()) + 1):
        inside = found == label
        assert 0.03 < inside.mean() < 0.5
        assert cv2.connectedComponents(inside.astype(np.uint8), connectivity=4)[0] == 2
        assert picture[cv2.erode(inside.astype(np.uint8), np.ones((7, 7))) > 0].std(0).max() < 1
    assert np.array_equal(found, segments_of(picture, 1))


def test_half_of_the_objects_are_segments(photographs: Photographs) -> None:
    segmented = with_segments(photographs)
    mattes = segmented.mattes[torch.arange(300) % 3].float() / 255
    assert segmented.segments is not None
    chosen = some_segments(mattes, segmented.segments[torch.arange(300) % 3], rng(4))
    replaced = (chosen != mattes).flatten(1).any(1)
    assert 100 < int(replaced.sum()) < 200
    area = chosen[replaced].mean((1, 2, 3))
    assert float(area.min()) > 0.03 and float(area.max()) < 0.5
    assert bool(((chosen[replaced] == 0) | (chosen[replaced] == 1)).all())


def test_cropping_keeps_the_object() -> None:
    matte = torch.zeros(64, 1, 256, 256)
    matte[..., :40, :40] = 1
    _, cropped = crop(torch.rand(64, 3, 256, 256), matte, rng(1))
    assert (cropped.mean((1, 2, 3)) >= 0.0099).all()


def test_error_is_normalised_by_the_object() -> None:
    matte = torch.zeros(1, 1, 64, 64)
    matte[..., :16, :16] = 1
    output = torch.full((1, 3, 64, 64), 0.1) * matte
    assert abs(float(foreground_error(output, torch.zeros_like(output), matte)) - 0.0925) < 1e-3


def test_folder_without_masks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    with pytest.raises(BadData, match="images/ and masks/"):
        load_photographs([tmp_path], torch.device("cpu"))


def test_memory_forgets_the_oldest(photographs: Photographs) -> None:
    torch.manual_seed(0)
    network = HarmonizerNetwork().eval()
    described = for_curves(
        network, *synthetic_composites.synthesize(photographs.batch(2, rng(1)), rng(2)), rng(3)
    )
    memory: Memory[ForCurves] = Memory(seed=0, capacity=4)
    for _ in range(5):
        memory.add(described)
    assert len(memory.kept) == 2
    assert memory.sample(7).patches.shape == (7, *described.patches.shape[1:])


def test_a_trunk_that_has_not_learnt_recalls_what_it_saw(photographs: Photographs) -> None:
    torch.manual_seed(0)
    network = HarmonizerNetwork().eval()
    batch = synthetic_composites.synthesize(photographs.batch(2, rng(1)), rng(2))
    with torch.no_grad():
        seen, again = look(network, *batch[:2]), recalled(network, for_trunk(network, *batch, rng(3)))
    assert torch.equal(seen.statistics, again.statistics)
    for saw, recalls in ((seen.regions, again.regions), (seen.patches, again.patches)):
        assert torch.allclose(saw, recalls, atol=5e-3 * float(saw.abs().max()))


@pytest.mark.parametrize(("capability", "halved"), [("AVX2", False), ("DEFAULT", False), ("AVX512", True)])
def test_processors_that_are_slow_in_half_precision_are_spared_it(
    capability: str, halved: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    with half_precision(torch.device("cpu")):
        assert torch.is_autocast_enabled("cpu") == halved


def run(folder: Path, out: Path, *extra: str) -> list[dict[str, float]]:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    words = ["--data", str(folder), "--out", str(out), "--batch", "2", "--device", "cpu", *extra]
    assert train.run(parser.parse_args(words)) == 0
    return [json.loads(line) for line in out.with_suffix(".jsonl").read_text().splitlines()]


def test_a_run_writes_weights_the_network_loads_and_goes_on(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "weights.safetensors"
    lines = run(folder, out, "--minutes", "0.05", "--val", str(folder))
    assert lines[-1]["val_error_composite"] > 0
    HarmonizerNetwork().load_state_dict({k: v.float() for k, v in load_file(out).items()})
    first = torch.load(out.with_suffix(".state"), weights_only=True)["step"]
    run(folder, out, "--minutes", "0.2", "--resume", str(out.with_suffix(".state")))
    assert torch.load(out.with_suffix(".state"), weights_only=True)["step"] > first


def test_a_pause_is_no_part_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([100.0, 102.0, 902.0, 903.0])
    monkeypatch.setattr("model.training.train.time.monotonic", lambda: next(times))
    clock = train.Clock()
    assert [clock.lap() for _ in range(3)] == [2.0, train.LONGEST_STEP, 1.0]


@pytest.mark.parametrize(("first", "phase"), [(None, "head"), ("weights", "trunk")])
def test_a_resumed_run_stays_in_its_phase(
    first: str | None, phase: str, folder: Path, tmp_path: Path
) -> None:
    """A run from given weights never goes back to training the head from memory, not even when resumed."""
    given, out = tmp_path / "given.safetensors", tmp_path / "out.safetensors"
    save_file(HarmonizerNetwork().state_dict(), given)
    settings = Settings((), 1, out, given if first else None, None, 2, 1e-4, 0, torch.device("cpu"))
    write_state(new_state(settings), out)
    resumed = new_state(replace(settings, resume=out.with_suffix(".state")))
    trunk = next(p for p in resumed.network.encoder.parameters() if p.requires_grad)
    before = trunk.detach().clone()
    batch = synthetic_composites.synthesize(
        load_photographs([folder], torch.device("cpu")).batch(2, rng(1)), rng(2)
    )
    train.step(resumed, phases.Memories(0), batch, batch[2], settings, 0.1)
    assert (not torch.equal(before, trunk)) == (phase == "trunk")


def darkening(file: Path, light: float) -> Path:
    """A network that multiplies all light by exp(light), whatever it sees."""
    network = HarmonizerNetwork()
    with torch.no_grad():
        for member in network.curves.members:
            assert isinstance(member, CurveHead)
            member.out.bias.view(3, -1)[:, 0] = light
    save_file(network.state_dict(), file)
    return file


def test_teachers_answer_with_the_mean_of_their_curves_and_some_caution(tmp_path: Path) -> None:
    files = [darkening(tmp_path / "a.safetensors", -2.2), darkening(tmp_path / "b.safetensors", 0.0)]
    composite, matte = torch.full((2, 3, 256, 256), 0.5), torch.ones(2, 1, 256, 256)
    answer = Teachers(files, torch.device("cpu")).harmonized(composite, matte)
    mean = (0.5 * np.exp(-1) + 0.5) / 2  # encoded: light is raised to 1/2.2
    assert float(answer.mean()) == pytest.approx(0.9 * mean + 0.1 * 0.5, abs=2e-3)


def test_a_student_learns_its_teacher_s_answer(photographs: Photographs, tmp_path: Path) -> None:
    teachers = Teachers([darkening(tmp_path / "t.safetensors", -1.0)], torch.device("cpu"))
    settings = Settings((), 1, tmp_path / "o.safetensors", None, None, 4, 1e-4, 0, torch.device("cpu"),
                        teachers=(tmp_path / "t.safetensors",))  # fmt: skip
    torch.manual_seed(0)
    state, memories = new_state(settings), phases.Memories(0)
    composite, matte, _ = synthetic_composites.synthesize(photographs.batch(4, rng(1)), rng(2))
    batch = composite, matte, teachers.harmonized(composite, matte)
    errors = [float(train.step(state, memories, batch, batch[2], settings, 0.1)) for _ in range(12)]
    assert errors[-1] < 0.6 * errors[0]


def test_the_second_stream_goes_on_with_its_critic(folder: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    run(folder, first, "--minutes", "0.05")
    extra = ["--stage", "semi", "--real", str(folder), "--resume", str(first.with_suffix(".state"))]
    run(folder, second, "--minutes", "0.1", *extra)
    saved = torch.load(second.with_suffix(".state"), weights_only=True)
    assert saved["critic_began"] == torch.load(first.with_suffix(".state"), weights_only=True)["step"]
    assert saved["step"] > saved["critic_began"] and saved["critic"]
    HarmonizerNetwork().load_state_dict({k: v.float() for k, v in load_file(second).items()})


def test_the_critic_learns_to_tell_and_its_opinion_has_a_gradient() -> None:
    torch.manual_seed(0)
    encoder, critic = Encoder().eval(), discriminator.Discriminator(8)
    encoder.load_state_dict(imagenet_encoder())
    optimizer = torch.optim.Adam(critic.parameters(), 2e-3)
    photo = torch.rand(6, 3, 16, 16, generator=rng(1)).repeat_interleave(8, 2).repeat_interleave(8, 3)
    matte = torch.zeros(6, 1, 128, 128)
    matte[..., 32:96, 32:96] = 1
    composite = (photo + matte * (0.3 * photo - photo)).requires_grad_(True)
    known, seen = (discriminator.see(encoder, picture, matte) for picture in (photo, composite))
    for _ in range(60):
        optimizer.zero_grad()
        discriminator.critic_loss(critic, known.detach(), seen.detach()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    critic.eval()
    opinion = discriminator.realness(critic, seen)
    assert discriminator.realness(critic, known) > opinion + 0.5
    (slope,) = torch.autograd.grad(opinion, composite)
    assert slope.abs().sum() > 0


def test_the_critic_s_opinion_reaches_the_curves_and_nothing_else(
    photographs: Photographs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discriminator, "WARM_UP_STEPS", 0)
    monkeypatch.setattr(discriminator, "ADVERSARIAL", 1e4)
    settings = Settings((), 1, tmp_path / "w", None, None, 3, 1e-3, 0, torch.device("cpu"), "semi")
    state = new_state(settings)
    assert state.adversary is not None
    scenes = photographs.batch(3, rng(5))
    batch = scenes.photo, scenes.matte, scenes.photo
    memories = phases.Memories(0)
    before = {key: value.clone() for key, value in state.network.state_dict().items()}
    for _ in range(2):
        state.step += 1
        phases.semi_step(state, state.adversary, memories, batch, scenes.photo, 1e-3)
    after = state.network.state_dict()
    changed = {key.split(".")[0] for key in before if not torch.equal(before[key], after[key])}
    assert changed == {"curves"}


def test_the_network_rests_while_the_critic_learns_its_first(
    photographs: Photographs, tmp_path: Path
) -> None:
    settings = Settings((), 1, tmp_path / "w", None, None, 3, 1e-3, 0, torch.device("cpu"), "semi")
    state = new_state(settings)
    assert state.adversary is not None
    scenes, critic = photographs.batch(3, rng(5)), state.adversary.critic
    before = [{k: v.clone() for k, v in part.state_dict().items()} for part in (state.network, critic)]
    batch = scenes.photo, scenes.matte, scenes.photo
    phases.semi_step(state, state.adversary, phases.Memories(0), batch, scenes.photo, 1e-3)
    same = [
        all(torch.equal(value, old[key]) for key, value in part.state_dict().items())
        for part, old in zip((state.network, critic), before, strict=True)
    ]
    assert same == [True, False]


def test_a_network_that_teaches_itself_stays_as_it_is(
    photographs: Photographs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without critic and untouched photographs the second stream has nothing to teach."""
    monkeypatch.setattr(discriminator, "WARM_UP_STEPS", -1)
    monkeypatch.setattr(discriminator, "ADVERSARIAL", 0.0)
    monkeypatch.setattr(discriminator, "IDENTITY", 0.0)
    settings = Settings((), 1, tmp_path / "w", DEFAULT_WEIGHTS, None, 3, 1e-3, 0, torch.device("cpu"), "semi",
                        teachers=(DEFAULT_WEIGHTS,))  # fmt: skip
    state, teachers = new_state(settings), train.teachers_of(settings)
    assert state.adversary is not None and teachers is not None
    composite, matte, photo = synthetic_composites.synthesize(photographs.batch(3, rng(5)), rng(6))
    batch = composite, matte, teachers.harmonized(composite, matte)
    memories = phases.Memories(0)
    errors = [float(phases.semi_step(state, state.adversary, memories, batch, photo, 1e-5)) for _ in range(3)]
    assert max(errors) < 0.3 / 255


def test_pasting_takes_the_object_and_leaves_its_photograph(photographs: Photographs) -> None:
    scenes = photographs.batch(3, rng(2))
    pasted = discriminator.paste(scenes.photo, scenes.matte)
    inside = (scenes.matte == 1).expand_as(pasted)
    outside = (scenes.matte == 0).expand_as(pasted)
    assert torch.allclose(pasted[inside], scenes.photo[inside], atol=1e-5)
    assert torch.equal(pasted[outside], scenes.photo.roll(1, 0)[outside])


def test_two_processes_train_the_same_weights(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "two.safetensors"
    words = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "29517", "-m", "model"]
    words += ["train", "--data", str(folder), "--minutes", "0.05", "--out", str(out), "--batch", "2"]
    done = subprocess.run([sys.executable, *words, "--device", "cpu"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    HarmonizerNetwork().load_state_dict({k: v.float() for k, v in load_file(out).items()})


def test_the_shading_head_learns_alone(
    photographs: Photographs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phases, "SHADING_BATCH", 8)
    settings = Settings((), 1, tmp_path / "w", None, None, 3, 1e-4, 0, torch.device("cpu"))
    state = new_state(settings)
    before = {key: value.clone() for key, value in state.network.state_dict().items()}
    scenes = photographs.batch(3, rng(5))
    memory: Memory[ForShading] = Memory(0)
    batch = scenes.photo, scenes.matte, scenes.photo
    errors = [float(phases.shading_step(state, memory, batch, 2e-4)) for _ in range(40)]
    assert np.mean(errors[-10:]) < 0.8 * np.mean(errors[:10])
    after = state.network.state_dict()
    changed = {key.split(".")[0] for key in before if not torch.equal(before[key], after[key])}
    assert changed == {"shading"}


def test_fine_tuning_lowers_the_error_on_one_batch(photographs: Photographs, tmp_path: Path) -> None:
    settings = Settings((), 1, tmp_path / "w", None, None, 3, 3e-4, 0, torch.device("cpu"))
    state = new_state(settings)
    scenes = photographs.batch(3, rng(5))
    target, matte = scenes.photo, scenes.matte
    composite = target + matte * (0.5 * target - target)
    memory: Memory[ForTrunk] = Memory(0)
    errors = [float(phases.trunk_step(state, memory, (composite, matte, target), 3e-4)) for _ in range(20)]
    assert max(errors[-3:]) < 0.5 * errors[0]


def test_fine_tuning_leaves_the_early_half_and_all_filters_at_rest(
    photographs: Photographs, tmp_path: Path
) -> None:
    """What is kept of a composite must stay what the network would see of it."""
    state = new_state(Settings((), 1, tmp_path / "w", None, None, 3, 3e-4, 0, torch.device("cpu")))
    before = {key: value.clone() for key, value in state.network.encoder.state_dict().items()}
    phases.trunk_step(
        state, Memory(0), synthetic_composites.synthesize(photographs.batch(3, rng(5)), rng(6)), 3e-4
    )
    after = state.network.encoder.state_dict()
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    late = {f"blocks.{i}.{part}" for i in range(5, 16) for part in ("expand", "project")}
    assert {key.rsplit(".", 1)[0] for key in changed} == late


@pytest.mark.parametrize("lesson", [lesson for _, lesson in synthetic_composites.LESSONS])
def test_every_lesson_changes_objects_and_keeps_to_the_range(
    lesson: synthetic_composites.Lesson, photographs: Photographs
) -> None:
    target, changed = lesson(photographs.batch(3, rng(7)), rng(8), 0.35)
    assert target.shape == changed.shape
    assert all(float(x.min()) >= 0 and float(x.max()) <= 1 for x in (target, changed))
    assert ((target - changed).abs().mean((1, 2, 3)) > 0.005).sum() >= 2


def raised_to(powers: list[float], size: int = 17) -> torch.Tensor:
    """Tables that raise every channel to a power, N×3×S×S×S."""
    axis = torch.linspace(0, 1, size)
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    return torch.stack([torch.stack([red, green, blue]) ** power for power in powers])


def test_tables_are_read_by_red_green_and_blue() -> None:
    tables = raised_to([1.0, 1.0])
    tables[0, 0], tables[1, 2] = 0.25, tables[1, 0]  # red always 0.25; blue as red was
    image = torch.rand(2, 3, 8, 8, generator=rng(1))
    found = look_up(image, tables)
    assert torch.allclose(found[0, 1:], image[0, 1:], atol=1e-5)
    assert torch.allclose(found[0, 0], torch.tensor(0.25))
    assert torch.allclose(found[1], image[1, [0, 1, 0]], atol=1e-5)


def test_what_experts_do_is_undone() -> None:
    tables = raised_to([0.6, 0.8])
    image = 0.1 + 0.8 * torch.rand(2, 3, 16, 16, generator=rng(2))
    file = look_up(image, undone(tables))
    assert torch.allclose(file[0], image[0] ** (1 / 0.6), atol=0.02)
    assert torch.allclose(look_up(file, tables), image, atol=0.02)


def test_files_and_experts_are_a_lesson_of_their_own(photographs: Photographs) -> None:
    """Scenes are files, darker than the photograph, or the photograph itself."""
    tables = raised_to([0.6, 0.7])
    experts = Experts(tables, undone(tables))
    share, lesson = synthetic_composites.with_experts(experts)[-1]
    scenes = photographs.batch(3, rng(7))
    drawn = [lesson(scenes, rng(seed), 0.0) for seed in range(12)]
    assert share > 0
    targets = torch.cat([target - scenes.photo for target, _ in drawn])
    assert 10 < int((targets.abs().mean((1, 2, 3)) < 1e-6).sum()) < 28
    assert float(targets.mean()) < -0.02
    alike = [(target - changed).abs().mean((1, 2, 3)) < 1e-6 for target, changed in drawn]
    assert 2 < int(torch.cat(alike).sum()) < 24


def test_experts_turn_photographs_into_darker_paler_files(shared_data: Path) -> None:
    tables = shared_data.parent / "fivek_tables" / "tables.npz"
    if not tables.is_file():
        pytest.skip("the tables of experts are not here (../shared/data/fivek_tables)")
    experts = load_experts(tables, torch.device("cpu"))
    photo = load_photographs([shared_data / "val"], torch.device("cpu")).batch(8, rng(1)).photo
    who = experts.draw(8, rng(2))
    file = experts.undo(photo, who)
    assert float(file.mean()) < 0.9 * float(photo.mean())
    assert float((file.amax(1) - file.amin(1)).mean()) < 0.8 * float((photo.amax(1) - photo.amin(1)).mean())
    assert float(255 * (experts.finish(file, who) - photo).abs().mean()) < 1


def test_damaged_tables_of_experts_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tables.npz").write_bytes(b"no tables")
    with pytest.raises(BadData, match="tables and weights"):
        load_experts(tmp_path / "tables.npz", torch.device("cpu"))


def test_some_large_objects_are_the_surroundings_of_small_ones() -> None:
    mattes = torch.zeros(200, 1, 16, 16)
    mattes[:100, ..., :8] = 1  # half of the picture
    mattes[100:, ..., :2] = 1  # an eighth: the rest would be too much
    chosen, relatives = some_inverted(mattes, mattes, rng(3))
    inverted = (chosen != mattes).flatten(1).any(1)
    assert 5 < int(inverted.sum()) < 30 and not inverted[100:].any()
    assert torch.equal(chosen, relatives) and torch.equal(chosen[inverted], 1 - mattes[inverted])


@pytest.mark.parametrize("habits", [augment_grading.EXPERT, augment_grading.RAW])
def test_a_graded_picture_keeps_its_order_of_greys(habits: augment_grading.Habits) -> None:
    """An expert's curve never turns dark into bright: greys stay in order, apart from a cast."""
    greys = torch.linspace(0, 1, 65).expand(16, 3, 1, -1)
    graded = color.luma(augment_grading.grade(greys, habits, rng(9)))
    assert (graded.diff(dim=-1) >= -1e-3).all() and float(graded.diff(dim=-1).max()) > 0.02


def test_a_raw_file_is_darker_and_flatter_than_the_photograph(photographs: Photographs) -> None:
    photo = (photographs.images.float() / 255).repeat(8, 1, 1, 1)
    raw = augment_grading.grade(photo, augment_grading.RAW, rng(3))
    assert float(raw.mean()) < 0.9 * float(photo.mean())
    assert float(raw.std((2, 3)).mean()) < 0.85 * float(photo.std((2, 3)).mean())
