"""Build a small study of the example pictures, so that /study works soon after the first start.

    python -m demo.example_study FOLDER

builds it in a process of its own: the server neither waits for it nor keeps what it loads.
"""

import asyncio
import logging
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from demo.examples import EXAMPLES
from model import Composite
from model.methods import available_methods
from study.collect.manifest import MANIFEST
from study.collect.registration import follow_folder, register_first
from study.collect.stimuli import StudySources, build_study
from study.collect.stimulus_files import missing_folder
from study.config.config import config_from_options
from study.database.store import Store
from study.records import BadStudy, Unavailable

LOGGER = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent
NICENESS = 5
FAILED = "The example study could not be made: %s"
SLUG = "first-look"
METHODS = ("composite", "mean_gain", "reinhard", "mkl", "hist_match", "harmonylab")


@dataclass
class ExampleStudy:
    """Make the example study while the server runs; `ready` is True once the database has a study."""

    store: Store
    data_dir: Path
    ready: bool = field(default=False)

    def __post_init__(self) -> None:
        """Note that there is a study already, and where its pictures are."""
        if self.store.has_studies():
            ensure_example_study(self.store, self.data_dir)
            self.ready = True

    async def make(self) -> None:
        """Build and register the study where the database has none; a failure is logged."""
        if self.ready:
            return
        try:
            await _build_in_a_process(self.data_dir / "studies" / SLUG)
            await asyncio.to_thread(ensure_example_study, self.store, self.data_dir)
        except (BadStudy, OSError, Unavailable) as error:
            LOGGER.error(FAILED, error)
        self.ready = True


async def _build_in_a_process(folder: Path) -> None:
    """Build the study in a process of low priority, which ends with the server."""
    if (folder / MANIFEST).is_file():
        return
    paths = filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo.example_study", str(folder),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def ensure_example_study(store: Store, data_dir: Path) -> None:
    """Build the example study and register it where the database has no study.

    A database with a study is not changed, whatever this data folder contains: only `python -m study build`
    adds versions. A warning is logged for each study in which people take part whose pictures are not on
    this machine.
    """
    folder = data_dir / "studies" / SLUG
    if not store.has_studies():
        register_first(store, _built(folder))
    elif (folder / MANIFEST).is_file():
        follow_folder(store, folder)  # the data folder may have been moved
    for slug, version in store.running_versions():
        missing = missing_folder(store, slug, version)
        if missing:
            LOGGER.warning("%s", missing)


def _built(folder: Path) -> Path:
    """Return the folder of the study; build it where it is missing."""
    try:
        if not (folder / MANIFEST).is_file():
            _build(folder)
    except (BadStudy, OSError):
        if not (
            folder / MANIFEST
        ).is_file():  # otherwise another server that started at the same time has built it
            raise
    return folder


def _build(folder: Path) -> None:
    methods = {name: method for name, method in available_methods().items() if name in METHODS}
    keys = [name for name, method in methods.items() if method.available]
    config = config_from_options(keys, {"slug": SLUG, "title": "First look"})
    sources = StudySources(
        items={e.name: Composite.from_files(e.composite, e.mask) for e in EXAMPLES},
        methods={name: methods[name].run for name in keys},
        titles={name: methods[name].title for name in keys},
    )
    build_study(folder, config, sources, freeze=False)


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    _built(Path(sys.argv[1]))
