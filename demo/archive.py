"""Make regular copies of the database to ARCHIVE_URL, and show operators when the latest one was made."""

from demo.api.health import Check, Finding
from demo.settings import Settings
from study.durability.archive import Archive, ArchivePlan


def archive_of(settings: Settings) -> Archive:
    """Return the regular copies of a server; without ARCHIVE_URL, it makes none."""
    given = settings.archive
    plan = ArchivePlan(
        settings.database_url, settings.data_dir, given.url, given.hours, given.keep, given.encrypt_to
    )
    return Archive(plan)


def archive_check(archive: Archive) -> Check:
    """State when the latest copy was made. A server whose copies fail still works, so it stays ready."""
    return Check("archive", lambda: Finding(True, archive.message))
