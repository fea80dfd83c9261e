"""Kill voters and servers, break their disk: is every acknowledged vote there afterwards, once?

    python -m benchmarks.durability.drills [--sqlite-kills 100] [--postgresql-kills 20] [--server-kills 20]

Several processes vote as fast as they can and write down what was acknowledged; one of them after another is
killed by SIGKILL at a random moment, and a new one takes its place. Then the app itself is killed while six
browsers vote through its API, and started again on the same data; they send again what was not answered. The
drill of the disk needs root: a small one in memory is filled up, and mounted for reading only. Prints a row
for each drill; ends with 1 where votes were lost or doubled.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.durability.killed_server import app, kill_servers
from benchmarks.durability.killed_voters import Result, broken_disk, kills
from benchmarks.postgresql import server
from benchmarks.speed.voters import study


def drills(options: argparse.Namespace) -> Iterator[Result]:
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sqlite-kills", type=int, default=100)
    parser.add_argument("--postgresql-kills", type=int, default=20)
    parser.add_argument("--server-kills", type=int, default=20)
    parser.add_argument("--voters", type=int, default=4)
    print("| drill | acknowledged | lost | doubled | said |\n|---|---:|---:|---:|---|")
    good = True
    for result in drills(parser.parse_args()):
        print(result.row, flush=True)
        good = good and result.good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
