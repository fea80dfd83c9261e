"""Start the app as a process of its own on a free port, for benchmarks, tests and pictures of the pages."""

import asyncio
import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.example_study import SLUG

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 300


@dataclass(frozen=True)
class RunningApp:
    """Hold the address of a running app and the number of its process."""

    url: str
    pid: int

    def processes(self) -> list[int]:
        """Return the number of the app's process and those of all its descendants. Linux only."""
        parents = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # the process has ended meanwhile
                continue
        found = {self.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return sorted(found)

    def processor_seconds(self) -> float:
        """Return the time of the processor that these processes have used. Linux only."""
        return sum(map(_processor_seconds, self.processes()))

    def memory(self) -> float:
        """Return the memory in MB that these processes do not share with others. Linux only."""
        return sum(map(_private_megabytes, self.processes()))

    def memory_with_files(self) -> float:
        """Return the memory in MB with the pages of program files, each divided by its users. Linux only."""
        return sum(map(_proportional_megabytes, self.processes()))


@contextmanager
def started(data: Path, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the app with its own data folder and SQLite database; `settings` are environment variables."""
    own = {"HOST": "127.0.0.1", "PORT": str(free_port()), "DATA_DIR": str(data)}
    environment = {**os.environ, **own, **settings}
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def running_app(data: Path, **settings: str) -> Iterator[RunningApp]:
    """Start the app as `started` does, and wait until it answers."""
    _give_example_study(data)
    port = settings.get("PORT") or str(free_port())
    with started(data, **{**settings, "PORT": port}) as process:
        url = f"http://127.0.0.1:{port}"
        wait_until_up(url, process)
        wait_for_study(url, process)
        _keep_example_study(data)
        yield RunningApp(url, process.pid)


_example_study = Path(tempfile.gettempdir()) / f"harmonylab-first-look-{os.getpid()}"


def _keep_example_study(data: Path) -> None:
    """Keep the example study that the first app of this process has made: it takes many seconds."""
    made = data / "studies" / SLUG
    if made.is_dir() and not _example_study.exists():
        shutil.copytree(made, _example_study)
        atexit.register(shutil.rmtree, _example_study, ignore_errors=True)


def _give_example_study(data: Path) -> None:
    """Give the kept example study to an app that would make it."""
    if _example_study.exists() and not (data / "studies").exists() and not any(data.glob("*.db")):
        shutil.copytree(_example_study, data / "studies" / SLUG)


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_up(url: str, process: subprocess.Popen[bytes], pause: float = 0.5) -> None:
    """Wait until the app answers. Exit with a message where it ends before, or takes START_SECONDS.

    pause: seconds between two requests.
    """
    _wait_for(lambda: _answers(url), process, pause)


def wait_for_study(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the app has made the example study; exit as `wait_until_up` does."""
    _wait_for(lambda: _has_study(url), process, 0.5)


def _wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes], pause: float) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if condition():
            return
        time.sleep(pause)
    sys.exit("The server did not start; its messages are above.")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _has_study(url: str) -> bool:
    """Return True once the example study, which is made at the first start, is there."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:
            found = json.load(answer)
    except urllib.error.HTTPError as error:  # not ready
        found = json.load(error)
    except OSError:  # no answer yet
        return False
    return bool(found["checks"]["example_study"]["ok"])


async def watch_memory(app: RunningApp, peaks: list[float]) -> None:
    """Append the memory of the app in MB to a list, twenty times a second, until cancelled."""
    while True:
        peaks.append(await asyncio.to_thread(app.memory))
        await asyncio.sleep(0.05)


def _private_megabytes(pid: int) -> float:
    return _megabytes(Path(f"/proc/{pid}/status"), "RssAnon:")


def _proportional_megabytes(pid: int) -> float:
    return _megabytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _processor_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(file: Path, name: str) -> float:
    """Return a number of kB from a file of /proc, 0 where the process has ended."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(name)) / 1e3
