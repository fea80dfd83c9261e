"""Keep in the log of organizers who signed in and out."""

import logging
from functools import partial
from typing import Literal

import anyio.to_thread

from demo.organizer.access import Organizer
from study.database.store import Store
from study.manage.log import record
from study.records import Unavailable

LOGGER = logging.getLogger(__name__)
Action = Literal["sign in", "sign out"]


async def keep(store: Store, organizer: Organizer, action: Action) -> None:
    """Add an entry that belongs to no study.

    Organizers may sign in while nothing can be stored; then only the log of the program has it.
    """
    try:
        await anyio.to_thread.run_sync(partial(_add, store, organizer.name, action))
    except Unavailable as error:
        LOGGER.warning("%s of %s was not stored: %s", action, organizer.name, error)


def _add(store: Store, who: str, action: Action) -> None:
    with store.transaction() as tx:
        record(tx, who, action, None)
