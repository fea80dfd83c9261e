"""Read what the guard allows from environment variables."""

import ipaddress
import math
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from demo.environment import Count, EnvironmentSettings, PositiveNumber, Space, read_settings
from demo.guard.rules.hosts import Hosts

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MEGABYTE = 1 << 20
EVERY_ADDRESS = ("0.0.0.0", "::")
SPACE_ANCESTORS = "'self' https://huggingface.co https://*.huggingface.co https://*.hf.space"
# A Space is reached through its own proxy only, which has a private address.
PRIVATE_NETWORKS: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


@dataclass(frozen=True)
class Rate:
    """Allow `burst` requests at once and `per_second` requests later; a burst of 0 stands for no limit."""

    burst: float
    per_second: float


def _rate(value: object) -> object:
    """Return the rate that a text such as `300/2.5` states, requests at once / each second."""
    if not isinstance(value, str):
        return value
    burst, _, per_second = value.partition("/")
    try:
        rate = Rate(float(burst), float(per_second or burst))
    except ValueError:
        rate = Rate(math.nan, math.nan)
    if not (0 <= rate.burst < math.inf and 0 <= rate.per_second < math.inf):
        raise ValueError(f"is {value!r}: please write it like 60/1 (at once / each second), or 0 for none.")
    return rate


RateText = Annotated[Rate, BeforeValidator(_rate)]


class Rates(EnvironmentSettings):
    """Hold the rate limits of one visitor for each kind of request. Many people can share one address."""

    pages: RateText = Field(default=Rate(300, 20), validation_alias="RATE_PAGES")
    calls: RateText = Field(default=Rate(600, 20), validation_alias="RATE_CALLS")
    uploads: RateText = Field(default=Rate(120, 4), validation_alias="RATE_UPLOADS")
    enrolments: RateText = Field(default=Rate(60, 1), validation_alias="RATE_ENROLMENTS")
    votes: RateText = Field(default=Rate(600, 100), validation_alias="RATE_VOTES")


def _bytes(value: object) -> object:
    """Return the bytes that a text with a number of megabytes states."""
    if not isinstance(value, str):
        return value
    try:
        megabytes = float(value)
    except ValueError:
        megabytes = math.nan
    if not 0 < megabytes < math.inf:
        raise ValueError(f"is {value!r}: please use a number above 0.")
    return int(megabytes * MEGABYTE)


Bytes = Annotated[int, BeforeValidator(_bytes)]


class UploadLimits(EnvironmentSettings):
    """Hold the limits of uploads: bytes of one file, of one visitor in an hour, of the folder; files at once.

    The variables are in megabytes of 2**20 bytes.
    """

    file: Bytes = Field(default=200 * MEGABYTE, validation_alias="UPLOAD_MB")
    visitor: Bytes = Field(default=1000 * MEGABYTE, validation_alias="UPLOAD_HOUR_MB")
    folder: Bytes = Field(default=5000 * MEGABYTE, validation_alias="UPLOAD_FOLDER_MB")
    at_once: Count = Field(default=4, validation_alias="UPLOADS_AT_ONCE")


class ConnectionLimits(EnvironmentSettings):
    """Hold the limits of connections: the number in all and of one address, and the time in seconds.

    header_seconds is the time for a request's header, body_seconds the time for each 20 kB of its body.
    """

    total: Count = Field(default=4000, validation_alias="CONNECTIONS")
    per_address: Count = Field(default=600, validation_alias="CONNECTIONS_PER_ADDRESS")
    header_seconds: PositiveNumber = Field(default=10, validation_alias="HEADER_SECONDS")
    body_seconds: PositiveNumber = Field(default=20, validation_alias="BODY_SECONDS")


def _parts(value: object) -> object:
    """Split a text at its commas."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip().lower() for part in value.split(",") if part.strip())


def _checked_origins(origins: frozenset[str]) -> frozenset[str]:
    for text in origins:
        scheme, separator, rest = text.partition("://")
        if scheme not in ("http", "https") or not separator or not rest or "/" in rest:
            raise ValueError(
                f"has {text!r}, which is not an origin: please write it like https://example.org"
            )
    return origins


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return tuple(
            ipaddress.ip_network(part.strip(), strict=False) for part in value.split(",") if part.strip()
        )
    except ValueError as error:
        raise ValueError(f"cannot be read: {error}. Please use addresses or networks.") from None


def _one_directive(text: str) -> str:
    if any(sign in text for sign in ";,\r\n"):
        raise ValueError("has ; or , in it: please separate the addresses by spaces.")
    return text


class AccessRules(EnvironmentSettings):
    """Hold the host names, origins, frames and proxies that are set; empty where the default applies."""

    hosts: Annotated[tuple[str, ...], BeforeValidator(_parts)] = Field(
        default=(), validation_alias="ALLOWED_HOSTS"
    )
    origins: Annotated[frozenset[str], AfterValidator(_checked_origins), BeforeValidator(_parts)] = Field(
        default=frozenset(), validation_alias="ALLOWED_ORIGINS"
    )
    frame_ancestors: Annotated[str, AfterValidator(_one_directive)] = Field(
        default="", validation_alias="FRAME_ANCESTORS"
    )
    proxies: Annotated[tuple[Network, ...], BeforeValidator(_networks)] = Field(
        default=(), validation_alias="TRUSTED_PROXIES"
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
        given, space = read_settings(AccessRules, env), read_settings(Space, env)
        return cls(
            hosts=_hosts(given.hosts, space, host),
            origins=given.origins,
            frame_ancestors=given.frame_ancestors or (SPACE_ANCESTORS if space.id else "'self'"),
            proxies=given.proxies or (PRIVATE_NETWORKS if space.id else ()),
            rates=read_settings(Rates, env),
            uploads=read_settings(UploadLimits, env),
            connections=read_settings(ConnectionLimits, env),
        )


def _hosts(named: tuple[str, ...], space: Space, host: str) -> Hosts:
    """Return the names to respond to: those that are set, of the Space, of this machine, or the address."""
    if named:
        return Hosts.named(named)
    if space.id:
        return Hosts.named([space.host or "*.hf.space", "*.hf.space"], literals=True)
    if host in EVERY_ADDRESS:
        return Hosts.named([socket.gethostname(), f"{socket.gethostname()}.local"], literals=True)
    return Hosts.named([host])
