"""Check database, disk, queue of the pages and files, all of which the server needs."""

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from demo.api.health import Check, Finding
from study.database.store import Store

LOGGER = logging.getLogger(__name__)
MEGABYTE = 1024 * 1024
FILES_EVERY_SECONDS = 60.0


def database(store: Store) -> Check:
    """Check the database with a transaction that writes without a change."""

    def run() -> Finding:
        health = store.test_writing()
        return Finding(health.reason is None, health.message)

    return Check("database", run)


def disk(name: str, folder: Path, least_megabytes: int) -> Check:
    """Check that files can be written into a folder and that its disk has free space."""

    def run() -> Finding:
        try:
            free = shutil.disk_usage(folder).free // MEGABYTE
            with tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(b"0" * 4096)
                probe.flush()
        except OSError:
            return Finding(False, "Nothing can be written: the disk is full, read-only or not there.")
        if free < least_megabytes:
            return Finding(False, f"Only {free} MB are free: {least_megabytes} MB are needed.")
        return Finding(True, f"{free} MB are free.")

    return Check(name, run)


def queue(alive: Callable[[], bool]) -> Check:
    """Check that the handlers of the pages are called."""

    def run() -> Finding:
        if alive():
            return Finding(True, "The pages' handlers are called.")
        return Finding(False, "The queue of the pages has stopped: please restart the server.")

    return Check("queue", run)


def render_workers(problems: Callable[[], list[str]]) -> Check:
    """Check that pictures can be processed; the reason why a worker does not start is logged."""

    def run() -> Finding:
        found = problems()
        for reason in found:
            LOGGER.warning("Pictures cannot be processed: %s", reason)
        if found:
            return Finding(False, "Pictures cannot be processed. The log states the reason.")
        return Finding(True, "Pictures can be processed.")

    return Check("render_workers", run)


def example_study(ready: Callable[[], bool]) -> Check:
    """Check that a server without a study has made the example study, which takes seconds once."""

    def run() -> Finding:
        if ready():
            return Finding(True, "There is a study.")
        return Finding(False, "The example study is being made.")

    return Check("example_study", run)


def pictures(wrong: Callable[[], list[str]]) -> Check:
    """Check the study's pictures by hash; their names are logged, and not shown to visitors."""

    def run() -> Finding:
        found = wrong()
        for reason in found:
            LOGGER.warning("%s", reason)
        if found:
            return Finding(False, "Pictures of the study are missing or were changed. The log lists them.")
        return Finding(True, "The study's pictures are those that were built.")

    return Check("study_pictures", run)


def weights(path: Path, sha256: str) -> Check:
    """Check that the file of the network is the one that was loaded."""

    def run() -> Finding:
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            return Finding(False, "The weights of the network cannot be read.")
        if found != sha256:
            return Finding(False, "The weights of the network were changed: please restart the server.")
        return Finding(True, "The weights of the network are those that were loaded.")

    return Check("weights", run)


@dataclass
class Background:
    """Repeat a slow check in a thread, and return its last result at once."""

    check: Check
    every: float = FILES_EVERY_SECONDS
    _stop: Event = field(default_factory=Event)
    _last: Finding | Exception | None = None

    def start(self) -> None:
        """Start the thread; as a daemon it does not delay the end of the server."""
        Thread(target=self._work, name=f"background-{self.check.name}", daemon=True).start()

    def stop(self) -> None:
        """Stop after the run in progress."""
        self._stop.set()

    @property
    def latest(self) -> Check:
        """Return a check that returns the last result at once."""
        return Check(self.check.name, self._answer)

    def _answer(self) -> Finding:
        if isinstance(self._last, Exception):
            raise self._last
        return self._last or Finding(False, "The first check has not finished.")

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self._last = self.check.run()
            except Exception as error:  # noqa: BLE001 - raised again by the check that returns the result
                self._last = error
            self._stop.wait(self.every)
