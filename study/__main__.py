"""`python -m study`: build a study, look at its votes. Only this file knows the methods of `model`."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import cv2

from model import BadImage, Composite
from model.image_io import read_picture, write_atomic
from model.methods import UnknownMethod, get_method
from study.analysis_commands import add_commands, store_of
from study.records import BadStudy, Refused
from study.stimuli import build_study, register
from study.vote_table import BadVotes, fit_table, read_votes

QUESTION = "In which picture does the pasted object look more natural?"
Command: TypeAlias = Callable[[argparse.Namespace], str | None]
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"}


@dataclass(frozen=True, eq=False)
class Subject:
    """What a method works on: a composite, and the name its precomputed results go by."""

    name: str
    composite: Composite


class Subjects(Mapping[str, Subject]):
    """DIR/composite and DIR/mask (and DIR/background) with equal names; each is read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._files = {part: _by_name(folder / part) for part in ("composite", "mask", "background")}
        self._names = sorted(self._files["composite"])
        without = [name for name in self._names if name not in self._files["mask"]]
        if not self._names:
            raise BadStudy(f"{folder.name} has no pictures in composite/.")
        if without:
            raise BadStudy(
                f"There is no mask for {without[0]}. Please put one into mask/ under the same name."
            )

    def __getitem__(self, name: str) -> Subject:
        composite, mask, background = (self._files[part].get(name) for part in self._files)
        if composite is None or mask is None:
            raise KeyError(name)
        return Subject(name, Composite.from_files(composite, mask, background))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _by_name(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in PICTURES}


def _precomputed(folder: Path) -> Callable[[Subject], Any]:
    """A method whose pictures are files of the composites' names."""
    files = _by_name(folder)

    def run(subject: Subject) -> Any:
        if subject.name not in files:
            raise BadStudy(f"{folder.name} has no result for {subject.name}.")
        picture = read_picture(files[subject.name]).pixels
        if picture.shape != subject.composite.image.shape:
            raise BadStudy(
                f"{folder.name}: the result for {subject.name} has another size than the composite."
            )
        return picture

    return run


def _computed(run: Callable[[Composite], Any]) -> Callable[[Subject], Any]:
    return lambda subject: run(subject.composite)


def _methods(names: list[str], results: Path | None) -> dict[str, Callable[[Subject], Any]]:
    """Precomputed where there is a folder of that name, else one of ours. Raises UnknownMethod."""
    chosen: dict[str, Callable[[Subject], Any]] = {}
    for name in names:
        if results and (results / name).is_dir():
            chosen[name] = _precomputed(results / name)
        else:
            method = get_method(name)
            if not method.available:
                raise BadStudy(f"{name} cannot run here: {method.reason}")
            chosen[name] = _computed(method.run)
    return chosen


def _titles(names: list[str], results: Path | None) -> dict[str, str]:
    return {n: n if results and (results / n).is_dir() else get_method(n).title for n in names}


def build(args: argparse.Namespace) -> None:
    """Render the stimuli and put the study into the database."""
    names = [name.strip() for name in args.methods.split(",") if name.strip()]
    if len(set(names)) < len(names):
        raise BadStudy("A method is named twice.")
    folder = build_study(
        args.out,
        slug=args.slug or Path(args.out).resolve().name.lower().replace("_", "-").replace(" ", "-"),
        title=args.title or Path(args.out).resolve().name.replace("_", " "),
        question=args.question,
        items=Subjects(args.composites),
        methods=_methods(names, args.results),
        titles=_titles(names, args.results),
        seed=args.seed,
        votes_per_participant=args.votes,
        allow_ties=not args.no_ties,
    )
    print(f"{register(store_of(args), folder)}: ready at /study")


def fit(args: argparse.Namespace) -> None:
    """Scores of a table of votes."""
    result = fit_table(read_votes(args.votes), ties=args.ties, position=args.position)
    if args.json:
        print(json.dumps(result, indent=1))
        return
    print(result["explain"])
    for name, score in sorted(result["methods"].items(), key=lambda pair: -(pair[1]["log_worth"] or 0)):
        if score["log_worth"] is not None:
            se = score.get("se_cluster") or score["se_model"]
            print(f"{name:24} {score['log_worth']:+.3f} ± {1.96 * se:.3f}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m study", description="Build a blind study, read its votes."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        run: Callable[[argparse.Namespace], str | None], database: bool = True
    ) -> argparse.ArgumentParser:
        assert run.__doc__
        added = commands.add_parser(run.__name__.strip("_"), help=run.__doc__)
        added.set_defaults(run=run, write=write_atomic)
        if database:
            added.add_argument(
                "--database", metavar="URL", help="default: DATABASE_URL, else SQLite in DATA_DIR"
            )
        return added

    add = command(build).add_argument
    add("--composites", required=True, type=Path, metavar="DIR", help="holds composite/ and mask/")
    add("--methods", required=True, help="names with commas between: composite,reinhard,pih")
    add("--out", required=True, type=Path, metavar="STUDY_DIR", help="new folder for the stimuli")
    add("--results", type=Path, metavar="DIR", help="holds a folder of results for each precomputed method")
    add("--slug", help="short name; default: that of the folder")
    add("--title")
    add("--question", default=QUESTION)
    add("--votes", type=int, default=20, help="pairs each participant sees")
    add("--seed", type=int, default=0)
    add("--no-ties", action="store_true", help="do not offer “no difference”")

    add = command(fit, database=False).add_argument
    add("votes", type=Path, metavar="VOTES.csv", help="columns left,right,outcome (L, R, T)")
    add("--ties", choices=["davidson", "half", "drop"], default="davidson")
    add("--position", action="store_true", help="estimate a preference for the left side")
    add("--json", action="store_true")

    add_commands(command)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0, or 2 with a sentence on standard error."""
    args = _parser().parse_args(argv)
    try:
        cv2.setNumThreads(2)
        print(args.run(args) or "", end="")
    except (BadStudy, Refused, BadVotes, BadImage, UnknownMethod) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or 'A file'}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
