"""Give every method by its name, behind one call: Composite → harmonized image.

A method is added in one file, which holds its METHODS, and one line of `available_methods`.
"""

import copyreg
from collections import Counter

from model.methods import (
    hist_match,
    idt,
    learned,
    mean_gain,
    mkl,
    no_change,
    ours,
    poisson,
    reinhard,
    user_file,
    zones,
)
from model.methods.common.external import BadMethod
from model.methods.common.method import Method

__all__ = [
    "BadMethod",
    "Method",
    "UnknownMethod",
    "available_methods",
    "get_method",
    "resolve_name",
    "spellings",
    "usable_method",
]

ALIASES = {  # names of earlier releases, which stay accepted
    "pih": "harmonylab",
    "pih_curves": "harmonylab_curves",
    "pih_official": "wang2022_pih",
    "harmonizer": "ke2022_harmonizer",
}


class UnknownMethod(ValueError):
    """Report a method that does not exist or cannot run here. The message is shown to people as it is."""


def resolve_name(name: str) -> str:
    """Return today's name of a method that is given by this or by its name in an earlier release."""
    return ALIASES.get(name, name)


def spellings(name: str) -> tuple[str, ...]:
    """Return all names of the method: the given one, today's and those of earlier releases."""
    today = resolve_name(name)
    earlier = (alias for alias, current in ALIASES.items() if current == today)
    return tuple(dict.fromkeys((name, today, *earlier)))


def available_methods() -> dict[str, Method]:
    """Return all methods by name, in the order in which they are shown; `reason` is set where one cannot run.

    Raises BadMethod for a file of the user's own methods that cannot be used.
    """
    methods = (
        *no_change.METHODS,
        *mean_gain.METHODS,
        *reinhard.METHODS,
        *mkl.METHODS,
        *hist_match.METHODS,
        *idt.METHODS,
        *zones.METHODS,
        *poisson.METHODS,
        *ours.methods(),
        *learned.methods(),
        *user_file.methods(),
    )
    names = Counter([*ALIASES, *(method.name for method in methods)])
    taken = [name for name, count in names.items() if count > 1]
    if taken:
        raise BadMethod(f"There is a method {taken[0]} already. Please give yours another name.")
    return {method.name: method for method in methods}


def get_method(name: str) -> Method:
    """Return the method of that name, or of that name in an earlier release. Raises UnknownMethod."""
    methods = available_methods()
    method = methods.get(resolve_name(name))
    if method is None:
        raise UnknownMethod(f"There is no method {name!r}. Please choose from: {', '.join(methods)}.")
    return method


def usable_method(name: str) -> Method:
    """Return the method of that name. Raises UnknownMethod, with the reason where it cannot run here."""
    method = get_method(name)
    if method.reason:
        raise UnknownMethod(f"{name} cannot run here: {method.reason}.")
    return method


# Other processes get a method by its name, as its functions cannot be pickled.
copyreg.pickle(Method, lambda method: (usable_method, (method.name,)))
