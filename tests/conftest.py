"""Provide the fixtures that several test files share, and mark slow groups of tests."""

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import settings
from skimage import data

from tests.support.paths import ROOT, SHARED
from tests.support.schedule import Schedule, slowest_first

# Tests must not fail on a busy machine, so examples have no deadline; benchmarks/ measure times.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


# Their tests start servers, run commands or load large networks.
SLOW = """
    benchmarks scripts study/commands study/database study/durability
    demo/api demo/gradio_fixes demo/guard demo/pages demo/renders
    demo/test_example_study.py demo/test_examples.py demo/test_server.py demo/test_serving.py
    model/commands model/evaluation model/methods model/network
"""


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Schedule:
    """Distribute files in the order of collection, not by their number of tests."""
    config.option.loadscopereorder = False
    return Schedule(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests and those that train or start PostgreSQL, so that `make test-fast` leaves them out."""
    slow = [ROOT / "tests" / name for name in SLOW.split()]
    for item in items:
        if any(item.path.is_relative_to(path) for path in slow):
            item.add_marker("slow")
        if item.path.is_relative_to(ROOT / "tests" / "model" / "training"):
            item.add_marker("training")
        if "postgresql" in item.name or "postgres_url" in getattr(item, "fixturenames", ()):
            item.add_marker("postgresql")
    if os.environ.get("PYTEST_XDIST_WORKER"):
        slowest_first(items)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of the benchmark pictures beside the repository; skip the test without it."""
    folder = SHARED / "data" / "harmonization"
    if not folder.is_dir():
        pytest.skip("the benchmark pictures are not here (../shared/data/harmonization)")
    return folder


@pytest.fixture(scope="session")
def three_photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a training folder: three photographs, each with a disc as mask."""
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
