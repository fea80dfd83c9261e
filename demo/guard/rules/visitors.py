"""Name a visitor by a keyed hash of the network address; addresses themselves are never stored."""

import hmac
import secrets

from starlette.types import Scope

SCOPE_KEY = "harmonylab.visitor"
# A key of this process alone: nobody can compute an address from a name, and names do not outlive a restart.
KEY = secrets.token_bytes(32)


def visitor_of(scope: Scope) -> str:
    """Return the visitor's name that the guard has put into the scope, "" where no guard ran."""
    return str(scope.get(SCOPE_KEY, ""))


def name_of(address: str) -> str:
    """Return the name of an address."""
    return hmac.digest(KEY, address.encode("utf-8", "replace"), "sha256").hex()[:32]
