"""Keep the votes of a server: restore them at its start, copy them, and tell if they are safe."""

import contextlib
import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path

from study.database import journal, organizer_queries
from study.database.store import Store
from study.durability import status
from study.durability.copier import JournalCopier, Progress, Repeated, SlowCopier
from study.durability.disks import this_disk
from study.durability.lease import Holder, Lost
from study.durability.local_database import inspect
from study.durability.pictures import restore_folders
from study.durability.remote import DATASETS, Remote, RemoteFault
from study.durability.restore import Restored, contents, is_needed, restore
from study.durability.snapshots import Damaged
from study.durability.status import Status
from study.records import BadStudy, Unavailable

LOGGER = logging.getLogger(__name__)
SECONDS = 5.0
DATASET_SECONDS = 90.0  # the Hugging Face Hub accepts 128 commits in an hour; this makes about 100
ATTEMPTS = 4
STOP_SECONDS = 20.0
WHO = "server"  # in the log of organizers

UNREACHABLE = (
    "BACKUP_URL cannot be reached: {fault}. The server does not start, because the newest votes may be there."
)
FILE = "file://"
INSIDE = "BACKUP_URL is a folder inside DATA_DIR, and would be lost with it. Please use another place."
NO_FOLDERS = (
    "The pictures of a study are at BACKUP_URL, and cannot be restored now: {fault}. Please try again."
)
NO_RESTORATION = "The database cannot be restored from BACKUP_URL: {fault}."
RESTORED = "At the start, the database was restored from {address}: {counts}."
COMPLETE = " Nothing is missing: the server before had copied everything."
INCOMPLETE = " Everything stored before {until} is there; later votes are lost."
GAP = " Some changes could not be read: votes that follow them are lost."
SKIPPED = " The newest copy was damaged, so an earlier one was used."
NO_PICTURES = " The pictures of {studies} are not at this address."


@dataclass(frozen=True)
class Place:
    """Hold where votes are kept and copied to.

    database: the SQLite file, None for PostgreSQL. address: BACKUP_URL, "" without copies. owner: name of
    the servers that replace each other here. seconds: between two copies, 0 for the default. has_secret: the
    secret of the server is set, so that it is the same on another disk.
    """

    database: Path | None
    data_dir: Path
    address: str = ""
    owner: str = ""
    seconds: float = 0.0
    has_secret: bool = True

    @property
    def pause(self) -> float:
        """Return the seconds between two copies."""
        return self.seconds or (DATASET_SECONDS if self.address.startswith(DATASETS) else SECONDS)

    @property
    def folder(self) -> Path | None:
        """Return the folder that the address names, None for other places."""
        return Path(self.address.removeprefix(FILE)) if self.address.startswith(FILE) else None


