"""Every method behind one call: Composite → picture.

A method is added in one file, which holds its METHODS, and one line of `available_methods`.
"""

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

__all__ = ["BadMethod", "Method", "UnknownMethod", "available_methods", "get_method", "usable_method"]


class UnknownMethod(ValueError):
    """No method of that name. The message lists the names and is shown to people as it is."""


def available_methods() -> dict[str, Method]:
    """All methods by name, in the order in which they are shown; `reason` says which of them cannot run.

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
    taken = [name for name, count in Counter(method.name for method in methods).items() if count > 1]
    if taken:
        raise BadMethod(f"There is a method {taken[0]} already. Please give yours another name.")
    return {method.name: method for method in methods}


def get_method(name: str) -> Method:
    """The method of that name. Raises UnknownMethod."""
    methods = available_methods()
    if name not in methods:
        raise UnknownMethod(f"There is no method {name!r}. Please choose from: {', '.join(methods)}.")
    return methods[name]


def usable_method(name: str) -> Method:
    """The method of that name, which can run here. Raises UnknownMethod, with the reason if it cannot."""
    method = get_method(name)
    if method.reason:
        raise UnknownMethod(f"{name} cannot run here: {method.reason}.")
    return method
