"""`python -m study`: build a study, look at its votes. Only this file knows the methods of `model`."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import cv2

from model import BadImage, Composite
from model.evaluation.precomputed import BadResults, Results, open_results
from model.evaluation.precomputed_check import check_results
from model.images.composite_folder import BadFolder, CompositeFolder
from model.images.files import read_picture, write_atomic
from model.methods import UnknownMethod, get_method
from study.collect.config import QUESTION, StudyConfig, decide, read_config
from study.collect.stimuli import build_study, register
from study.collect.validate import check_study
from study.commands.analysis_commands import add_commands, store_of
from study.records import BadStudy, Refused, Unavailable
from study.collect.preregistration import preregistration
from study.collect.preregistration import to_json as registered_json
from study.collect.preregistration import to_markdown as registered_markdown
from study.vote_files.fit import fit_table
from study.vote_files.fit_text import table_to_text
from study.vote_files.foreign_formats import read_table
from study.vote_files.read import BadVotes

EXPECTED = (BadStudy, Refused, Unavailable, BadVotes, BadImage, BadFolder, BadResults, UnknownMethod)
Command: TypeAlias = Callable[[argparse.Namespace], str | None]


@dataclass(frozen=True, eq=False)
class Subject:
    """What a method works on: a composite, and the name its precomputed results go by."""

    name: str
    composite: Composite


class Subjects(Mapping[str, Subject]):
    """Chosen composites of a folder; each is read when it is asked for."""

    def __init__(self, composites: CompositeFolder, chosen: list[str]) -> None:
        self._composites, self._chosen = composites, chosen

    def __getitem__(self, name: str) -> Subject:
        return Subject(name, self._composites[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._chosen)

    def __len__(self) -> int:
        return len(self._chosen)


def _check_results(folder: Path | None, names: list[str], composites: CompositeFolder) -> dict[str, Results]:
    """Precomputed results of those methods that have a folder of their name, once nothing is wrong with them.

    Warnings go to standard error. Raises BadStudy with every error, a line each.
    """
    if folder is None:
        return {}
    found = [name for name in names if (folder / name).is_dir()]
    findings = check_results(folder, found, composites)
    errors = [str(finding) for finding in findings if finding.level == "error"]
    if errors:
        raise BadStudy("\n".join([*errors, f"Nothing was built: {folder.name} has {len(errors)} errors."]))
    for finding in findings:
        print(finding, file=sys.stderr)
    return {name: open_results(folder, name) for name in found}


def _methods(names: list[str], results: dict[str, Results]) -> dict[str, Callable[[Subject], Any]]:
    """Precomputed where there are results of that name, else one of ours. Raises UnknownMethod."""
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
    """What is known of a method, for whoever wants to repeat the study."""
    if name in results:
        return asdict(results[name].source)
    method = get_method(name)
    return {"name": name, "title": method.title, "licence": method.licence, "url": method.url}


def build(args: argparse.Namespace) -> None:
    """Render the stimuli and put the study into the database."""
    config = _decided(args)
    names = config.stimuli.methods
    composites = CompositeFolder(args.composites)
    results = _check_results(args.results, names, composites)
    folder = build_study(
        args.out,
        slug=config.study.slug,
        title=config.study.title,
        question=config.study.question,
        items=Subjects(composites, _chosen(config, composites)),
        methods=_methods(names, results),
        titles=_titles(names, results),
        sources={name: _source(name, results) for name in names},
        anchor=config.stimuli.anchor,
        seed=config.study.seed,
        votes_per_participant=config.trials.votes,
        allow_ties=config.trials.ties,
        config=config if args.config else None,
        gold=_gold_pairs(args.config.parent / config.stimuli.gold) if config.stimuli.gold else None,
    )
    print(f"{register(store_of(args), folder)}: ready at /study")


def _decided(args: argparse.Namespace) -> StudyConfig:
    """The file of --config, or the same from options."""
    return _from_file(args) if args.config else _from_options(args)


def _from_file(args: argparse.Namespace) -> StudyConfig:
    """The file of --config; an option beside it is a contradiction."""
    options = {"methods": args.methods, "slug": args.slug, "title": args.title, "question": args.question,
               "votes": args.votes, "seed": args.seed, "no-ties": args.no_ties}  # fmt: skip
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise BadStudy(f"--{given[0]} is decided in {args.config.name}: please change it there.")
    return read_config(args.config)


def _from_options(args: argparse.Namespace) -> StudyConfig:
    """What --methods and the others say, and defaults for those that are left out."""
    if not args.methods:
        raise BadStudy("Please name the methods: --methods composite,reinhard,pih or --config study.toml.")
    names = [name.strip() for name in args.methods.split(",") if name.strip()]
    folder = Path(args.out).resolve().name
    return decide(
        names,
        slug=args.slug or folder.lower().replace("_", "-").replace(" ", "-"),
        title=args.title or folder.replace("_", " "),
        question=args.question or QUESTION,
        seed=args.seed or 0,
        votes=20 if args.votes is None else args.votes,
        ties=not args.no_ties,
    )


def _chosen(config: StudyConfig, composites: CompositeFolder) -> list[str]:
    """Names of composites, those for practice last. Raises BadStudy for one that is not there."""
    chosen = config.stimuli.items or [name for name in composites if name not in config.stimuli.practice]
    chosen = [*chosen, *config.stimuli.practice]
    missing = [name for name in chosen if name not in composites]
    if missing:
        raise BadStudy(
            f"There is no composite called {missing[0]!r}, which stimuli.items or .practice names."
        )
    return chosen


def _gold_pairs(folder: Path) -> dict[str, tuple[Any, Any]]:
    """Pictures of equal names in better/ and worse/. Raises BadStudy."""
    sides = [{p.stem: p for p in sorted((folder / side).glob("*.*"))} for side in ("better", "worse")]
    if not sides[0] or sides[0].keys() != sides[1].keys():
        raise BadStudy(f"{folder.name} should hold pictures of equal names in better/ and worse/.")
    return {name: (read_picture(path).pixels, read_picture(sides[1][name]).pixels)
            for name, path in sides[0].items()}  # fmt: skip


def check(args: argparse.Namespace) -> str:
    """Look for whatever would break a study or tell which method made a picture."""
    findings = check_study(args.folder)
    if any(finding.level == "error" for finding in findings):
        raise BadStudy("\n".join([*map(str, findings), f"{args.folder.name} should not go live like this."]))
    return "".join(f"{finding}\n" for finding in findings) + f"{args.folder.name} may go live.\n"


def preregister(args: argparse.Namespace) -> str:
    """What was decided before the first vote, for a registry."""
    registered = preregistration(args.folder)
    for path, text in ((args.json, registered_json), (args.markdown, registered_markdown)):
        if path:
            args.write(path, text(registered).encode())
    return registered_markdown(registered)


def fit(args: argparse.Namespace) -> None:
    """Scores of a table of votes."""
    result = fit_table(
        read_table(args.votes),
        ties=args.ties,
        position=args.position,
        penalty=args.penalty,
        replicates=args.bootstrap,
    )
    print(json.dumps(result, indent=1) if args.json else table_to_text(result))


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
    add("--config", type=Path, metavar="study.toml", help="everything that is decided beforehand")
    add("--methods", help="names with commas between: composite,reinhard,pih")
    add("--out", required=True, type=Path, metavar="STUDY_DIR", help="new folder for the stimuli")
    add("--results", type=Path, metavar="DIR", help="holds a folder of results for each precomputed method")
    add("--slug", help="short name; default: that of the folder")
    add("--title")
    add("--question")
    add("--votes", type=int, help="pairs each participant sees; default 20")
    add("--seed", type=int)
    add("--no-ties", action="store_true", default=None, help="do not offer “no difference”")

    command(check, database=False).add_argument("folder", type=Path, metavar="STUDY_DIR")

    add = command(preregister, database=False).add_argument
    add("folder", type=Path, metavar="STUDY_DIR")
    add("--json", type=Path, metavar="OUT")
    add("--markdown", type=Path, metavar="OUT")

    add = command(fit, database=False).add_argument
    add(
        "votes",
        type=Path,
        metavar="VOTES.csv",
        help="left,right,outcome (L, R, T), or as other tools have it",
    )
    add("--ties", choices=["davidson", "half", "drop"], default="davidson")
    add("--position", action="store_true", help="estimate a preference for the left side")
    add("--penalty", choices=["firth", "phantom"], help="where votes give no finite scores, add shrunk ones")
    add("--bootstrap", type=_draws, default=0, metavar="N", help="add errors by drawing participants N times")
    add("--json", action="store_true")

    add_commands(command)
    return parser


def _draws(text: str) -> int:
    if not text.isdecimal() or not 20 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} should be a number from 20 to 100000, such as 1000")
    return int(text)


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0, or 2 with a sentence on standard error."""
    args = _parser().parse_args(argv)
    try:
        cv2.setNumThreads(2)
        print(args.run(args) or "", end="")
    except EXPECTED as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or 'A file'}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
