"""Run a Ray cluster of two nodes of one core on this machine; `python -m tests.support.ray_cluster`.

A program of its own, so that nothing of Ray is loaded or left in the process of the tests. It prints the
address, and ends the cluster when its standard input ends.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT

NODE_BYTES = 2_000_000_000
STORE_BYTES = 100_000_000
SECONDS_TO_END = 30


@contextmanager
def two_nodes() -> Iterator[str]:
    """Yield the address of a cluster; afterwards, none of its processes is left. Skip without Ray."""
    if find_spec("ray") is None:
        if os.environ.get("CI"):
            pytest.fail("Ray is not installed: pip install -r requirements-dev.txt")
        pytest.skip("Ray is not installed")
    # The paths of Ray's sockets would be too long in the folder of a test.
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp", ignore_cleanup_errors=True) as folder:
        (Path(folder) / "ray").mkdir()
        command = [sys.executable, "-m", "tests.support.ray_cluster"]
        environment = {**os.environ, "RAY_TMPDIR": folder, "RAY_USAGE_STATS_ENABLED": "0"}
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True
        ) as process:
            assert process.stdin is not None and process.stdout is not None
            address = process.stdout.readline().strip()
            assert address, "the cluster did not start"
            yield address
            process.stdin.close()
            process.stdout.read()
        deadline = time.monotonic() + SECONDS_TO_END
        while processes_with(folder) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert processes_with(folder) == []


def processes_with(words: str) -> list[int]:
    """Return the numbers of the processes that have these words among their arguments. Linux only."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes()
        except OSError:  # it has ended
            continue
        if words.encode() in arguments:
            found.append(int(path.parent.name))
    return found


def main() -> None:
    """Start the nodes, print the address, and wait."""
    from ray.cluster_utils import Cluster

    node: dict[str, Any] = {"num_cpus": 1, "memory": NODE_BYTES, "object_store_memory": STORE_BYTES}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    cluster.add_node(**node)
    sys.stdout.write(f"{cluster.address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    cluster.shutdown()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
