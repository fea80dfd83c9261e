"""Every method behind one call: Composite → picture.

A method is added in one file, which holds its METHODS, and one line of `available_methods`.
"""

from model.methods import hist_match, mean_gain, mkl, no_change, ours, reinhard
from model.methods.method import Method

__all__ = ["Method", "UnknownMethod", "available_methods", "get_method"]


class UnknownMethod(ValueError):
    """No method of that name. The message lists the names and is shown to people as it is."""


def available_methods() -> dict[str, Method]:
    """All methods by name, in the order in which they are shown; `reason` says which of them cannot run."""
    methods = (
        *no_change.METHODS,
        *mean_gain.METHODS,
        *reinhard.METHODS,
        *mkl.METHODS,
        *hist_match.METHODS,
        *ours.methods(),
    )
    return {method.name: method for method in methods}


def get_method(name: str) -> Method:
    """The method of that name. Raises UnknownMethod."""
    methods = available_methods()
    if name not in methods:
        raise UnknownMethod(f"There is no method {name!r}. Please choose from: {', '.join(methods)}.")
    return methods[name]
