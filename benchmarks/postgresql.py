"""A PostgreSQL server of the tests' own: a fresh cluster in a temporary folder, reached by a Unix socket."""

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ACCOUNT = "postgres"  # PostgreSQL refuses to run as root; packages make this account


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(found[0]) if found else shutil.which(name)


@dataclass(frozen=True)
class Cluster:
    """A server in a folder of its own, with an empty database at `url`."""

    folder: Path
    user: str
    pg_ctl: str

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{self.user}@/postgres?host={self.folder}"

    def run(self, *command: str) -> None:
        become = ["runuser", "-u", self.user, "--"] if os.geteuid() == 0 else []
        subprocess.run([*become, *command], check=True, capture_output=True, cwd=self.folder)

    def start(self) -> None:
        log, options = str(self.folder / "log"), f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        self._control("-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop as a power cut would: connections are cut, nothing is tidied up."""
        self._control("-m", "immediate", "stop")

    def _control(self, *command: str) -> None:
        self.run(self.pg_ctl, "-D", str(self.folder / "cluster"), *command)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server that can be stopped. Skips where PostgreSQL is not installed; fails on CI instead."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed")
    made = Cluster(
        Path(tempfile.mkdtemp(prefix="pg")), ACCOUNT if os.geteuid() == 0 else getpass.getuser(), pg_ctl
    )
    if os.geteuid() == 0:
        shutil.chown(made.folder, made.user)
    try:
        made.run(initdb, "-D", str(made.folder / "cluster"), "-U", made.user, "-A", "trust", "--no-sync")
        made.start()
        yield made
    finally:
        with suppress(subprocess.CalledProcessError):
            made.stop()
        shutil.rmtree(made.folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """The address of an empty database; see `cluster`."""
    with cluster() as made:
        yield made.url
