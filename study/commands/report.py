"""Report the scores of a study, or of a table of votes."""

import argparse
from pathlib import Path

from study.atomic_files import write_file
from study.bundle.archive import read_bundle
from study.commands.command import Command, add_study_option, store_of, study_of
from study.commands.covariate_options import add_covariate_options, read_stimuli_of
from study.config.config import StudyConfig
from study.database.responses.load_responses import read_study
from study.records import BadStudy
from study.report.build import report_of
from study.report.html_page import to_html
from study.report.json_form import to_json
from study.report.looks.analysis import at_planned_look
from study.report.markdown import to_markdown
from study.report.paper import paper_files
from study.report.result import Report
from study.statistics.data_quality import RULES
from study.vote_files.covariates import covariates_of_study
from study.vote_files.report_tables import read_report_table
from study.votes import StudyData


def report(args: argparse.Namespace) -> str:
    """Report the scores of a study, or of a table of votes, with every check of them."""
    made = _made(args)
    for path, text in ((args.json, to_json), (args.markdown, to_markdown), (args.html, to_html)):
        if path:
            write_file(path, text(made).encode())
    if args.paper:
        _write_paper(args.paper, made)
    return to_markdown(made)


def _made(args: argparse.Namespace) -> Report:
    data = at_planned_look(_data(args), args.look) if args.look is not None else _data(args)
    stimuli, names = read_stimuli_of(args), args.covariate
    if not names and stimuli is not None:
        names = _registered(data)
    covariates = covariates_of_study(data, names, stimuli) if names else None
    return report_of(data, excluding=args.exclude, anchor=args.anchor, covariates=covariates)


def _registered(data: StudyData) -> list[str]:
    """Return the covariates that the configuration of a study fixed beforehand."""
    return list(StudyConfig.from_json(data.config_json).analysis.covariates) if data.config_json else []


def _data(args: argparse.Namespace) -> StudyData:
    if args.bundle:
        return read_bundle(args.bundle)
    if args.votes:
        return read_report_table(args.votes)
    store = store_of(args)
    study = study_of(store, args)
    return read_study(store, study.slug, study.version)


def _write_paper(folder: Path, made: Report) -> None:
    try:
        files = paper_files(made)
    except ValueError as error:
        raise BadStudy(str(error)) from None
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_file(folder / name, text.encode())


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add_study_option(parser)
    add("--votes", type=Path, metavar="VOTES.csv", help="a table of votes or rankings instead of a study")
    add("--bundle", type=Path, metavar="STUDY.zip", help="the archive of a study instead of its database")
    add_covariate_options(parser)
    add("--json", type=Path, metavar="OUT")
    add("--markdown", type=Path, metavar="OUT")
    add("--html", type=Path, metavar="OUT", help="one file, with charts")
    exclude = f"leave out participants flagged by {','.join(RULES)}; default: the rules of the study"
    add("--exclude", type=_rules, metavar="RULES", help=exclude)
    anchor = "the method that others are measured against; default: the anchor of the study"
    look = "the votes up to this planned analysis, from 1; default: all votes, with limits for this moment"
    add("--look", type=int, metavar="N", help=look)
    add("--anchor", default="", metavar="NAME", help=anchor)
    add(
        "--paper",
        type=Path,
        metavar="DIR",
        help="a LaTeX table, a figure, a paragraph on methods and its references",
    )


def _rules(text: str) -> tuple[str, ...]:
    rules = tuple(text.split(","))
    if not set(rules) <= set(RULES):
        raise argparse.ArgumentTypeError(f"{text!r} should be some of {','.join(RULES)}")
    return rules


REPORT = Command("report", report, _add_options, database=True)
