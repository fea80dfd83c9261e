"""Check the cache of features and the loss."""

import pytest
import torch

from model.network.network import HarmonizerNetwork
from model.training.composites import (
    synthetic_composites,
)
from model.training.composites.dataset import (
    Photographs,
)
from model.training.feature_cache import (
    CurveFeatures,
    FeatureCache,
    curve_features,
    features_from_cache,
    half_precision,
    network_features,
    trunk_features,
)
from model.training.losses import foreground_error
from tests.support.random_tensors import rng


def test_error_is_normalized_by_the_area_of_the_object() -> None:
    matte = torch.zeros(1, 1, 64, 64)
    matte[..., :16, :16] = 1
    output = torch.full((1, 3, 64, 64), 0.1) * matte
    assert abs(float(foreground_error(output, torch.zeros_like(output), matte)) - 0.0925) < 1e-3


def test_cache_removes_the_oldest_batch(photographs: Photographs) -> None:
    torch.manual_seed(0)
    network = HarmonizerNetwork().eval()
    described = curve_features(
        network, *synthetic_composites.synthesize(photographs.batch(2, rng(1)), rng(2)), rng(3)
    )
    cache: FeatureCache[CurveFeatures] = FeatureCache(seed=0, capacity=4)
    for _ in range(5):
        cache.add(described)
    assert len(cache.batches) == 2
    assert cache.sample(7).patches.shape == (7, *described.patches.shape[1:])


def test_cached_features_equal_those_of_an_unchanged_trunk(photographs: Photographs) -> None:
    torch.manual_seed(0)
    network = HarmonizerNetwork().eval()
    batch = synthetic_composites.synthesize(photographs.batch(2, rng(1)), rng(2))
    with torch.no_grad():
        computed, cached = (
            network_features(network, *batch[:2]),
            features_from_cache(network, trunk_features(network, *batch, rng(3))),
        )
    assert torch.equal(computed.statistics, cached.statistics)
    for one, other in ((computed.regions, cached.regions), (computed.patches, cached.patches)):
        assert torch.allclose(one, other, atol=5e-3 * float(one.abs().max()))


@pytest.mark.parametrize(("capability", "halved"), [("AVX2", False), ("DEFAULT", False), ("AVX512", True)])
def test_half_precision_is_used_only_where_it_is_fast(
    capability: str, halved: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    with half_precision(torch.device("cpu")):
        assert torch.is_autocast_enabled("cpu") == halved
