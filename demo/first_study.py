"""A small study of the example pictures, so that /study works from the first start on."""

from pathlib import Path

from demo.examples import EXAMPLES
from model import Composite
from model.methods import available_methods
from study.stimuli import build_study, register
from study.store import Store

SLUG = "first-look"
METHODS = ("composite", "mean_gain", "reinhard", "mkl", "hist_match", "pih")


def ensure_first_study(store: Store, data_dir: Path) -> None:
    """Where there is no study at all, build this one and put it into the database."""
    if store.current_study() not in (None, SLUG):
        return
    folder = data_dir / "studies" / SLUG
    if not (folder / "study.json").is_file():
        methods = {name: method for name, method in available_methods().items() if name in METHODS}
        build_study(
            folder,
            slug=SLUG,
            title="First look",
            question="In which picture does the pasted object look more natural?",
            items={e.name: Composite.from_files(e.composite, e.mask) for e in EXAMPLES},
            methods={name: method.run for name, method in methods.items() if method.available},
            titles={name: method.title for name, method in methods.items()},
        )
    register(store, folder)
