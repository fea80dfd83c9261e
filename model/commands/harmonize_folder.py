"""Harmonize all pictures of a folder; a command that was stopped goes on where it ended."""

import hashlib
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from model.commands.recipe import Recipe
from model.edit.results import write_result
from model.images.arrays import BadImage
from model.images.composite import Composite
from model.images.pairs import PicturePair, pair_files

FINISHED = "finished.jsonl"
SOME_FAILED, STOPPED = 1, 130


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

    def has(self, result: Path, key: str) -> bool:
        """Return True if this result was made with this key, and is still there."""
        return result.is_file() and self.known.get(result.name) == (key, result.stat().st_size)

    def add(self, result: Path, key: str) -> None:
        """Add a result that was written."""
        entry = key, result.stat().st_size
        self.known[result.name] = entry
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([result.name, *entry]) + "\n")


@dataclass
class Progress:
    """Print a line for each picture, with the time that is left by the mean of those that were made."""

    total: int
    done: int = 0
    made: int = 0
    seconds: float = 0.0

    def passed(self) -> None:
        """Count a picture that was finished before."""
        self.done += 1

    def tell(self, name: str, seconds: float, words: str = "") -> None:
        """Print that a picture was made, or why not."""
        self.done, self.made, self.seconds = self.done + 1, self.made + 1, self.seconds + seconds
        left = (self.total - self.done) * self.seconds / self.made
        parts = [f"{self.done}/{self.total} {name}", words, f"{in_words(left)} left" if left else ""]
        print(", ".join(filter(None, parts)), file=sys.stderr, flush=True)


def in_words(seconds: float) -> str:
    """Return a duration such as "about 3 min"."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"about {round(seconds / size)} {unit}"
    return f"about {max(1, round(seconds))} s"


def harmonize_folder(folder: Path, out: Path, recipe: Recipe, suffix: str) -> int:
    """Harmonize all pairs of `folder` into `out`, which is made; return the exit status.

    suffix: of the results, such as ".png". Pictures that cannot be used are named, and the others are made.
    Raises BadImage if there is no picture.
    """
    pairs = _pairs(folder, out)
    out.mkdir(parents=True, exist_ok=True)
    finished, progress = FinishedFiles.read(out), Progress(len(pairs))
    failed = 0
    try:
        for pair in pairs:
            result = out / f"{pair.name}{suffix}"
            start = time.monotonic()
            try:
                key = _key(folder, pair, recipe)
                if finished.has(result, key):
                    progress.passed()
                    continue
                _make(folder, pair, recipe, result)
                finished.add(result, key)
                words = ""
            except (OSError, ValueError, MemoryError) as error:
                words = _reason(error)
            failed += bool(words)
            progress.tell(pair.picture.name, time.monotonic() - start, words)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where it ended.", file=sys.stderr)
        return STOPPED
    before = progress.done - progress.made
    print(_summary(progress.made - failed, before, failed, out))
    return SOME_FAILED if failed else 0


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


def _key(folder: Path, pair: PicturePair, recipe: Recipe) -> str:
    """Return a text that changes when the files of a pair or the recipe change."""
    content = hashlib.sha256(recipe.key.encode())
    for path in pair.files:
        content.update(hashlib.sha256((folder / path).read_bytes()).digest())
    return content.hexdigest()


def _make(folder: Path, pair: PicturePair, recipe: Recipe, result: Path) -> None:
    """Harmonize one pair. Raises ValueError and OSError."""
    mask, background = (None if path is None else folder / path for path in (pair.mask, pair.background))
    composite = Composite.from_files(folder / pair.picture, mask, background)
    write_result(result, composite, recipe.apply(composite))


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {Path(error.filename or '').name}"
    return " ".join(str(error).split()) or "there is not enough memory"


def _summary(made: int, before: int, failed: int, out: Path) -> str:
    parts = [f"{made} harmonized"]
    if before:
        parts.append(f"{before} finished before")
    if failed:
        parts.append(f"{failed} could not be used")
    return f"{out.name}: {', '.join(parts)}"
