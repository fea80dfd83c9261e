"""A small real study for tests: coloured pictures instead of photographs, real files, a real database."""

from pathlib import Path
from typing import Any

import numpy as np

from study.stimuli import build_study, register
from study.store import Store

METHODS = ("composite", "alpha", "beta", "gamma")


def flat(level: int) -> Any:
    """A method that paints the whole picture in one grey."""
    return lambda picture: np.full_like(picture, level)


def small_study(
    folder: Path, *, slug: str = "small", votes: int = 12, items: int = 3, **options: Any
) -> Path:
    """Four methods on a few pictures of different sizes."""
    pictures = {f"scene{i}": np.zeros((40 + i, 60, 3), np.uint8) for i in range(items)}
    methods = {name: flat(40 * i) for i, name in enumerate(METHODS)}
    return build_study(
        folder,
        slug=slug,
        title="Small study",
        question="Which is more natural?",
        items=pictures,
        methods=methods,
        votes_per_participant=votes,
        **options,
    )


def open_store(folder: Path, url: str | None = None, **options: Any) -> Store:
    """A SQLite file, or the database at `url`, with the small study in it."""
    store = Store.open(url or f"sqlite:///{folder / 'votes.db'}")
    register(store, small_study(folder / "small", **options))
    return store