class Durability:
    """Restore votes, copy them, and describe their state.

    Make it with `prepare` before the database is opened; then call `attach`, `start` and, at the end, `stop`.
    """

    def __init__(self, place: Place, holder: Holder | None = None, restored: str = "") -> None:
        self._place = place
        self._holder = holder
        self._restored = restored
        self._progress = Progress(0)
        self._store: Store | None = None
        self._threads: list[Repeated] = []
        self._journal: JournalCopier | None = None
        self._slow: SlowCopier | None = None

    @classmethod
    def prepare(cls, place: Place) -> "Durability":
        """Take the address for this server, and restore the database where the one there is newer.

        Raises BadStudy where that is impossible; the message states the remedy.
        """
        if place.folder is not None and place.folder.is_relative_to(place.data_dir):
            raise BadStudy(INSIDE)
        if not place.address or place.database is None:
            return cls(place)
        for attempt in range(ATTEMPTS):
            try:
                return cls._prepared(place, place.database)
            except RemoteFault as error:
                if attempt == ATTEMPTS - 1:
                    raise BadStudy(UNREACHABLE.format(fault=error)) from None
            time.sleep(2**attempt)
        raise AssertionError

    @classmethod
    def _prepared(cls, place: Place, database: Path) -> "Durability":
        remote = Remote(place.address)
        holder = Holder.take(remote, place.owner, place.pause, contents(remote).generation)
        try:
            found = contents(remote)  # again: the server before may have copied its last changes
            if not is_needed(inspect(database), remote, found, holder.lease.history):
                return cls(place, holder)
            done = restore(remote, found, database, holder.renew)
        except BadStudy:
            holder.give_back()
            raise
        except OSError as error:
            holder.give_back()
            raise BadStudy(NO_RESTORATION.format(fault=error.strerror or error)) from None
        return cls(place, holder, _describe(done, holder, place.address))

    def attach(self, store: Store) -> None:
        """Record changes from now on, and get missing pictures. Raises Unavailable, BadStudy."""
        self._store = store
        if not self._place.address:
            journal.turn_off(store)
            return
        remote = Remote(self._place.address)
        if self._holder is not None:
            journal.turn_on(store)
            with store.reading() as tx:
                position = journal.position(tx)
            self._progress.pushed = position.pushed
            self._make_copiers(store, self._holder, position.history)
        else:
            self._slow = SlowCopier(store, remote, 0, self._progress)
        alive = self._holder.renew if self._holder else lambda: None
        try:
            missing = restore_folders(store, remote, self._place.data_dir, alive)
        except (RemoteFault, OSError) as error:
            raise BadStudy(NO_FOLDERS.format(fault=error)) from None
        if missing:
            self._restored += NO_PICTURES.format(studies=", ".join(missing))
        if self._restored:
            self._log(store)

    def _log(self, store: Store) -> None:
        """State in the log of each study that it was restored."""
        with store.transaction() as tx:
            for id_, slug, version, *_ in tx.study_folders():
                details = {"slug": slug, "version": version, "text": self._restored.strip()}
                organizer_queries.add_entry(tx, WHO, "restored", id_, details)

    def _make_copiers(self, store: Store, holder: Holder, history: str) -> None:
        holder.renew(history=history)
        address, generation = self._place.address, holder.lease.generation
        self._journal = JournalCopier(store, Remote(address), holder, self._progress)
        self._slow = SlowCopier(store, Remote(address), generation, self._progress)

    def start(self) -> None:
        """Copy in the background from now on, and log warnings where votes or places are not safe."""
        found = self.status()
        if found.restored:
            LOGGER.warning("%s", found.restored)
        if not self._place.address:
            (LOGGER.info if found.safe else LOGGER.warning)("%s", found.message)
            return
        if not self._place.has_secret:
            LOGGER.warning("%s", status.NO_SECRET.strip())
        pause, progress = self._place.pause, self._progress
        if self._journal is not None:
            self._threads.append(Repeated("journal", self._journal.step, pause, progress))
        self._threads.append(Repeated("whole", self._slow_step, pause, progress))
        for thread in self._threads:
            thread.start()

    def copy_now(self) -> None:
        """Copy everything in this thread; for servers that were not started. Raises as the copiers do."""
        if self._journal is not None:
            self._journal.step()
        self._slow_step()

    def _slow_step(self) -> None:
        assert self._slow is not None
        if self._place.database is not None:
            self._slow.snapshot_if_due(self._place.database)
        self._slow.pictures(self._place.data_dir)
        if self._place.database is None:
            self._slow.fetch_pictures(self._place.data_dir)

    def stop(self) -> None:
        """Copy what is left, and leave the address to the next server; never raise."""
        ended = [thread.stop(STOP_SECONDS) for thread in self._threads]
        self._threads.clear()
        if not all(ended):
            LOGGER.warning("The last copy at the end of the server did not work: BACKUP_URL is too slow.")
            return
        if self._journal is None or self._slow is None or self._place.database is None:
            return
        try:
            self._journal.step()
            self._slow.snapshot_changes(self._place.database)
        except (RemoteFault, Unavailable, Damaged, Lost, OSError) as error:
            LOGGER.warning("The last copy at the end of the server did not work: %s", error)
        with contextlib.suppress(RemoteFault, Unavailable, Lost):
            self._journal.release()

    def status(self) -> Status:
        """Return where votes are kept, and if they are safe."""
        found = self._status()
        needed = bool(self._place.address) or not found.safe
        if needed and not self._place.has_secret:
            return replace(found, message=found.message + status.NO_SECRET)
        return found

    def _status(self) -> Status:
        place, progress = self._place, self._progress
        if not place.address:
            return status.without_copies(place.database is None, this_disk(place.data_dir))
        address = status.shown(place.address)
        message = status.COPIED.format(address=address, seconds=2 * place.pause)
        if place.database is None:
            message = status.IN_DATABASE
        if progress.uncopied:
            message += status.PICTURES.format(studies=", ".join(progress.uncopied))
        done = Status(True, message, progress.until, self._waiting(), self._restored)
        if progress.lost:
            return replace(done, safe=False, working=False, message=status.TAKEN.format(address=address))
        for fault in list(progress.faults.values()):
            until = progress.until or "the start"
            message = status.WAITING.format(address=address, fault=fault, until=until)
            late = time.monotonic() - progress.failing_since > status.FAULT_SECONDS
            return replace(done, safe=False, working=not late, message=message)
        if place.owner and place.folder is not None and this_disk(place.folder) == "erased":
            return replace(done, safe=False, message=status.COPIES_ERASED.format(address=address))
        if place.database is not None and progress.snapshot < 0:
            return replace(done, safe=False, message=status.FIRST.format(address=address))
        return done

    def _waiting(self) -> int:
        """Return the number of recorded changes that are not copied, 0 while the database does not work."""
        if self._journal is None or self._store is None:
            return 0
        try:
            with self._store.reading() as tx:
                return max(0, journal.position(tx).head - self._progress.pushed)
        except Unavailable:
            return 0


def _describe(done: Restored, holder: Holder, address: str) -> str:
    """Return what was restored, and what is lost, for organizers."""
    text = RESTORED.format(counts=done.counts.text, address=status.shown(address))
    if done.gap:
        text += GAP
    elif holder.before is not None and holder.before.released:
        text += COMPLETE
    elif holder.before is not None:
        text += INCOMPLETE.format(until=holder.before.until)
    return text + (SKIPPED if done.skipped else "")
