"""Name the folders that a study is made from, and read single pictures of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from model import BadImage, Composite
from model.evaluation.precomputed import BadResults, is_result
from model.images.composite_folder import BadFolder, CompositeFolder
from model.methods import UnknownMethod
from study.config.config import StudyConfig
from study.records import BadStudy


@dataclass(frozen=True)
class Material:
    """Hold the folders that a study is made from.

    pictures: holds composite/ and mask/. results: holds METHOD/ with one picture for each composite, for
    methods that ran elsewhere. gold: holds better/ and worse/, pictures with a known answer.
    """

    pictures: Path
    results: Path | None = None
    gold: Path | None = None


@dataclass(frozen=True, eq=False)
class Subject:
    """Hold what a method is applied to: a composite, and the name of its precomputed results."""

    name: str
    composite: Composite


class Subjects(Mapping[str, Subject]):
    """Map the names of chosen composites to them; each is read from its folder on access."""

    def __init__(self, composites: CompositeFolder, chosen: list[str]) -> None:
        self._composites, self._chosen = composites, chosen

    def __getitem__(self, name: str) -> Subject:
        return Subject(name, self._composites[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._chosen)

    def __len__(self) -> int:
        return len(self._chosen)


def chosen_items(config: StudyConfig, names: list[str]) -> list[str]:
    """Return the names of the items, those for practice last. Raises BadStudy for one that is missing."""
    chosen = config.stimuli.items or [name for name in names if name not in config.stimuli.practice]
    chosen = [*chosen, *config.stimuli.practice]
    missing = [name for name in chosen if name not in names]
    if missing:
        raise BadStudy(
            f"There is no composite called {missing[0]!r}, which stimuli.items or .practice names."
        )
    return chosen


def gold_files(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Return the pictures of equal names in better/ and worse/, by name. Raises BadStudy."""
    sides = [_pictures(folder / side) for side in ("better", "worse")]
    if not sides[0] or sides[0].keys() != sides[1].keys():
        raise BadStudy(f"{folder.name} should hold pictures of equal names in better/ and worse/.")
    return {name: (path, sides[1][name]) for name, path in sides[0].items()}


def _pictures(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    return {path.stem: path for path in sorted(folder.iterdir()) if is_result(path)}


@contextmanager
def errors_of_model() -> Iterator[None]:
    """Raise the errors of pictures, folders, results and methods as BadStudy, with the same message."""
    try:
        yield
    except (BadImage, BadFolder, BadResults, UnknownMethod) as error:
        raise BadStudy(str(error)) from None
