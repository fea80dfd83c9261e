"""Fixtures that several test files share."""

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure of the code: how long things take is for benchmarks/.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The benchmark pictures beside the repository; without them, tests that need them are skipped."""
    folder = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "harmonization"
    if not folder.is_dir():
        pytest.skip("the benchmark pictures are not here (../shared/data/harmonization)")
    return folder
