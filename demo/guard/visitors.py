"""Name a visitor by a keyed hash of the network address; addresses themselves are never stored."""

from starlette.types import Scope

SCOPE_KEY = "harmonylab.visitor"


def visitor_of(scope: Scope) -> str:
    """Return the visitor's name that the guard has put into the scope, "" where no guard ran."""
    return str(scope.get(SCOPE_KEY, ""))
