"""A PostgreSQL server of the tests' own: a fresh cluster in a temporary folder, reached by a Unix socket."""

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ACCOUNT = "postgres"  # PostgreSQL refuses to run as root; packages make this account


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(found[0]) if found else shutil.which(name)


@contextmanager
def server() -> Iterator[str]:
    """The address of an empty database. Skips where PostgreSQL is not installed; fails on CI instead."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user = ACCOUNT if os.geteuid() == 0 else getpass.getuser()
    become = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    if become:
        shutil.chown(folder, user)
    cluster = str(folder / "cluster")

    def run(*command: str) -> None:
        subprocess.run([*become, *command], check=True, capture_output=True, cwd=folder)

    try:
        run(initdb, "-D", cluster, "-U", user, "-A", "trust", "--no-sync")
        log, options = str(folder / "log"), f"-k {folder} -c listen_addresses='' -c fsync=off"
        run(pg_ctl, "-D", cluster, "-w", "-l", log, "-o", options, "start")
        yield f"postgresql+psycopg://{user}@/postgres?host={folder}"
    finally:
        subprocess.run(
            [*become, pg_ctl, "-D", cluster, "-m", "immediate", "stop"], capture_output=True, check=False
        )
        shutil.rmtree(folder, ignore_errors=True)
