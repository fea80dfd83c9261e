"""Find the address of a client: that of its connection, or the one that a trusted proxy reports."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from demo.guard.rules.policy import Network

Headers = dict[bytes, bytes]


@dataclass(frozen=True)
class Client:
    """Hold the address, requested host and scheme of a client; `proxied`: a trusted proxy sent them."""

    address: str
    host: str
    scheme: str
    proxied: bool


def identify_client(connected: str, scheme: str, headers: Headers, proxies: tuple[Network, ...]) -> Client:
    """Return the client of a request.

    `connected` is the address of the connection. X-Forwarded-* headers count only where that address
    belongs to a trusted proxy.
    """
    host = headers.get(b"host", b"").decode("latin-1")
    if not proxies or not is_trusted(connected, proxies):
        return Client(connected, host, scheme, proxied=False)
    hops = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
    forwarded_scheme = _first(headers, b"x-forwarded-proto").lower()
    return Client(
        address=last_untrusted(hops, proxies) or connected,
        host=_first(headers, b"x-forwarded-host") or host,
        scheme=forwarded_scheme if forwarded_scheme in ("http", "https") else scheme,
        proxied=True,
    )


def last_untrusted(hops: Iterable[str], proxies: tuple[Network, ...]) -> str:
    """Return the last address of X-Forwarded-For that is not a trusted proxy, "" where there is none.

    A client can invent all addresses before that one.
    """
    for hop in reversed([_without_port(hop.strip()) for hop in hops]):
        if not _is_address(hop):
            return ""
        if not is_trusted(hop, proxies):
            return hop
    return ""


@lru_cache(maxsize=1024)
def is_trusted(address: str, proxies: tuple[Network, ...]) -> bool:
    """Return True if an address belongs to one of the networks."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(mapped in network for network in proxies if network.version == mapped.version)


def address_group(address: str) -> str:
    """Return the unit that limits are counted by: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))


def _first(headers: Headers, name: bytes) -> str:
    """Return the first of the comma-separated values of a header."""
    return headers.get(name, b"").decode("latin-1").split(",")[0].strip()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
