"""Find out who asks: the connection's address, or what a trusted proxy says about it."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from demo.guard.rules.policy import Network

Headers = dict[bytes, bytes]


@dataclass(frozen=True)
class Seen:
    """The client's address, the host that it asked for, and the scheme, as far as they can be believed."""

    address: str
    host: str
    scheme: str
    proxied: bool


def seen(client: str, scheme: str, headers: Headers, proxies: tuple[Network, ...]) -> Seen:
    """Believe X-Forwarded-* only when the connection itself comes from a trusted proxy."""
    host = headers.get(b"host", b"").decode("latin-1")
    if not proxies or not trusted(client, proxies):
        return Seen(client, host, scheme, proxied=False)
    forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
    said = headers.get(b"x-forwarded-proto", b"").decode("latin-1").split(",")[0].strip().lower()
    named = headers.get(b"x-forwarded-host", b"").decode("latin-1").split(",")[0].strip()
    address = last_untrusted(forwarded, proxies) or client
    return Seen(address, named or host, said if said in ("http", "https") else scheme, proxied=True)


def last_untrusted(hops: Iterable[str], proxies: tuple[Network, ...]) -> str:
    """Return the hop nearest to us that is no proxy of ours: what stands further left can be invented."""
    for hop in reversed([_without_port(hop.strip()) for hop in hops]):
        if not _is_address(hop):
            return ""
        if not trusted(hop, proxies):
            return hop
    return ""


@lru_cache(maxsize=1024)
def trusted(address: str, proxies: tuple[Network, ...]) -> bool:
    """Tell if an address belongs to one of the networks."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in network for network in proxies if network.version == mapped.version)


def group(address: str) -> str:
    """Return what limits are counted by: an IPv4 address, or the /64 network that one household has."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))


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
