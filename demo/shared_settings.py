"""Take over the settings that all servers on one PostgreSQL database share."""

from contextlib import closing
from dataclasses import replace

from demo.settings import Settings
from study.database.connections import sqlite_file
from study.database.store import Store
from study.manage.server_secret import shared_key, shared_secret


def with_shared_secrets(settings: Settings) -> Settings:
    """Return the settings with the secret, and the organizer's key that a server made, of all servers.

    With SQLite, which one server uses, they stay as they are. Raises BadStudy where SECRET differs from that
    of the other servers, and for a database that cannot be used.
    """
    if sqlite_file(settings.database_url) is not None:
        return settings
    organizers = settings.organizers
    with closing(Store.open(settings.database_url, home=settings.data_dir)) as store:
        secret = shared_secret(store, settings.secret, settings.secret_is_set)
        if organizers.made_key:
            key = shared_key(store, organizers.made_key)
            organizers = organizers.model_copy(update={"made_key": key})
    # In the database the secret survives the loss of a data folder, as it does in a variable.
    return replace(settings, secret=secret, secret_is_set=True, organizers=organizers)
