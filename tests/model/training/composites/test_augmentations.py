"""Check colour transforms, augmentations and degradations of training images."""

import cv2
import numpy as np
import pytest
import torch

from model.training.composites import (
    augment_color,
    augment_degrade,
    augment_grading,
    color,
)
from model.training.composites.dataset import (
    Photographs,
)
from model.training.composites.jpeg import compressed
from model.training.composites.random_params import apply_to_some
from tests.support.random_tensors import rng


def samples(seed: int, scale: float = 0.1) -> torch.Tensor:
    mix = (torch.eye(3) + 0.4 * torch.randn(1, 3, 3, generator=rng(seed))) * scale
    return mix @ torch.randn(1, 3, 1024, generator=rng(seed + 1)) + 0.5


def test_jpeg_on_a_device_equals_that_of_opencv_within_a_few_levels(photographs: Photographs) -> None:
    image = photographs.images.float() / 255
    for quality in (65, 80, 95):
        got = compressed(image, torch.full((3,), quality))
        pixels = photographs.images.flip(1).permute(0, 2, 3, 1).numpy()
        files = [cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, quality])[1] for one in pixels]
        decoded = np.stack([np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR)) for file in files])
        expected = torch.from_numpy(decoded).permute(0, 3, 1, 2).flip(1).float() / 255
        difference, loss = (255 * (x - expected).square().mean().sqrt() for x in (got, image))
        assert difference < 1.5 and difference < 0.6 * loss


def test_square_roots_of_matrices_equal_those_by_eigenvalues() -> None:
    turn, _ = torch.linalg.qr(torch.randn(50, 3, 3, generator=rng(2)))
    values = 10 ** torch.empty(50, 3).uniform_(-4, -0.6, generator=rng(3))
    root, inverse = color.square_roots(turn @ torch.diag_embed(values) @ turn.transpose(1, 2))
    assert torch.allclose(root, turn @ torch.diag_embed(values.sqrt()) @ turn.transpose(1, 2), atol=1e-5)
    assert torch.allclose(inverse @ root, torch.eye(3).expand(50, 3, 3), atol=2e-3)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.35, 1.0])
def test_operations_are_applied_to_a_share_of_a_batch(share: float) -> None:
    image = torch.zeros(8, 1, 2, 2)
    applied = [
        apply_to_some(image, share, lambda some, _: some + 1, rng(seed)).mean((1, 2, 3))
        for seed in range(200)
    ]
    assert set(torch.cat(applied).tolist()) <= {0.0, 1.0}
    assert torch.stack(applied).mean(0).numpy() == pytest.approx(share, abs=0.1)


def test_light_and_srgb_are_inverse() -> None:
    image = torch.linspace(0, 1, 256)
    assert torch.allclose(color.to_srgb(color.to_linear(image)), image, atol=1e-5)
    assert abs(float(color.to_linear(torch.tensor(0.5))) - 0.21404) < 1e-5  # IEC 61966-2-1


def test_covariance_transfer_gives_the_reference_moments() -> None:
    source, reference = samples(1), samples(5)
    matrix, offset = color.covariance_transfer(source, reference)
    (mean, covariance), (reference_mean, reference_covariance) = (
        color.moments(matrix @ source + offset[:, :, None]),
        color.moments(reference),
    )
    assert torch.allclose(mean, reference_mean, atol=1e-4)
    assert torch.allclose(covariance, reference_covariance, atol=1e-3)
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


@pytest.mark.parametrize("operation", [augment_degrade.add_noise_and_blur, augment_degrade.compress_jpeg])
def test_degradation_of_images_is_small(operation: augment_color.Operation, photographs: Photographs) -> None:
    image = photographs.images.float() / 255
    change = (operation(image, rng(1)) - image).abs()
    assert 0 < change.mean() < 0.03


@pytest.mark.parametrize("operation", [augment_degrade.blur_matte, augment_degrade.dilate_or_erode])
def test_degradation_changes_mattes_at_their_edges_only(operation: augment_color.Operation) -> None:
    matte = torch.zeros(4, 1, 64, 64)
    matte[..., 16:48, 16:48] = 1
    changed = operation(matte, rng(2))
    assert not torch.equal(changed, matte)
    assert torch.equal(changed[..., 20:44, 20:44], matte[..., 20:44, 20:44])
    assert changed[..., :12, :].max() == 0


@pytest.mark.parametrize("style", [augment_grading.EXPERT, augment_grading.RAW])
def test_grading_keeps_the_order_of_greys(style: augment_grading.GradingStyle) -> None:
    """Tone curves are monotone, so the luma of greys keeps its order."""
    greys = torch.linspace(0, 1, 65).expand(16, 3, 1, -1)
    graded = color.luma(augment_grading.grade(greys, style, rng(9)))
    assert (graded.diff(dim=-1) >= -1e-3).all() and float(graded.diff(dim=-1).max()) > 0.02


def test_raw_grading_darkens_and_reduces_contrast(photographs: Photographs) -> None:
    photo = (photographs.images.float() / 255).repeat(8, 1, 1, 1)
    raw = augment_grading.grade(photo, augment_grading.RAW, rng(3))
    assert float(raw.mean()) < 0.9 * float(photo.mean())
    assert float(raw.std((2, 3)).mean()) < 0.85 * float(photo.std((2, 3)).mean())
