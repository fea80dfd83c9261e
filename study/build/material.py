"""Name the folders that a study is made from, and read single pictures of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from model import BadImage, Composite
from model.bulk.tasks import BadEngine
from model.evaluation.precomputed import BadResults, is_result
from model.images.composite_folder import BadFolder, CompositeFolder, plain_name
from model.methods import UnknownMethod
from study.config.config import StudyConfig
from study.records import BadStudy

KNOWN = ("gold", "practice")  # kinds of pairs with a known answer


@dataclass(frozen=True)
class Material:
    """Hold the folders that a study is made from.

    pictures: holds composite/ and mask/. results: holds METHOD/ with one picture for each composite, for
    methods that ran elsewhere; of studies of images it holds all methods, and there are no composites.
    gold: holds better/ and worse/, pictures with a known answer, and may hold reference/ and mask/, which are
    shown with them; practice holds the same for practice with feedback. Beside composite/, pictures may hold
    what is shown with each pair: reference/, and for images inputs/ and prompts.csv.
    """

    pictures: Path
    results: Path | None = None
    gold: Path | None = None
    practice: Path | None = None


@dataclass(frozen=True, eq=False)
class Subject:
    """Hold what a method is applied to, and the name of its precomputed results.

    composite: None in a study of images, whose methods are all precomputed.
    """

    name: str
    composite: Composite | None = None

    @property
    def of_composite(self) -> Composite:
        """Return the composite. Raises ValueError in a study of images."""
        if self.composite is None:
            raise ValueError(f"{self.name} has no composite")
        return self.composite


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
    kind = "composite" if config.stimuli.kind == "composites" else "picture"
    chosen = config.stimuli.items or [name for name in names if name not in config.stimuli.practice]
    chosen = [*chosen, *config.stimuli.practice]
    missing = [name for name in chosen if name not in names]
    if missing:
        raise BadStudy(f"There is no {kind} called {missing[0]!r}, which stimuli.items or .practice names.")
    return chosen


def image_files(material: Material, config: StudyConfig) -> dict[str, dict[str, list[Path]]]:
    """Return the pictures of a study of images: method → name → its files, of which there should be one."""
    folder = material.results or material.pictures / "results"
    return {name: pictures_by_name(folder / name) for name in config.stimuli.methods}


def pictures_by_name(folder: Path) -> dict[str, list[Path]]:
    """Return the pictures of a folder by normalized name; empty where there is no folder."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if is_result(path):
            found.setdefault(plain_name(path.stem), []).append(path)
    return found


def known_pairs(material: Material, config: StudyConfig) -> dict[str, Path]:
    """Return the folders of pairs with a known answer that a configuration uses, by their kind."""
    stimuli = config.stimuli
    used = {"gold": stimuli.gold and material.gold, "practice": stimuli.practice_pairs and material.practice}
    return {kind: folder for kind, folder in used.items() if folder}


def beside_pairs(folder: Path, part: str = "reference") -> dict[str, Path]:
    """Return the pictures in `part`, which are shown with pairs with a known answer, by name."""
    return {name: paths[0] for name, paths in pictures_by_name(folder / part).items()}


def pair_files(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Return the pictures of equal names in better/ and worse/, by name. Raises BadStudy."""
    better, worse = (pictures_by_name(folder / side) for side in ("better", "worse"))
    if not better or better.keys() != worse.keys():
        raise BadStudy(f"{folder.name} should hold pictures of equal names in better/ and worse/.")
    return {name: (paths[0], worse[name][0]) for name, paths in better.items()}


@contextmanager
def errors_of_model() -> Iterator[None]:
    """Raise the errors of pictures, folders, results, methods and engines as BadStudy, in their words."""
    try:
        yield
    except (BadImage, BadFolder, BadResults, UnknownMethod, BadEngine) as error:
        raise BadStudy(str(error)) from None
