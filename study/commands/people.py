"""Manage the people of a study: list, reject, readmit, set aside a pilot, erase ids; delete drafts."""

import argparse
from pathlib import Path

from study.atomic_files import write_file
from study.commands.command import Command, add_study_option, store_of, study_of
from study.commands.enrolment import WHO
from study.manage import ids, states
from study.manage import people as managed


def people(args: argparse.Namespace) -> str:
    """List the participants of a study by their codes, with whom to pay, as CSV."""
    store = store_of(args)
    study = study_of(store, args)
    table = ids.participants_csv(store, study.slug, study.version)
    if args.out is None:
        return table.decode()
    write_file(args.out, table)
    return f"{len(table.splitlines()) - 1} participants in {args.out}\n"


def reject(args: argparse.Namespace) -> str:
    """Take the answers of a participant out of all counts, and give their place to another."""
    store = store_of(args)
    study = study_of(store, args)
    managed.reject(store, study.slug, study.version, args.code, WHO, args.reason)
    return f"{args.code} is rejected: their answers count no longer\n"


def readmit(args: argparse.Namespace) -> str:
    """Count the answers of a rejected participant again."""
    store = store_of(args)
    study = study_of(store, args)
    managed.restore(store, study.slug, study.version, args.code, WHO)
    return f"{args.code} is readmitted: their answers count again\n"


def pilot(args: argparse.Namespace) -> str:
    """Set all answers so far aside as a pilot, or delete the pilot."""
    store = store_of(args)
    study = study_of(store, args)
    if args.delete:
        gone = managed.delete_pilot(store, study.slug, study.version, WHO)
        return f"{gone} people of the pilot of {study.slug} are deleted\n"
    moved = managed.set_aside_pilot(store, study.slug, study.version, WHO)
    return f"{moved} people of {study.slug} are set aside as a pilot\n"


def erase_ids(args: argparse.Namespace) -> str:
    """Erase the ids of a recruitment service for good; codes and votes stay."""
    store = store_of(args)
    study = study_of(store, args)
    erased = ids.erase_ids(store, study.slug, study.version, WHO)
    return f"ids of {erased} participants of {study.slug} are erased\n"


def delete(args: argparse.Namespace) -> str:
    """Delete a draft; the folder of its pictures stays."""
    store = store_of(args)
    study = study_of(store, args)
    states.delete_draft(store, study.slug, study.version, WHO)
    return f"{study.slug}, version {study.version}, is deleted; its folder stays: {study.folder}\n"


def _add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, nargs="?", metavar="PEOPLE.csv", help="default: print the table")
    add_study_option(parser)


def _add_code(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", help="of the participant, as `people` lists it")
    add_study_option(parser)


def _add_rejection(parser: argparse.ArgumentParser) -> None:
    _add_code(parser)
    parser.add_argument("--reason", default="", help="for your records")


def _add_pilot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--delete", action="store_true", help="delete what was set aside before")
    add_study_option(parser)


PEOPLE = Command("people", people, _add_out, database=True)
REJECT = Command("reject", reject, _add_rejection, database=True)
READMIT = Command("readmit", readmit, _add_code, database=True)
PILOT = Command("pilot", pilot, _add_pilot, database=True)
ERASE_IDS = Command("erase-ids", erase_ids, add_study_option, database=True)
DELETE = Command("delete", delete, add_study_option, database=True)
