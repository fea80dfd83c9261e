"""Start a PostgreSQL server for tests: a new cluster in a temporary folder, reached by a Unix socket."""

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

NOT_DURABLE = "-c fsync=off"
ACCOUNT = "postgres"  # PostgreSQL refuses to run as root; its packages create this account


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(found[0]) if found else shutil.which(name)


@dataclass(frozen=True)
class Cluster:
    """Represent a server in its own folder, with an empty database at `url`. settings: its options."""

    folder: Path
    user: str
    pg_ctl: str
    settings: str = NOT_DURABLE

    @property
    def url(self) -> str:
        """Return the address of the database for SQLAlchemy."""
        return f"postgresql+psycopg://{self.user}@/postgres?host={self.folder}"

    def run(self, *command: str) -> None:
        """Run a command as the owner of the cluster. Raises CalledProcessError where it fails."""
        as_user = ["runuser", "-u", self.user, "--"] if os.geteuid() == 0 else []
        subprocess.run([*as_user, *command], check=True, capture_output=True, cwd=self.folder)

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        log, options = str(self.folder / "log"), f"-k {self.folder} -c listen_addresses='' {self.settings}"
        self._control("-w", "-l", log, "-o", options, "start")

    @property
    def pid(self) -> int:
        """Return the number of the server's process; the others are its children."""
        return int((self.folder / "cluster" / "postmaster.pid").read_text().split()[0])

    def stop(self) -> None:
        """Stop at once, without a checkpoint: connections are cut, and the next start has to recover."""
        self._control("-m", "immediate", "stop")

    def _control(self, *command: str) -> None:
        self.run(self.pg_ctl, "-D", str(self.folder / "cluster"), *command)


@contextmanager
def cluster(settings: str = NOT_DURABLE) -> Iterator[Cluster]:
    """Yield a server that can be stopped. Skip the test where PostgreSQL is not installed; on CI, fail it.

    settings: options of postgres; by default it does not wait for the disk.
    """
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed")
    created = Cluster(
        Path(tempfile.mkdtemp(prefix="pg")),
        ACCOUNT if os.geteuid() == 0 else getpass.getuser(),
        pg_ctl,
        settings,
    )
    if os.geteuid() == 0:
        shutil.chown(created.folder, created.user)
    try:
        created.run(
            initdb, "-D", str(created.folder / "cluster"), "-U", created.user, "-A", "trust", "--no-sync"
        )
        created.start()
        yield created
    finally:
        with suppress(subprocess.CalledProcessError):
            created.stop()
        shutil.rmtree(created.folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """Yield the address of an empty database; skip or fail as `cluster` does."""
    with cluster() as created:
        yield created.url
