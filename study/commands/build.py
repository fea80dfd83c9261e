"""Build a study from composites and methods."""

import argparse
import sys
import time
from pathlib import Path

from study.build.engines import add_engine_options, engine_of
from study.build.material import Material, errors_of_model
from study.build.study_folder import EngineReports, study_on_engine
from study.collect.registration import register
from study.commands.command import Command, store_of
from study.config.config import StudyConfig, config_from_options, read_config
from study.config.tables import QUESTION
from study.records import BadStudy

EVERY_SECONDS = 2.0  # between two lines of progress


def build(args: argparse.Namespace) -> str:
    """Render the stimuli and put the study into the database."""
    config = _decided(args)
    material = _material(args, config)
    reports = EngineReports(lambda finding: _print(str(finding)), ProgressLines())
    with errors_of_model():
        engine = engine_of(args)
    try:
        folder = study_on_engine(
            material, config, args.out, reports=reports, engine=engine, freeze=args.config is not None
        )
    except KeyboardInterrupt:
        raise BadStudy("\nStopped. The same command goes on with the pictures that are finished.") from None
    study = register(store_of(args), folder)
    if study.status != "draft":
        return f"{study.slug}, version {study.version}: is in the database already, {study.status}\n"
    return (
        f"{study.slug}, version {study.version}: a draft, closed to participants. To open it: "
        f"python -m study state active --study {study.slug} --version {study.version}\n"
    )


def _material(args: argparse.Namespace, config: StudyConfig) -> Material:
    """Return the folders of the options. Raises BadStudy where one that the study needs is not given."""
    needed = "results" if config.stimuli.kind == "images" else "composites"
    if getattr(args, needed) is None:
        raise BadStudy(f"Please name the folder of the pictures: --{needed} DIR.")
    named = (config.stimuli.gold, config.stimuli.practice_pairs)
    gold, practice = (args.config.parent / name if name else None for name in named)
    return Material(args.composites or args.results, args.results, gold, practice)


class ProgressLines:
    """Print how far the build is, at most one line every two seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, line: str) -> None:
        if time.monotonic() - self._last >= EVERY_SECONDS:
            self._last = time.monotonic()
            _print(line)


def _print(line: str) -> None:
    sys.stderr.write(f"{line}\n")


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


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--composites", type=Path, metavar="DIR", help="holds composite/ and mask/")
    add("--config", type=Path, metavar="study.toml", help="every decision made beforehand")
    add("--methods", help="names with commas between: composite,reinhard,harmonylab")
    add("--out", required=True, type=Path, metavar="STUDY_DIR", help="new folder for the stimuli")
    add_engine_options(parser)
    add("--results", type=Path, metavar="DIR", help="holds a folder of results for each precomputed method")
    add("--slug", help="short name; default: that of the folder")
    add("--title")
    add("--question")
    add("--votes", type=int, help="pairs shown to each participant; default 20")
    add("--seed", type=int)
    add("--no-ties", action="store_true", default=None, help="do not offer “no difference”")


BUILD = Command("build", build, _add_options, database=True)
