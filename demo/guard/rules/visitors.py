"""Identify a visitor by a keyed hash of the network address; addresses themselves are never stored."""

import hmac
import secrets

from starlette.types import Scope

SCOPE_KEY = "harmonylab.visitor"
# Made at each start and kept in memory alone: nobody can compute an address from a pseudonym, and
# pseudonyms change with a restart.
KEY = secrets.token_bytes(32)


def visitor_of(scope: Scope) -> str:
    """Return the pseudonym that the guard has put into the ASGI scope, "" where no guard ran."""
    return str(scope.get(SCOPE_KEY, ""))


def pseudonym(address: str) -> str:
    """Return the pseudonym of an address: 32 hexadecimal digits of an HMAC-SHA256."""
    return hmac.digest(KEY, address.encode("utf-8", "replace"), "sha256").hex()[:32]
