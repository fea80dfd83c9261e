"""A small study of the example pictures, so that /study works from the first start on."""

import logging
from pathlib import Path

from demo.examples import EXAMPLES
from model import Composite
from model.methods import available_methods
from study.collect.config import config_from_options
from study.collect.manifest import MANIFEST
from study.collect.registration import follow_folder, register_first
from study.collect.stimuli import StudySources, build_study
from study.collect.stimulus_files import missing_folder
from study.database.store import Store
from study.records import BadStudy

LOGGER = logging.getLogger(__name__)
SLUG = "first-look"
METHODS = ("composite", "mean_gain", "reinhard", "mkl", "hist_match", "harmonylab")


def ensure_first_study(store: Store, data_dir: Path) -> None:
    """Where there is no study at all, build this one and put it into the database.

    A database with a study is left as it is, whatever is in this data folder: only `python -m study build`
    adds versions. Logs it if the pictures of the newest study are not on this machine.
    """
    folder = data_dir / "studies" / SLUG
    if store.current_study() is None:
        register_first(store, _built(folder))
    elif (folder / MANIFEST).is_file():
        follow_folder(store, folder)  # the data folder may have been moved
    newest = store.current_study()
    missing = missing_folder(store, newest) if newest else ""
    if missing:
        LOGGER.warning("%s", missing)


def _built(folder: Path) -> Path:
    """Return the folder of the study, built unless it is there."""
    try:
        if not (folder / MANIFEST).is_file():
            _build(folder)
    except (BadStudy, OSError):
        if not (folder / MANIFEST).is_file():  # else a server that started beside this one was faster
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
