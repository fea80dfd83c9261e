"""Agree on one secret with the other servers on a database; each request of a browser may reach another."""

import hmac

from study.database.organizer_queries import forget_values, keep_value, shared_value
from study.database.store import Store
from study.database.transaction import Transaction
from study.records import BadStudy

SECRET = "secret"  # the secret itself, where no variable states it
FINGERPRINT = "secret fingerprint"
ORGANIZER_KEY = "organizer key"
CHANGE = (
    "With another secret, participants who have begun cannot go on, and stored ids of recruitment services "
    "cannot be read. To change it all the same, stop all servers and run `python -m study new-secret`."
)
DIFFERENT = (
    "SECRET differs from that of the other servers on this database. Please set it to the same value. "
)
NOT_SET = "SECRET is not set here, but it is for the other servers on this database. Please set it here too. "


def shared_secret(store: Store, own: str, is_set: bool) -> str:
    """Return the secret of all servers on the database, which the first one that starts states.

    own: that of this server; is_set: from a variable, not made by this server. Raises BadStudy where the
    variable differs between servers.
    """
    with store.transaction() as tx:
        return _set_secret(tx, own) if is_set else _made_secret(tx, own)


def shared_key(store: Store, own: str) -> str:
    """Return the organizer's key that the first server has made."""
    with store.transaction() as tx:
        return keep_value(tx, ORGANIZER_KEY, own)


def forget_secret(store: Store) -> bool:
    """Let the first server that starts now state the secret; return False where there was none."""
    with store.transaction() as tx:
        return forget_values(tx, (SECRET, FINGERPRINT, ORGANIZER_KEY)) > 0


def _set_secret(tx: Transaction, own: str) -> str:
    if keep_value(tx, FINGERPRINT, _fingerprint(own)) != _fingerprint(own):
        raise BadStudy(DIFFERENT + CHANGE)
    return own


def _made_secret(tx: Transaction, own: str) -> str:
    known = shared_value(tx, FINGERPRINT)
    if known not in (None, _fingerprint(own)) and shared_value(tx, SECRET) is None:
        raise BadStudy(NOT_SET + CHANGE)
    secret = keep_value(tx, SECRET, own)
    keep_value(tx, FINGERPRINT, _fingerprint(secret))
    return secret


def _fingerprint(secret: str) -> str:
    """Return a text that shows if two secrets are equal, and nothing else of them."""
    return hmac.digest(secret.encode(), b"fingerprint", "sha256").hex()
