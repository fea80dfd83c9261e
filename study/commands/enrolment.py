"""List studies, open, pause or close them, and invite participants."""

import argparse
from pathlib import Path

from study.collect.enrolment import invite as add_ids
from study.commands.command import Command, add_study_option, other_versions, store_of, study_of
from study.database.rows import StudyRow, Version
from study.database.store import Store
from study.manage.states import all_versions, make_default, move, versions
from study.records import BadStudy

WHO = "command line"


def list_studies(args: argparse.Namespace) -> str:
    """List all versions of all studies, with their state, people and votes."""
    return "".join(_line(one) for one in all_versions(store_of(args))) or "There is no study yet.\n"


def _line(one: Version) -> str:
    bare = ", served at /study" if one.is_default else ""
    people = f"{one.participants} enrolled, {one.completed} completed, {one.votes} votes"
    return f"{one.slug} version {one.version}: {one.status}{bare}: {people}\n"


def state(args: argparse.Namespace) -> str:
    """Open a study to participants, pause or close it."""
    store = store_of(args)
    study = study_of(store, args)
    if args.status == "active" and args.version is None:
        _refuse_guess(store, study)
    move(store, study.slug, study.version, args.status, WHO)
    now = store.summary(study.slug, study.version)
    counts = f"{now.participants} enrolled, {now.completed} completed"
    return f"{study.slug} is {args.status}: {counts}\n{other_versions(store, study)}"


def _refuse_guess(store: Store, study: StudyRow) -> None:
    """Raise BadStudy where a later draft may be meant."""
    drafts = [one.version for one in versions(store, study.slug) if one.version > study.version]
    if drafts:
        options = " or ".join(f"--version {number}" for number in (study.version, *drafts))
        raise BadStudy(f"{study.slug} has a later draft. Please add {options}.")


def default(args: argparse.Namespace) -> str:
    """Choose the study that the address /study serves."""
    store = store_of(args)
    study = study_of(store, args)
    make_default(store, study.slug, args.version, WHO)
    return f"/study serves {study.slug}\n"


def invite(args: argparse.Namespace) -> str:
    """Let only the recruitment ids of a file begin in a study, beside those invited before."""
    store = store_of(args)
    study = study_of(store, args)
    try:
        ids = args.ids.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise BadStudy(f"{args.ids.name} should be text in UTF-8, one id a line.") from None
    added = add_ids(store, study.slug, ids, study.version)
    return f"{added} new ids may begin in {study.slug}\n"


def _add_nothing(_parser: argparse.ArgumentParser) -> None:
    """Add no option."""


def _add_state_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("status", choices=["active", "paused", "closed"])
    add_study_option(parser)


def _add_invite_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", type=Path, metavar="IDS.txt", help="one id a line")
    add_study_option(parser)


LIST = Command("list", list_studies, _add_nothing, database=True)
DEFAULT = Command("default", default, add_study_option, database=True)
STATE = Command("state", state, _add_state_options, database=True)
INVITE = Command("invite", invite, _add_invite_options, database=True)
