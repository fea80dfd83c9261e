"""Let servers on a PostgreSQL database start with another secret."""

import argparse

from study.commands.command import Command, store_of
from study.manage.server_secret import forget_secret


def new_secret(args: argparse.Namespace) -> str:
    """Forget the secret that servers on the database share; stop all of them before."""
    if forget_secret(store_of(args)):
        return "The first server that starts now states the secret for all.\n"
    return "No server has shared a secret in this database.\n"


def _add_nothing(_parser: argparse.ArgumentParser) -> None:
    """Add no option."""


NEW_SECRET = Command("new-secret", new_secret, _add_nothing, database=True)
