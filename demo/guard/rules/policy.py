"""Read what the guard allows from the environment; every number can be changed there."""

import ipaddress
import math
import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields

from demo.environment import BadSettings, positive_number
from demo.guard.rules.hosts import Hosts

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MEGABYTE = 1 << 20
SPACE_ANCESTORS = "'self' https://huggingface.co https://*.huggingface.co https://*.hf.space"
# A Space is reached through its own proxy only, which has a private address.
PRIVATE_NETWORKS = "127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"


@dataclass(frozen=True)
class Rate:
    """Allow `burst` requests at once and `per_second` later on; a burst of 0 is no limit."""

    burst: float
    per_second: float


@dataclass(frozen=True)
class Rates:
    """The limits of one visitor, by what is asked for. Many people can sit behind one address."""

    pages: Rate = Rate(300, 20)
    calls: Rate = Rate(600, 20)
    uploads: Rate = Rate(60, 1)
    enrolments: Rate = Rate(60, 1)
    votes: Rate = Rate(600, 100)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Rates":
        """Read RATE_PAGES, RATE_CALLS, RATE_UPLOADS, RATE_ENROLMENTS and RATE_VOTES, such as `300/2.5`."""
        given = {
            field.name: _rate(f"RATE_{field.name.upper()}", text)
            for field in fields(cls)
            if (text := env.get(f"RATE_{field.name.upper()}"))
        }
        return cls(**given)


@dataclass(frozen=True)
class UploadLimits:
    """Bytes of one file, of one visitor in an hour, and of the whole folder; files sent at once."""

    file: int = 200 * MEGABYTE
    visitor: int = 1000 * MEGABYTE
    folder: int = 5000 * MEGABYTE
    at_once: int = 4

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "UploadLimits":
        """Read UPLOAD_MB, UPLOAD_HOUR_MB, UPLOAD_FOLDER_MB and UPLOADS_AT_ONCE."""
        usual = cls()
        return cls(
            int(positive_number(env, "UPLOAD_MB", usual.file / MEGABYTE) * MEGABYTE),
            int(positive_number(env, "UPLOAD_HOUR_MB", usual.visitor / MEGABYTE) * MEGABYTE),
            int(positive_number(env, "UPLOAD_FOLDER_MB", usual.folder / MEGABYTE) * MEGABYTE),
            int(positive_number(env, "UPLOADS_AT_ONCE", usual.at_once)),
        )


@dataclass(frozen=True)
class ConnectionLimits:
    """Open connections in all and of one address; seconds for a header, and for each 20 kB of a body."""

    total: int = 4000
    per_address: int = 600
    header_seconds: float = 10
    body_seconds: float = 20

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "ConnectionLimits":
        """Read CONNECTIONS, CONNECTIONS_PER_ADDRESS, HEADER_SECONDS and BODY_SECONDS."""
        usual = cls()
        return cls(
            int(positive_number(env, "CONNECTIONS", usual.total)),
            int(positive_number(env, "CONNECTIONS_PER_ADDRESS", usual.per_address)),
            positive_number(env, "HEADER_SECONDS", usual.header_seconds),
            positive_number(env, "BODY_SECONDS", usual.body_seconds),
        )


@dataclass(frozen=True)
class Policy:
    """Hold every decision of the guard that an operator can change."""

    hosts: Hosts
    origins: frozenset[str] = frozenset()
    frame_ancestors: str = "'self'"
    proxies: tuple[Network, ...] = ()
    rates: Rates = Rates()
    uploads: UploadLimits = UploadLimits()
    connections: ConnectionLimits = ConnectionLimits()

    @classmethod
    def from_env(cls, env: Mapping[str, str], host: str) -> "Policy":
        """Read the variables of SECURITY.md; `host` is the address to listen at. Raises BadSettings."""
        space = env.get("SPACE_ID", "")
        return cls(
            hosts=_hosts(env, host),
            origins=frozenset(_origin(text) for text in _list(env.get("ALLOWED_ORIGINS", ""))),
            frame_ancestors=_ancestors(
                env.get("FRAME_ANCESTORS") or (SPACE_ANCESTORS if space else "'self'")
            ),
            proxies=_networks(env.get("TRUSTED_PROXIES") or (PRIVATE_NETWORKS if space else "")),
            rates=Rates.from_env(env),
            uploads=UploadLimits.from_env(env),
            connections=ConnectionLimits.from_env(env),
        )


def _hosts(env: Mapping[str, str], host: str) -> Hosts:
    named = _list(env.get("ALLOWED_HOSTS", ""))
    if named:
        return Hosts.named(named)
    if env.get("SPACE_ID"):
        return Hosts.named([env.get("SPACE_HOST") or "*.hf.space", "*.hf.space"], literals=True)
    if host in ("0.0.0.0", "::", ""):
        return Hosts.named([socket.gethostname(), f"{socket.gethostname()}.local"], literals=True)
    return Hosts.named([host])


def _list(text: str) -> list[str]:
    return [part.strip().lower() for part in text.split(",") if part.strip()]


def _origin(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if scheme not in ("http", "https") or not separator or not rest or "/" in rest:
        raise BadSettings(f"ALLOWED_ORIGINS: {text!r} is no origin. Please write it like https://example.org")
    return text


def _ancestors(text: str) -> str:
    if any(sign in text for sign in ";,\r\n"):
        raise BadSettings("FRAME_ANCESTORS: please separate the addresses by spaces, without ; or ,")
    return text


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part, strict=False) for part in _list(text))
    except ValueError as error:
        raise BadSettings(f"TRUSTED_PROXIES: {error}. Please use addresses or networks.") from error


def _rate(name: str, text: str) -> Rate:
    burst, _, per_second = text.partition("/")
    try:
        rate = Rate(float(burst), float(per_second or burst))
    except ValueError:
        rate = Rate(math.nan, math.nan)
    if not (0 <= rate.burst < math.inf and 0 <= rate.per_second < math.inf):
        raise BadSettings(
            f"{name} is {text!r}: please write it like 60/1 (at once / each second), or 0 for none."
        )
    return rate
