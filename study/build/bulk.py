"""Make the items of a study on an engine: in this process, in several, on a Ray cluster.

The files of an item are put into a small folder of the same form, wherever the work is done. Finished items
are kept beside the study until it is complete, so that a build that was ended goes on from them.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from model.bulk.memory import memory_of_files
from model.bulk.progress import Progress
from model.bulk.run import Engine, run_all
from model.bulk.software import fingerprint
from model.bulk.tasks import Files, Task
from model.evaluation.precomputed import ABOUT, results_folder
from model.methods import Method, available_methods, resolve_name
from study.atomic_files import write_file
from study.build.contexts import FOLDERS, PROMPTS
from study.build.material import Material, image_files, pictures_by_name
from study.build.sources import open_sources
from study.collect.stimuli import Rendered, render_item
from study.config.config import StudyConfig
from study.records import BadStudy

PARTS = ("composite", "mask", "background", *FOLDERS.values())
RESULTS = "results"
RESULT_COPIES = 0.2  # memory of a finished picture, as a share of that of harmonizing it


@dataclass(frozen=True)
class FinishedItems:
    """Keep finished items as files of a folder, each with a key of what it was made from."""

    folder: Path

    @classmethod
    def beside(cls, out: Path) -> "FinishedItems":
        """Return those of a study that will be in the folder `out`."""
        return cls(out.with_name(f".{out.name}.finished"))

    def find(self, task: Task[str], key: str) -> Rendered | None:
        """Return the item of a task if it is finished and its files are unchanged."""
        try:
            head, _, body = self._path(task.item).read_bytes().partition(b"\n")
            found, entry, lengths = json.loads(head)
            if found != content_key(key, task.files) or len(body) != sum(lengths):
                return None
        except (OSError, ValueError):  # there is none, or it is damaged
            return None
        contents, begin = [], 0
        for length in lengths:
            contents.append(body[begin : begin + length])
            begin += length
        return Rendered(entry, contents)

    def add(self, name: str, key: str, item: Rendered) -> None:
        """Keep an item."""
        self.folder.mkdir(parents=True, exist_ok=True)
        head = json.dumps([key, item.entry, [len(content) for content in item.contents]])
        write_file(self._path(name), head.encode() + b"\n" + b"".join(item.contents))

    def remove(self) -> None:
        """Remove all of them."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self.folder / hashlib.sha256(name.encode()).hexdigest()[:32]


def rendered_items(
    material: Material,
    config: StudyConfig,
    names: list[str],
    finished: FinishedItems,
    engine: Engine,
    report: Callable[[str], None],
) -> Generator[Rendered]:
    """Yield all items as they are finished; `report` gets a line of progress for each that is made.

    Raises BadStudy for the first item that cannot be made, and BadEngine.
    """
    progress, tasks = Progress(len(names)), []
    key = f"{fingerprint()} {config.sha256}"
    for task in item_tasks(material, config, names):
        item = finished.find(task, key)
        if item is None:
            tasks.append(task)
        else:
            progress.passed()
            yield item
    diffusion = any(method.tier == 3 for method in _methods(config))
    for done in run_all(tasks, partial(make_item, config, key), engine, one_each=diffusion):
        if done.result is None:
            raise BadStudy(f"{done.task.item}: {done.fault}")
        content, item = done.result
        finished.add(done.task.item, content, item)
        report(progress.line(done.task.item))
        yield item


def make_item(
    config: StudyConfig, key: str, name: str, files: Files, _out: Path | None
) -> tuple[str, Rendered]:
    """Render one item from its files; return its content key and itself. Raises ValueError and OSError."""
    content = content_key(key, files)
    alone = {"items": [name], "practice": [], "gold": None, "practice_pairs": None}
    stimuli = config.stimuli.model_copy(update=alone)
    with _small_folder(files) as folder:
        material = Material(folder, folder / RESULTS if (folder / RESULTS).is_dir() else None)
        sources = open_sources(material, config.model_copy(update={"stimuli": stimuli}), None)
        item = render_item(name, config, replace(sources, items={name: sources.items[name]}))
    return content, item


def content_key(key: str, files: Files) -> str:
    """Return a text that changes when the key, or the name or content of a file, changes. Raises OSError."""
    content = hashlib.sha256(key.encode())
    for part, path in files.items():
        content.update(part.encode() + hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()


def item_tasks(material: Material, config: StudyConfig, names: list[str]) -> Iterator[Task[str]]:
    """Yield a task for each item, with all files that it is made from, by their place in a small folder."""
    composites = config.stimuli.kind == "composites"
    folders = {part: pictures_by_name(material.pictures / part) for part in PARTS}
    folders |= _results(material, config)
    tables = {PROMPTS: material.pictures / PROMPTS}
    if material.results:
        tables[f"{RESULTS}/{ABOUT}"] = material.results / ABOUT
    tables = {place: path for place, path in tables.items() if path.is_file()}
    known = available_methods()
    copies = [
        known[name].copies for method in config.stimuli.methods if (name := resolve_name(method)) in known
    ]
    times = max(copies, default=1.0) + RESULT_COPIES * len(config.stimuli.methods)
    for name in names:
        files = {
            f"{part}/{found[name][0].name}": found[name][0]
            for part, found in folders.items()
            if name in found
        }
        pictures = [path for place, path in files.items() if place.startswith(("composite/", "mask/"))]
        memory = memory_of_files(pictures, times) if composites else memory_of_files(files.values())
        yield Task(name, files | tables, memory=memory)


def _methods(config: StudyConfig) -> list[Method]:
    """Return the methods of the configuration that this software knows."""
    known = available_methods()
    names = map(resolve_name, config.stimuli.methods)
    return [known[name] for name in names if name in known]


def _results(material: Material, config: StudyConfig) -> dict[str, dict[str, list[Path]]]:
    """Return the precomputed pictures by the place of their folder, then by name."""
    if config.stimuli.kind == "images":
        return {f"{RESULTS}/{name}": found for name, found in image_files(material, config).items()}
    if material.results is None:
        return {}
    folders = (results_folder(material.results, name) for name in config.stimuli.methods)
    return {f"{RESULTS}/{one.name}": pictures_by_name(one) for one in folders if one is not None}


@contextmanager
def _small_folder(files: Mapping[str, Path]) -> Iterator[Path]:
    """Yield a folder with links to files at their places, or with copies where there are no links."""
    with TemporaryDirectory() as folder:
        for place, path in files.items():
            target = Path(folder) / place
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                target.symlink_to(path.resolve())
            except OSError:
                shutil.copy(path, target)
        yield Path(folder)
