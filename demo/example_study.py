"""Build a small study of the example pictures, so that /study works from the first start on."""

import logging
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
from study.records import BadStudy

LOGGER = logging.getLogger(__name__)
SLUG = "first-look"
METHODS = ("composite", "mean_gain", "reinhard", "mkl", "hist_match", "harmonylab")


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
