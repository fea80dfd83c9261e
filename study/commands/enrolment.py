"""Control who may begin in a study: open, pause or close it, and invite participants."""

import argparse
from pathlib import Path

from study.collect.enrolment import invite as add_ids
from study.collect.enrolment import set_status
from study.commands.command import Command, add_study_option, slug_of, store_of
from study.records import BadStudy


def state(args: argparse.Namespace) -> str:
    """Open a study to participants, pause or close it."""
    store = store_of(args)
    slug = slug_of(store, args)
    set_status(store, slug, args.status)
    study = store.summary(slug)
    return f"{slug} is {args.status}: {study.participants} enrolled, {study.completed} completed\n"


def invite(args: argparse.Namespace) -> str:
    """Let only the recruitment ids of a file begin in a study, beside those invited before."""
    store = store_of(args)
    slug = slug_of(store, args)
    try:
        added = add_ids(store, slug, args.ids.read_text(encoding="utf-8-sig").splitlines())
    except UnicodeDecodeError:
        raise BadStudy(f"{args.ids.name} should be text in UTF-8, one id a line.") from None
    return f"{added} new ids may begin in {slug}\n"


def _add_state_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("status", choices=["active", "paused", "closed"])
    add_study_option(parser)


def _add_invite_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", type=Path, metavar="IDS.txt", help="one id a line")
    add_study_option(parser)


STATE = Command("state", state, _add_state_options, database=True)
INVITE = Command("invite", invite, _add_invite_options, database=True)
