"""Decide which host names the server responds to, so that no foreign name reaches it (DNS rebinding)."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Hosts:
    """Hold the host names that are allowed, at any port.

    `literals` allows every literal IP address: it cannot be rebound, because DNS does not resolve it.
    """

    exact: frozenset[str]
    suffixes: tuple[str, ...] = ()
    literals: bool = False
    everything: bool = False

    @classmethod
    def named(cls, names: Iterable[str], literals: bool = False) -> "Hosts":
        """Allow these names (`*.example.org`: each name below it; `*`: every name) and the loopback names."""
        wanted = [_bare(name.lower()) for name in names]
        return cls(
            exact=frozenset(LOOPBACK) | {name for name in wanted if not name.startswith("*")},
            suffixes=tuple(name[1:] for name in wanted if name.startswith("*.")),
            literals=literals,
            everything="*" in wanted,
        )

    def allow(self, host: str) -> bool:
        """Return True if the value of a Host header is allowed."""
        if self.everything:
            return True
        name = host_name(host)
        if not name:
            return False
        return (
            name in self.exact
            or name.endswith(self.suffixes or ("\0",))
            or (self.literals and _is_address(name))
        )


def host_name(host: str) -> str:
    """Return the name in a Host header without port, brackets and final dot, "" where it is not a name."""
    if host.startswith("["):
        name, closing, rest = host[1:].partition("]")
        return _bare(name) if closing and _is_port_or_empty(rest) and _is_address(name) else ""
    name, colon, port = host.partition(":")
    if colon and not port.isdecimal():
        return ""
    name = name.lower().removesuffix(".")
    return name if name.isascii() and not set(name) & set("/\\@?# \t,;<>\"'") else ""


def _is_port_or_empty(rest: str) -> bool:
    return not rest or (rest[0] == ":" and rest[1:].isdecimal())


def _bare(name: str) -> str:
    """Return a name without brackets and final dot."""
    name = name.lower().removesuffix(".")
    return name[1:-1] if name.startswith("[") and name.endswith("]") else name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
