"""Do tasks on a Ray cluster whose computers share no disk: files travel as bytes.

Nothing of this software is sent: every computer of the cluster needs the same version, which is checked.
"""

import logging
import os
import pickle
import socket
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

from model.bulk.one_thread import one_thread
from model.bulk.software import fingerprint
from model.bulk.tasks import Answer, BadEngine, Files, Task, Work, attempt, reason
from model.images.files import write_atomic

if TYPE_CHECKING:
    from ray import ObjectRef

Contents: TypeAlias = dict[str, tuple[str, bytes]]
"""Hold files as name and bytes, by the names that the work uses."""

SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is reported to the makers of Ray
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
SECONDS_TO_CONNECT = 10.0
AHEAD = 2  # tasks for each core of the cluster that are at work or wait there
ANOTHER_VERSION = (
    "another version of this software or of its libraries is on a computer of the Ray cluster. "
    "Please install the same version on all of them."
)


class OnRay:
    """Start tasks on a cluster. address: see `Engine`. most: limit of tasks there; None = by its cores."""

    def __init__(self, work: Work[Any, Any], address: str, most: int | None, one_each: bool) -> None:
        ray = _connected(address)
        resources = ray.cluster_resources()
        gpu = one_each and bool(resources.get("GPU"))
        self._ray = ray
        self._most = most or max(1, int(AHEAD * resources.get("CPU", 1)))
        # A task that asks for more than the largest computer has would never be started.
        self._largest = max(node["Resources"].get("memory", 0) for node in ray.nodes() if node["Alive"])
        # A task that dies is done again by `run_all`, when it is alone.
        self._remote = ray.remote(num_cpus=1, num_gpus=int(gpu), max_retries=0)(_carry_out)
        self._work = ray.put((pickle.dumps(work), fingerprint()))
        self._running: dict[ObjectRef[Any], tuple[int, Path | None]] = {}
        self._unread: list[Answer] = []

    def fits(self, task: Task[Any]) -> bool:  # noqa: ARG002
        """Return True if the cluster has few tasks; it starts them when a computer has the memory."""
        return len(self._running) < self._most

    def start(self, number: int, task: Task[Any]) -> None:
        """Send the files of a task to the cluster."""
        try:
            files = {part: (path.name, path.read_bytes()) for part, path in task.files.items()}
        except OSError as error:
            self._unread.append(Answer(number, fault=reason(error)))
            return
        remote = self._remote.options(memory=min(task.memory, self._largest))
        name = None if task.out is None else task.out.name
        self._running[remote.remote(self._work, task.item, files, name)] = number, task.out

    def wait(self) -> list[Answer]:
        """Wait for answers, and write the files that came with them."""
        if self._unread:
            answers, self._unread = self._unread, []
            return answers
        ready, _ = self._ray.wait(list(self._running))
        return [self._answer(reference) for reference in ready]

    def _answer(self, reference: "ObjectRef[Any]") -> Answer:
        number, out = self._running.pop(reference)
        try:
            result, fault, written = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError:  # an error of the software, not of the cluster
            raise
        except self._ray.exceptions.RayError:
            return Answer(number, died=True)
        if out is not None and not fault:
            try:
                write_atomic(out, written)
            except OSError as error:
                return Answer(number, fault=reason(error))
        return Answer(number, result, fault)

    def close(self) -> None:
        """Cancel what still runs, and leave the cluster; one that was started here ends."""
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        self._ray.shutdown()


def _connected(address: str) -> Any:
    """Connect to the cluster, and return the package. Raises BadEngine."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError:
        raise BadEngine("Ray is not installed: pip install -r requirements-ray.txt") from None
    try:
        _check_port(address)
        with one_thread():
            ray.init(
                address or None, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR
            )
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        message = " ".join(str(error).split())
        raise BadEngine(f"There is no Ray cluster at {address or 'this computer'}: {message}") from None
    return ray


def _check_port(address: str) -> None:
    """Raise OSError at once where nothing listens at HOST:PORT; Ray would try for many minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), SECONDS_TO_CONNECT).close()


def _carry_out(
    sent: tuple[bytes, str], item: Any, contents: Contents, out: str | None
) -> tuple[Any, str, bytes]:
    """Do a task on a computer of the cluster; return its result, its fault, and the file that it wrote."""
    work, version = sent
    if version != fingerprint():
        return None, ANOTHER_VERSION, b""
    with TemporaryDirectory() as folder, one_thread():
        files = {}
        for number, (part, (name, content)) in enumerate(contents.items()):
            files[part] = Path(folder) / str(number) / name  # two files may have one name
            files[part].parent.mkdir()
            files[part].write_bytes(content)
        target = None if out is None else Path(folder) / out
        result, fault = attempt(partial(_unpickle_and_do, work), Task(item, files, target))
        return result, fault, target.read_bytes() if target is not None and not fault else b""


def _unpickle_and_do(work: bytes, item: Any, files: Files, out: Path | None) -> Any:
    return _unpickled(work)(item, files, out)


@cache
def _unpickled(work: bytes) -> Work[Any, Any]:
    """Return the work of a driver, which loads what it needs once in each process."""
    unpickled: Work[Any, Any] = pickle.loads(work)
    return unpickled
