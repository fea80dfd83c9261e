"""Run `python -m study`: build a study, collect and read its votes."""

import argparse
import sys

import cv2

from study.commands.build import BUILD
from study.commands.bundle import BUNDLE
from study.commands.check import CHECK
from study.commands.copies import BACKUP, RESTORE, VERIFY
from study.commands.enrolment import DEFAULT, INVITE, LIST, STATE
from study.commands.export import EXPORT, IMPORT
from study.commands.fit import FIT
from study.commands.new_secret import NEW_SECRET
from study.commands.people import DELETE, ERASE_IDS, PEOPLE, PILOT, READMIT, REJECT
from study.commands.plan import PLAN
from study.commands.preregister import PREREGISTER
from study.commands.report import REPORT
from study.commands.scores import SCORES
from study.commands.simulate import SIMULATE
from study.records import BadStudy, Refused, Unavailable
from study.vote_files.read import BadVotes

COMMANDS = (
    BUILD,
    CHECK,
    PREREGISTER,
    FIT,
    PLAN,
    REPORT,
    SCORES,
    SIMULATE,
    LIST,
    STATE,
    DEFAULT,
    INVITE,
    PEOPLE,
    REJECT,
    READMIT,
    PILOT,
    ERASE_IDS,
    DELETE,
    EXPORT,
    IMPORT,
    BUNDLE,
    BACKUP,
    RESTORE,
    VERIFY,
    NEW_SECRET,
)
EXPECTED = (BadStudy, Refused, Unavailable, BadVotes)
THREADS = 2  # of OpenCV: pictures of a study are small


def main(argv: list[str] | None = None) -> int:
    """Run one command; return 0, or 2 after a message on standard error."""
    args = _parser().parse_args(argv)
    cv2.setNumThreads(THREADS)
    try:
        print(args.run(args), end="")
    except EXPECTED as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or 'A file'}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m study", description="Build a blind study and analyse its votes."
    )
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(parsers)
    return parser


if __name__ == "__main__":
    sys.exit(main())
