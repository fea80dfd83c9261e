"""Copy new changes, the whole database from time to time, and the pictures of studies, in two threads."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from study.database import journal
from study.database.store import Store
from study.durability.journal_files import encode
from study.durability.lease import Holder, Lost, now
from study.durability.pictures import is_copied, push_folder, restore_folders, study_folders
from study.durability.remote import Remote, RemoteFault
from study.durability.restore import contents
from study.durability.snapshots import push_snapshot, take_snapshot

LOGGER = logging.getLogger(__name__)
EVERY_SECONDS = 600  # between two snapshots, where something has changed
EVERY_CHANGES = 20_000
KEPT = 3  # snapshots
DAY = 86_400.0  # seconds without a change, after which one snapshot is kept: no deleted answer is older
LONGEST_DELAY = 60.0  # seconds between two attempts


@dataclass
class Progress:
    """Hold how far the copies are; one thread writes each of the first fields, others read it.

    until: everything stored before this time was copied. snapshot: position of the latest one, -1 before the
    first. tidied: the snapshot that is the only one. uncopied: names of studies whose pictures are not copied
    yet. faults: by kind of copy.
    """

    pushed: int
    until: str = ""
    snapshot: int = -1
    snapshot_at: float = 0.0
    uncopied: tuple[str, ...] = ()
    lost: bool = False
    tidied: int = -1
    faults: dict[str, str] = field(default_factory=dict)
    failing_since: float = 0.0

    def note(self, kind: str, fault: str) -> None:
        """Store and log that a kind of copy does not work, or works again with fault ""."""
        if fault and fault != self.faults.get(kind):
            LOGGER.warning("Copies to BACKUP_URL do not work: %s", fault)
        if fault:
            self.failing_since = self.failing_since if self.faults else time.monotonic()
            self.faults[kind] = fault
        elif self.faults.pop(kind, ""):
            LOGGER.info("Copies to BACKUP_URL work again.")


class JournalCopier:
    """Copy the changes that are not copied yet, and renew the lease."""

    def __init__(self, store: Store, remote: Remote, holder: Holder, progress: Progress) -> None:
        self._store = store
        self._remote = remote
        self._holder = holder
        self._progress = progress

    def step(self) -> None:
        """Copy all changes up to now. Raises RemoteFault, Unavailable, Lost."""
        if self._progress.lost:
            return
        moment = now()
        try:
            self._push(self._holder.check)
            self._holder.renew(moment)
        except Lost as error:
            self._end(error.owner)
            raise
        self._progress.until = moment

    def release(self) -> None:
        """Copy all changes, and tell the next server that nothing is missing. Raises as `step` does."""
        if not self._progress.lost:
            self.step()
            self._holder.release(now())

    def _push(self, check: Callable[[], None]) -> None:
        while True:
            with self._store.reading() as tx:
                file = encode(tx, self._progress.pushed, self._holder.lease.generation)
            if file is None:
                return
            check()
            name, content = file
            self._remote.write(name.path, content)
            self._progress.pushed = name.last
            if not self._progress.lost:
                journal.mark_pushed(self._store, name.last)

    def _end(self, owner: str) -> None:
        """Take no votes any more; give the last ones to a server of the same owner, which waits for them."""
        self._progress.lost = True
        self._store.stop_writing()
        if owner and owner == self._holder.lease.owner:
            self._push(lambda: None)
            self._holder.hand_over(now())


class SlowCopier:
    """Copy the whole database and the pictures: each may take minutes, in which changes are copied too."""

    def __init__(self, store: Store, remote: Remote, generation: int, progress: Progress) -> None:
        self._store = store
        self._remote = remote
        self._generation = generation
        self._progress = progress
        self._copied: set[str] = set()

    def snapshot_if_due(self, file: Path) -> None:
        """Copy the database at first, then after many changes or some time. Raises as `snapshot` does."""
        changes = self._progress.pushed - self._progress.snapshot
        late = time.monotonic() - self._progress.snapshot_at > EVERY_SECONDS
        first = self._progress.snapshot < 0
        if not self._progress.lost and (first or changes >= EVERY_CHANGES or (changes > 0 and late)):
            self.snapshot(file)
        elif not self._progress.lost:
            self._tidy()

    def _tidy(self) -> None:
        """Delete all copies but the latest one after a day without a change: they have withdrawn answers."""
        progress = self._progress
        old = time.monotonic() - progress.snapshot_at > DAY
        if old and progress.pushed == progress.snapshot and progress.tidied != progress.snapshot:
            self._remote.delete(superfluous(self._remote, 1))
            progress.tidied = progress.snapshot

    def snapshot_changes(self, file: Path) -> None:
        """Copy the database where it has changed. Raises as `snapshot` does."""
        if not self._progress.lost and self._progress.pushed != self._progress.snapshot:
            self.snapshot(file)

    def snapshot(self, file: Path) -> None:
        """Copy the database, then delete what the copy has made superfluous, here and at the address.

        Raises RemoteFault, Unavailable, Damaged, OSError.
        """
        name, content = take_snapshot(file, self._generation)
        # A snapshot never has changes that the journal lacks: a server that finds both can compare them.
        until = time.monotonic() + LONGEST_DELAY
        while name.position > self._progress.pushed:
            if self._progress.lost or time.monotonic() > until:
                raise RemoteFault("the latest changes could not be copied")
            time.sleep(0.05)
        push_snapshot(self._remote, name, content)
        self._progress.snapshot = name.position
        self._progress.snapshot_at = time.monotonic()
        journal.delete_until(self._store, name.position)
        self._remote.delete(superfluous(self._remote, KEPT))

    def pictures(self, data_dir: Path) -> None:
        """Copy the folders of studies that are not at the address yet. Raises as `snapshot` does."""
        found = study_folders(self._store, data_dir)
        waiting = [one for one in found if one.sha256 not in self._copied and one.is_here]
        for number, study in enumerate(waiting):
            self._progress.uncopied = tuple(one.name for one in waiting[number:])
            if not is_copied(self._remote, study):
                push_folder(self._remote, study)
            self._copied.add(study.sha256)
        self._progress.uncopied = ()

    def fetch_pictures(self, data_dir: Path) -> None:
        """Get the folders of studies that other servers on the database made. Raises as `snapshot` does."""
        restore_folders(self._store, self._remote, data_dir)


def superfluous(remote: Remote, number: int) -> list[str]:
    """Return the files that are older than the latest snapshots. Raises RemoteFault."""
    found = contents(remote)
    kept = found.snapshots[:number]
    oldest = min((one.position for one in kept), default=0)
    old = [one.path for one in found.snapshots[number:]]
    return old + [one.path for one in found.journal if one.last <= oldest]


class Repeated:
    """Repeat a step in a thread; after a fault, the pauses get longer."""

    def __init__(self, kind: str, step: Callable[[], None], seconds: float, progress: Progress) -> None:
        self._kind = kind
        self._step = step
        self._seconds = seconds
        self._progress = progress
        self._stop = Event()
        self._thread = Thread(target=self._work, name=f"copy-{kind}", daemon=True)

    def start(self) -> None:
        """Start the thread; its first step is at once."""
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """End after the step in progress; return False where that takes longer than so many seconds."""
        self._stop.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        delay = self._seconds
        while not self._stop.is_set():
            try:
                self._step()
            except Lost:
                LOGGER.error("Another server has taken over the address of the copies.")
                return
            except Exception as error:  # noqa: BLE001 - whatever fails is tried again, and shown
                self._progress.note(self._kind, str(error) or type(error).__name__)
                delay = min(2 * delay, max(LONGEST_DELAY, self._seconds))
            else:
                self._progress.note(self._kind, "")
                delay = self._seconds
            self._stop.wait(delay)
