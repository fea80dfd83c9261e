"""Refuse what another site makes a visitor's browser ask for; let named sites use the study's API."""

from urllib.parse import urlsplit

from demo.guard.rules.refusals import Refusal

Headers = dict[bytes, bytes]
SAFE = ("GET", "HEAD", "OPTIONS")
STRANGE_SITES = (b"cross-site", b"same-site")
PORTS = {"http": 80, "https": 443}


def check_origin(method: str, headers: Headers, host: str, allowed: frozenset[str]) -> None:
    """Refuse an unsafe request of a foreign page. Programs send no Origin, and are not meant here."""
    if method in SAFE:
        return
    origin = headers.get(b"origin", b"").decode("latin-1").lower()
    if origin in allowed or (origin and same_host(origin, host)):
        return
    if origin or headers.get(b"sec-fetch-site") in STRANGE_SITES:
        raise Refusal(
            403,
            "foreign_origin",
            "This request came from another site. Please open this page by its own address. "
            "(Operators: a proxy must pass the Host header on; other sites are named in ALLOWED_ORIGINS.)",
        )


def same_host(origin: str, host: str) -> bool:
    """Tell if an origin is the host itself. Proxies end TLS, so the scheme says nothing."""
    try:
        parts = urlsplit(origin)
        usual = PORTS.get(parts.scheme)
        there = (parts.hostname, parts.port or usual)
        ours = urlsplit(f"//{host.lower()}")
        # Without a port the host was asked for at the usual port of the origin's scheme.
        return usual is not None and there == (ours.hostname, ours.port or usual)
    except ValueError:
        return False


def is_preflight(method: str, headers: Headers) -> bool:
    """Tell if a browser asks before it sends a request to another site."""
    return method == "OPTIONS" and b"access-control-request-method" in headers


def cors_headers(origin: str, preflight: bool) -> list[tuple[bytes, bytes]]:
    """Let a named origin read the answer. Never with cookies: the API knows people by their token."""
    headers = [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]
    if preflight:
        headers += [
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", b"authorization, content-type"),
            (b"access-control-max-age", b"600"),
        ]
    return headers
