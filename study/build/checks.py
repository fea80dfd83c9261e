"""Check every file that a study is made from before anything is made."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from model import BadImage, Composite
from model.bulk.memory import memory_of_files
from model.bulk.run import HERE, Engine, run_all
from model.bulk.tasks import Files, Task
from model.evaluation.precomputed import BadResults, Finding, results_folder
from model.evaluation.precomputed_check import check_results
from model.images.composite_folder import CompositeFolder
from model.images.files import read_matte, read_picture
from model.methods import available_methods, resolve_name
from study.build.contexts import check_contexts
from study.build.image_checks import check_images
from study.build.material import (
    Material,
    beside_pairs,
    chosen_items,
    known_pairs,
    pair_files,
    pictures_by_name,
)
from study.build.sources import check_names
from study.config.config import StudyConfig
from study.records import BadStudy

Seen = Callable[[str], None]
"""Take the name of a composite before it is read."""


class BadMaterial(BadStudy):
    """Refuse files that no study can be made from; `findings` are the faults by file."""

    def __init__(self, findings: list[Finding]) -> None:
        errors = [str(finding) for finding in findings if finding.level == "error"]
        number = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        super().__init__("\n".join([*errors, f"Nothing was built: {number}."]))
        self.findings = findings


class Readable(Mapping[str, Composite]):
    """Map the names of some composites to them, and call `seen` before each is read."""

    def __init__(self, composites: CompositeFolder, names: list[str], seen: Seen) -> None:
        self._composites, self._names, self._seen = composites, names, seen

    def __getitem__(self, name: str) -> Composite:
        self._seen(name)
        return self._composites[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def check_material(
    material: Material, config: StudyConfig, seen: Seen = lambda _: None, engine: Engine = HERE
) -> list[Finding]:
    """Return the faults of all files that a study is made from; with an error, it cannot be made.

    engine: where composites are decoded; what is precomputed is checked here.
    """
    if config.stimuli.kind == "images":
        return [*check_images(material, config, seen), *_check_known(material, config)]
    findings = [*_check_methods(material, config), *_check_known(material, config)]
    files = [*_check_files(material.pictures)]
    if files:
        return [*files, *findings]
    composites = CompositeFolder(material.pictures)
    try:
        chosen = chosen_items(config, list(composites))
    except BadStudy as error:
        return [*findings, _error("composite", str(error))]
    unreadable = _unreadable(material.pictures, chosen, engine)
    readable = [name for name in chosen if name not in unreadable]
    findings += check_contexts(material, config, chosen)
    findings += [_error(f"composite/{name}", fault) for name, fault in unreadable.items()]
    return findings + _check_results(material, config, Readable(composites, readable, seen))


def _error(file: str, message: str) -> Finding:
    return Finding("error", file, message)


def _check_methods(material: Material, config: StudyConfig) -> Iterator[Finding]:
    """Report methods that are unknown, named twice, or can neither run here nor have results."""
    try:
        check_names(config.stimuli.methods)
    except BadStudy as error:
        yield _error("methods", str(error))
    known = available_methods()
    for name in config.stimuli.methods:
        method = known.get(resolve_name(name))
        if material.results and results_folder(material.results, name):
            continue
        if method is None:
            yield _error(name, "there is neither a method of this name nor a folder of its results.")
        elif not method.available:
            yield _error(name, f"it cannot run here: {method.reason}. Please add a folder of its results.")


def _check_files(folder: Path) -> Iterator[Finding]:
    """Report composites without a mask, and names that two files have."""
    files = {part: pictures_by_name(folder / part) for part in ("composite", "mask")}
    if not files["composite"]:
        yield _error("composite", f"{folder.name} has no pictures in composite/.")
    for part, found in files.items():
        for paths in found.values():
            if len(paths) > 1:
                names = " and ".join(path.name for path in paths)
                yield _error(f"{part}/{paths[0].name}", f"{names} have one name. Please keep one of them.")
    for name, paths in files["composite"].items():
        if name not in files["mask"]:
            message = f"There is no mask for {name}. Please put one into mask/ under the same name."
            yield _error(f"composite/{paths[0].name}", message)


def _unreadable(folder: Path, names: list[str], engine: Engine) -> dict[str, str]:
    """Return why composites cannot be used, by name in the order of `names`."""
    files = {part: pictures_by_name(folder / part) for part in ("composite", "mask", "background")}
    tasks = []
    for name in names:
        own = {part: found[name][-1] for part, found in files.items() if name in found}
        tasks.append(Task(name, own, memory=memory_of_files([own["composite"], own["mask"]])))
    done = {one.task.item: one.fault for one in run_all(tasks, read_composite, engine)}
    return {name: done[name] for name in names if done[name]}


def read_composite(_name: str, files: Files, _out: Path | None) -> None:
    """Read one composite. Raises BadImage where it cannot be used."""
    Composite.from_files(files["composite"], files["mask"], files.get("background"))


def _check_results(
    material: Material, config: StudyConfig, composites: Mapping[str, Composite]
) -> list[Finding]:
    folder = material.results
    if folder is None:
        return []
    names = [name for name in config.stimuli.methods if results_folder(folder, name)]
    try:
        return check_results(folder, names, composites)
    except BadResults as error:
        return [_error(folder.name, str(error))]


def _check_known(material: Material, config: StudyConfig) -> Iterator[Finding]:
    for folder in known_pairs(material, config).values():
        yield from _check_pairs(folder)


def _check_pairs(folder: Path) -> Iterator[Finding]:
    """Report pairs with a known answer that are incomplete, unreadable or of different sizes."""
    try:
        pairs = pair_files(folder)
    except BadStudy as error:
        yield _error(folder.name, str(error))
        return
    masks = beside_pairs(folder, "mask")
    for name, (better, worse) in pairs.items():
        try:
            sizes = {read_picture(path).size for path in (better, worse)}
        except BadImage as error:
            yield _error(folder.name, str(error))
            continue
        if len(sizes) > 1:
            yield _error(f"{folder.name}/worse/{worse.name}", "it should have the size of its pair.")
        elif name in masks:
            yield from _check_mask(masks[name], next(iter(sizes)))


def _check_mask(path: Path, size: tuple[int, int]) -> Iterator[Finding]:
    try:
        read_matte(path, size)
    except BadImage as error:
        yield _error(f"{path.parent.parent.name}/mask/{path.name}", str(error))
