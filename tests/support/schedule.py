"""Distribute test files among processes: slow ones first, and those that share a server to one."""

import pytest
from xdist.scheduler import LoadScopeScheduling

# Files of one of these folders use one server, and the browser tests one browser.
SHARING = ("tests/demo/pages", "tests/demo/guard")
SLOWEST = (*SHARING, "tests/model/training", "tests/demo/renders")


class Schedule(LoadScopeScheduling):  # type: ignore[misc]  # the package has no types
    """Give whole files to a process, and those of a folder of SHARING together."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        folder = path.rpartition("/")[0]
        return folder if folder.startswith(SHARING) else path


def slowest_first(items: list[pytest.Item]) -> None:
    """Sort tests, so that no process runs a slow file alone at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(SLOWEST))
