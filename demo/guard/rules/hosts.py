"""Decide under which names the server answers, so that no foreign name works (DNS rebinding)."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Hosts:
    """Names that are answered, at any port. A literal address cannot be rebound: DNS does not resolve it."""

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
        """Tell if a Host header names this server."""
        if self.everything:
            return True
        name = host_name(host)
        if not name:
            return False
        return (
            name in self.exact
            or name.endswith(self.suffixes or ("\0",))
            or (self.literals and _literal(name))
        )


def host_name(host: str) -> str:
    """Return the name of a Host header without port, brackets and final dot, "" if it is none."""
    if host.startswith("["):
        name, closing, rest = host[1:].partition("]")
        return _bare(name) if closing and _port_or_nothing(rest) and _literal(name) else ""
    name, colon, port = host.partition(":")
    if colon and not port.isdecimal():
        return ""
    name = name.lower().removesuffix(".")
    return name if name.isascii() and not set(name) & set("/\\@?# \t,;<>\"'") else ""


def _port_or_nothing(rest: str) -> bool:
    return not rest or (rest[0] == ":" and rest[1:].isdecimal())


def _bare(name: str) -> str:
    name = name.lower().removesuffix(".")
    return name[1:-1] if name.startswith("[") and name.endswith("]") else name


def _literal(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
