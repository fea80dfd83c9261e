"""Fixtures that several test files share."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import settings
from skimage import data

from tests.support.paths import ROOT, SHARED

# A busy machine is no failure of the code: how long things take is for benchmarks/.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that train and tests that start PostgreSQL, so that `make test-fast` leaves them out."""
    for item in items:
        if item.path.is_relative_to(ROOT / "tests" / "model" / "training"):
            item.add_marker("training")
        if "postgresql" in item.name or "postgres_url" in getattr(item, "fixturenames", ()):
            item.add_marker("postgresql")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The benchmark pictures beside the repository; without them, tests that need them are skipped."""
    folder = SHARED / "data" / "harmonization"
    if not folder.is_dir():
        pytest.skip("the benchmark pictures are not here (../shared/data/harmonization)")
    return folder


@pytest.fixture(scope="session")
def three_photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training folder: three photographs with a disc for a mask."""
    root = tmp_path_factory.mktemp("photographs")
    (root / "images").mkdir()
    (root / "masks").mkdir()
    for name in ("astronaut", "chelsea", "coffee"):
        picture = getattr(data, name)()
        matte = np.zeros(picture.shape[:2], np.uint8)
        cv2.circle(matte, (matte.shape[1] // 2, matte.shape[0] // 2), matte.shape[0] // 4, 255, -1)
        cv2.imwrite(str(root / "images" / f"{name}.png"), picture[:, :, ::-1])
        cv2.imwrite(str(root / "masks" / f"{name}.png"), matte)
    return root
