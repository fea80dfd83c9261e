"""Check that every acknowledged vote is stored exactly once after killed processes and failing disks.

    python -m benchmarks.durability.drills [--sqlite-kills 100] [--postgresql-kills 20] [--server-kills 20]

Several processes vote as fast as they can and record the ids of the acknowledged votes. One after another is
killed by SIGKILL at a random moment and replaced by a new process. Then the app itself is killed while six
clients vote through its API, and started again on the same data; the clients repeat every unanswered
request. The drill of the disk needs root: it fills a small disk in memory, and then mounts it read-only.
Prints one row for each drill. The exit status is 1 where votes were lost or stored twice.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.arguments import parser_of
from benchmarks.durability.killed_server import app, kill_servers
from benchmarks.durability.killed_voters import Result, broken_disk, kills
from benchmarks.postgresql import server
from benchmarks.speed.voters import study


def drills(options: argparse.Namespace) -> Iterator[Result]:
    """Run the drills one after another, and yield the result of each. Skip the disk without root."""
    with tempfile.TemporaryDirectory() as root:
        folder, url = study(Path(root) / "study"), f"sqlite:///{root}/votes.db"
        yield kills("sqlite", url, folder, options.sqlite_kills, options.voters)
        if os.geteuid() == 0:
            yield broken_disk(folder)
        data = Path(root) / "data"
        yield kill_servers(f"sqlite:///{data}/harmonylab.db", folder, app(data), options.server_kills)
        with server() as url:
            yield kills("postgresql", url, folder, options.postgresql_kills, options.voters)


def main() -> int:
    """Print the table of results; return 1 where votes were lost or stored twice."""
    parser = parser_of(__doc__)
    parser.add_argument("--sqlite-kills", type=int, default=100)
    parser.add_argument("--postgresql-kills", type=int, default=20)
    parser.add_argument("--server-kills", type=int, default=20)
    parser.add_argument("--voters", type=int, default=4)
    print("| drill | acknowledged | lost | doubled | reported |\n|---|---:|---:|---:|---|")
    good = True
    for result in drills(parser.parse_args()):
        print(result.row, flush=True)
        good = good and result.good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
