"""Refuse requests that another site makes a visitor's browser send; let listed sites use the study API."""

from urllib.parse import urlsplit

from demo.guard.rules.refusals import Refusal

Headers = dict[bytes, bytes]
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
FOREIGN_SITES = (b"cross-site", b"same-site")
DEFAULT_PORTS = {"http": 80, "https": 443}
FOREIGN_ORIGIN = (
    "This request came from another site. Please open this page by its own address. "
    "(Operators: a proxy must pass the Host header on; list other sites in ALLOWED_ORIGINS.)"
)


def check_origin(method: str, headers: Headers, host: str, allowed: frozenset[str]) -> None:
    """Refuse a POST or other unsafe request of a foreign page. Raises Refusal.

    A request without an Origin header is allowed: programs send none, and browsers always do.
    """
    if method in SAFE_METHODS:
        return
    origin = headers.get(b"origin", b"").decode("latin-1").lower()
    if origin in allowed or (origin and same_host(origin, host)):
        return
    if origin or headers.get(b"sec-fetch-site") in FOREIGN_SITES:
        raise Refusal(403, "foreign_origin", FOREIGN_ORIGIN)


def same_host(origin: str, host: str) -> bool:
    """Return True if an origin has the requested host and port.

    The scheme is not compared: proxies end TLS, so that the server sees `http` where the browser has `https`.
    """
    try:
        parts = urlsplit(origin)
        default = DEFAULT_PORTS.get(parts.scheme)
        theirs = (parts.hostname, parts.port or default)
        ours = urlsplit(f"//{host.lower()}")
        # A Host header without a port stands for the default port of the origin's scheme.
        return default is not None and theirs == (ours.hostname, ours.port or default)
    except ValueError:
        return False


def is_preflight(method: str, headers: Headers) -> bool:
    """Return True if a browser asks for permission before it sends a request to another site."""
    return method == "OPTIONS" and b"access-control-request-method" in headers


def cors_headers(origin: str, preflight: bool) -> list[tuple[bytes, bytes]]:
    """Return the headers that let a listed origin read the response.

    Cookies are not allowed: the study API identifies participants by their token.
    """
    headers = [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]
    if preflight:
        headers += [
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", b"authorization, content-type"),
            (b"access-control-max-age", b"600"),
        ]
    return headers
