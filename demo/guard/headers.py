"""Write the security headers of responses."""

from dataclasses import dataclass

Pairs = list[tuple[bytes, bytes]]

# Gradio runs the scripts of our widgets by `new Function` and compiles templates, so no page works without
# 'unsafe-eval'. Its styles are inline. Nothing is loaded from another host.
COMMON = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; media-src 'self' data: blob:; connect-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self' https://*.mturk.com; "  # where a participant hands in their task
)
# A browser may show an uploaded file and run nothing in it.
FILE_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; sandbox"
PERMISSIONS = (
    b"accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
    b"microphone=(), midi=(), payment=(), usb=()"
)
REPLACED = frozenset(
    (
        b"server",
        b"content-security-policy",
        b"x-content-type-options",
        b"referrer-policy",
        b"permissions-policy",
        b"cross-origin-opener-policy",
        b"x-frame-options",
        b"access-control-allow-origin",
        b"access-control-allow-credentials",
        b"access-control-allow-methods",
        b"access-control-allow-headers",
        b"access-control-expose-headers",
        b"access-control-max-age",
    )
)


@dataclass(frozen=True)
class SecurityHeaders:
    """Hold the headers of pages and of files as ASGI pairs of name and value."""

    pages: Pairs
    files: Pairs

    @classmethod
    def framed_by(cls, ancestors: str) -> "SecurityHeaders":
        """Return the headers; `ancestors` lists the sites that may show the pages in a frame, as in CSP."""
        policy = f"{COMMON}script-src 'self' 'unsafe-inline' 'unsafe-eval'; frame-ancestors {ancestors}"
        shared: Pairs = [
            (b"x-content-type-options", b"nosniff"),
            # The address of the study page contains the recruitment id of a participant. With
            # `no-referrer`, browsers would send `Origin: null` for our own forms.
            (b"referrer-policy", b"same-origin"),
            (b"permissions-policy", PERMISSIONS),
        ]
        pages = [
            *shared,
            (b"content-security-policy", policy.encode("latin-1")),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]
        if ancestors == "'self'":
            pages.append((b"x-frame-options", b"SAMEORIGIN"))
        return cls(pages, [*shared, (b"content-security-policy", FILE_POLICY)])


def with_our_headers(given: Pairs, ours: Pairs, private: bool) -> Pairs:
    """Return the headers of a response with the security headers replaced by ours.

    private: forbid browsers to store a response that has no Cache-Control header.
    """
    others = [pair for pair in given if pair[0].lower() not in REPLACED]
    if private and not any(name.lower() == b"cache-control" for name, _ in others):
        others.append((b"cache-control", b"no-store"))
    return others + ours
