"""Describe for organizers where votes are kept, and if they are safe there."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from study.durability.disks import Disk

IN_DATABASE = "Votes are kept in PostgreSQL."
ON_DISK = "Votes are kept on the disk of this server. BACKUP_URL copies them to another place."
ERASED = (
    "Votes are LOST when this server restarts: its disk is erased then. "
    "Please set BACKUP_URL or DATABASE_URL before you start a study. "
    "On a Space, these are secrets in its settings, under Variables and secrets."
)
SHARED = (
    "Votes are kept on a mounted bucket or network disk, which can damage a SQLite database. "
    "Please set DATA_DIR to a local disk, and BACKUP_URL to that bucket."
)
PICTURES_ERASED = (
    "Votes are kept in PostgreSQL, but the pictures of studies are lost when this server restarts: its disk "
    "is erased then. Please set BACKUP_URL."
)
COPIED = "Votes are copied to {address} within {seconds:g} seconds."
COPIES_ERASED = (
    "Votes are LOST when this server restarts: {address} is erased then, too. Please use a place outside."
)
FIRST = "The first copy of the votes to {address} is being made."
WAITING = (
    "Copies to {address} do not work ({fault}). Everything before {until} was copied; later votes are on "
    "the disk of this server only."
)
PICTURES = " Pictures of {studies} are being copied."
TAKEN = "Another server has taken over {address}, so this one takes no votes any more. Please stop it."
NO_SECRET = " SECRET is not set: after a restart on a new disk, participants would lose their places."


FAULT_SECONDS = 60.0


@dataclass(frozen=True)
class Status:
    """Describe where votes are kept.

    safe: no vote is lost when the disk is erased, or the disk is not erased. until: everything stored before
    this time was copied, "" without copies. waiting: recorded changes that are not copied yet. restored: what
    was restored at the start, "" where nothing was. working: False after copies failed for a minute, and
    where another server has taken over.
    """

    safe: bool
    message: str
    until: str = ""
    waiting: int = 0
    restored: str = ""
    working: bool = True


def without_copies(postgresql: bool, disk: Disk) -> Status:
    """Return the status of a server without BACKUP_URL."""
    if postgresql:
        return Status(disk != "erased", IN_DATABASE if disk != "erased" else PICTURES_ERASED)
    message = {"lasting": ON_DISK, "erased": ERASED, "shared": SHARED}[disk]
    return Status(disk == "lasting", message)


def shown(address: str) -> str:
    """Return an address without the names, passwords and options in it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
