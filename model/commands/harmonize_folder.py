"""Harmonize all pictures of a folder; a command that was stopped goes on where it ended."""

import hashlib
import json
import sys
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from model.bulk.memory import memory_of_files
from model.bulk.progress import Progress
from model.bulk.run import Engine, run_all
from model.bulk.tasks import Files, Task
from model.commands.recipe import Recipe
from model.edit.render import warm_up
from model.edit.results import write_result
from model.images.arrays import BadImage
from model.images.composite import Composite
from model.images.pairs import PicturePair, pair_files

FINISHED = "finished.jsonl"
SOME_FAILED, STOPPED = 1, 130
MANY = 50  # pictures from which loading the compiled renderer takes less time than it saves


@dataclass
class FinishedFiles:
    """Hold what is finished, in a file with a line for each result: name, key and size of the file.

    A line is added after the result was written, so a command that is ended at any time leaves no wrong one.
    """

    path: Path
    known: dict[str, tuple[str, int]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> "FinishedFiles":
        """Read the file of a folder, if there is one; lines that are damaged do not count."""
        path = folder / FINISHED
        known = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
            try:
                name, key, size = json.loads(line)
            except (ValueError, TypeError):
                continue
            known[str(name)] = str(key), int(size)
        return cls(path, known)

    def covers(self, task: Task[str], key: str) -> bool:
        """Return True if the result was made from these files by this recipe, and is still there."""
        found = None if task.out is None else self.known.get(task.out.name)
        if found is None or task.out is None or not task.out.is_file():
            return False
        try:
            return found == (content_key(key, task.files), task.out.stat().st_size)
        except OSError:  # the work reports it
            return False

    def add(self, result: Path, key: str) -> None:
        """Add a result that was written."""
        entry = key, result.stat().st_size
        self.known[result.name] = entry
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([result.name, *entry]) + "\n")


def harmonize_folder(folder: Path, out: Path, recipe: Recipe, suffix: str, engine: Engine) -> int:
    """Harmonize all pairs of `folder` into `out`, which is made; return the exit status.

    suffix: of the results, such as ".png". Pictures that cannot be used are named, and the others are made.
    Raises BadImage if there is no picture, and BadEngine.
    """
    pairs = _pairs(folder, out)
    out.mkdir(parents=True, exist_ok=True)
    finished, progress, key = FinishedFiles.read(out), Progress(len(pairs)), recipe.key
    tasks = []
    for pair in pairs:
        task = _task(folder, pair, out / f"{pair.name}{suffix}", recipe.method.copies)
        if finished.covers(task, key):
            progress.passed()
        else:
            tasks.append(task)
    failed = 0
    try:
        work = partial(make, recipe, key, len(tasks) >= MANY)
        for done in run_all(tasks, work, engine, one_each=recipe.method.tier == 3):
            if done.task.out is not None and done.result is not None:
                finished.add(done.task.out, done.result)
            failed += bool(done.fault)
            print(progress.line(done.task.item, done.fault), file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where it ended.", file=sys.stderr)
        return STOPPED
    before = progress.done - progress.made
    print(_summary(progress.made - failed, before, failed, out))
    return SOME_FAILED if failed else 0


def make(recipe: Recipe, key: str, many: bool, _name: str, files: Files, out: Path | None) -> str:
    """Harmonize one pair into `out`; return the key of files and recipe. Raises ValueError and OSError.

    many: load the compiled renderer first.
    """
    assert out is not None
    if many:
        _warm_up()
    content = content_key(key, files)
    composite = Composite.from_files(files["picture"], files.get("mask"), files.get("background"))
    write_result(out, composite, recipe.apply(composite))
    return content


_warm_up = cache(warm_up)


def content_key(key: str, files: Files) -> str:
    """Return a text that changes when the files of a pair or the key of the recipe change. Raises OSError."""
    content = hashlib.sha256(key.encode())
    for path in files.values():
        content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()


def _task(folder: Path, pair: PicturePair, out: Path, copies: float) -> Task[str]:
    parts = {"picture": pair.picture, "mask": pair.mask, "background": pair.background}
    files = {part: folder / path for part, path in parts.items() if path is not None}
    memory = memory_of_files(files.values(), copies)
    return Task(pair.picture.name, files, out, memory)


def _pairs(folder: Path, out: Path) -> list[PicturePair]:
    if folder.resolve() == out.resolve():
        raise BadImage("The results need a folder of their own. Please give another one with -o.")
    has_parts = (folder / "composite").is_dir()
    files = [path for path in folder.glob("*/*" if has_parts else "*") if path.is_file()]
    pairing = pair_files(path.relative_to(folder) for path in files)
    for path, words in pairing.left_over:
        print(f"{path.as_posix()}: {words}", file=sys.stderr)
    pairs = [pair for pair in pairing.pairs if not has_parts or "/" not in pair.name]
    if not pairs:
        raise BadImage(
            f"{folder.name} has no pictures. Please use composite/ and mask/, or NAME.jpg and NAME_mask.png."
        )
    return pairs


def _summary(made: int, before: int, failed: int, out: Path) -> str:
    parts = [f"{made} harmonized"]
    if before:
        parts.append(f"{before} finished before")
    if failed:
        parts.append(f"{failed} could not be used")
    return f"{out.name}: {', '.join(parts)}"
