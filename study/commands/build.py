"""Build a study from composites: the only command that runs the methods of `model`."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model import BadImage, Composite
from model.evaluation.precomputed import BadResults, Results, open_results, results_folder
from model.evaluation.precomputed_check import check_results
from model.images.composite_folder import BadFolder, CompositeFolder
from model.images.files import read_picture
from model.methods import UnknownMethod, get_method, resolve_name
from study.collect.registration import register
from study.collect.stimuli import StudySources, build_study
from study.commands.command import Command, store_of
from study.config.config import StudyConfig, config_from_options, read_config
from study.config.tables import QUESTION
from study.records import BadStudy


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


def build(args: argparse.Namespace) -> str:
    """Render the stimuli and put the study into the database."""
    with _errors_of_model():
        return _build(args)


def _build(args: argparse.Namespace) -> str:
    config = _decided(args)
    names = config.stimuli.methods
    composites = CompositeFolder(args.composites)
    results = _check_results(args.results, names, composites)
    sources = StudySources(
        items=Subjects(composites, _chosen(config, composites)),
        methods=_methods(names, results),
        titles=_titles(names, results),
        origins={name: _source(name, results) for name in names},
        gold=_gold_pairs(args.config.parent / config.stimuli.gold) if config.stimuli.gold else {},
    )
    folder = build_study(args.out, config, sources, freeze=args.config is not None)
    return f"{register(store_of(args), folder)}: ready at /study\n"


def _check_results(folder: Path | None, names: list[str], composites: CompositeFolder) -> dict[str, Results]:
    """Open the precomputed results of the methods that have a folder of their name, after checking them.

    Warnings are printed to standard error. Raises BadStudy with every error, one a line.
    """
    if folder is None:
        return {}
    found = [name for name in names if results_folder(folder, name)]
    findings = check_results(folder, found, composites)
    errors = [str(finding) for finding in findings if finding.level == "error"]
    if errors:
        raise BadStudy("\n".join([*errors, f"Nothing was built: {folder.name} has {len(errors)} errors."]))
    for finding in findings:
        sys.stderr.write(f"{finding}\n")
    return {name: open_results(folder, name) for name in found}


def _methods(names: list[str], results: dict[str, Results]) -> dict[str, Callable[[Subject], Any]]:
    """Return a function for each method by the name given: its precomputed results, else ours.

    Raises UnknownMethod, and BadStudy where two names mean one method.
    """
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(resolve_name(name), name)
        if other != name:
            raise BadStudy(f"{other} and {name} are names of the same method. Please keep one of them.")
    return {name: _precomputed(results[name]) if name in results else _computed(name) for name in names}


def _precomputed(results: Results) -> Callable[[Subject], Any]:
    return lambda subject: results.read(subject.name, subject.composite)


def _computed(name: str) -> Callable[[Subject], Any]:
    method = get_method(name)
    if not method.available:
        raise BadStudy(f"{name} cannot run here: {method.reason}")
    return lambda subject: method.run(subject.composite)


def _titles(names: list[str], results: dict[str, Results]) -> dict[str, str]:
    return {n: results[n].source.title if n in results else get_method(n).title for n in names}


def _source(name: str, results: dict[str, Results]) -> dict[str, Any]:
    """Return the title, version, licence and address of a method, so that the study can be repeated."""
    if name in results:
        return results[name].source.model_dump()
    method = get_method(name)
    return {"name": name, "title": method.title, "licence": method.licence, "url": method.url}


def _decided(args: argparse.Namespace) -> StudyConfig:
    """Return the configuration of the file `--config`, or one made from the other options."""
    return _from_file(args) if args.config else _from_options(args)


def _from_file(args: argparse.Namespace) -> StudyConfig:
    """Read the file of `--config`. Raises BadStudy if an option is given too that the file decides."""
    options = {"methods": args.methods, "slug": args.slug, "title": args.title, "question": args.question,
               "votes": args.votes, "seed": args.seed, "no-ties": args.no_ties}  # fmt: skip
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise BadStudy(f"--{given[0]} is decided in {args.config.name}: please change it there.")
    return read_config(args.config)


def _from_options(args: argparse.Namespace) -> StudyConfig:
    """Make a configuration from the options, with defaults for those that are left out."""
    if not args.methods:
        raise BadStudy(
            "Please name the methods: --methods composite,reinhard,harmonylab or --config study.toml."
        )
    names = [name.strip() for name in args.methods.split(",") if name.strip()]
    folder = Path(args.out).resolve().name
    study = {
        "slug": args.slug or folder.lower().replace("_", "-").replace(" ", "-"),
        "title": args.title or folder.replace("_", " "),
        "question": args.question or QUESTION,
        "seed": args.seed or 0,
    }
    trials = {"votes": 20 if args.votes is None else args.votes, "ties": not args.no_ties}
    return config_from_options(names, study, trials)


def _chosen(config: StudyConfig, composites: CompositeFolder) -> list[str]:
    """Return names of composites, those for practice last. Raises BadStudy for one that is missing."""
    chosen = config.stimuli.items or [name for name in composites if name not in config.stimuli.practice]
    chosen = [*chosen, *config.stimuli.practice]
    missing = [name for name in chosen if name not in composites]
    if missing:
        raise BadStudy(
            f"There is no composite called {missing[0]!r}, which stimuli.items or .practice names."
        )
    return chosen


def _gold_pairs(folder: Path) -> dict[str, tuple[Any, Any]]:
    """Read the pictures of equal names in better/ and worse/. Raises BadStudy."""
    sides = [{p.stem: p for p in sorted((folder / side).glob("*.*"))} for side in ("better", "worse")]
    if not sides[0] or sides[0].keys() != sides[1].keys():
        raise BadStudy(f"{folder.name} should hold pictures of equal names in better/ and worse/.")
    return {name: (read_picture(path).pixels, read_picture(sides[1][name]).pixels)
            for name, path in sides[0].items()}  # fmt: skip


@contextmanager
def _errors_of_model() -> Iterator[None]:
    """Raise the errors of pictures, folders, results and methods as BadStudy, with the same message."""
    try:
        yield
    except (BadImage, BadFolder, BadResults, UnknownMethod) as error:
        raise BadStudy(str(error)) from None


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--composites", required=True, type=Path, metavar="DIR", help="holds composite/ and mask/")
    add("--config", type=Path, metavar="study.toml", help="every decision made beforehand")
    add("--methods", help="names with commas between: composite,reinhard,harmonylab")
    add("--out", required=True, type=Path, metavar="STUDY_DIR", help="new folder for the stimuli")
    add("--results", type=Path, metavar="DIR", help="holds a folder of results for each precomputed method")
    add("--slug", help="short name; default: that of the folder")
    add("--title")
    add("--question")
    add("--votes", type=int, help="pairs shown to each participant; default 20")
    add("--seed", type=int)
    add("--no-ties", action="store_true", default=None, help="do not offer “no difference”")


BUILD = Command("build", build, _add_options, database=True)
