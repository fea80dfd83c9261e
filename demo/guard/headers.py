"""Write the headers that tell a browser what our pages may do."""

from dataclasses import dataclass

Pairs = list[tuple[bytes, bytes]]

# Gradio runs the scripts of our widgets by `new Function` and compiles templates: without 'unsafe-eval' no
# page works. Its styles are inline. Nothing comes from another host.
COMMON = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; media-src 'self' data: blob:; connect-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
)
# A file that somebody uploaded is only ever looked at.
FILE_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; sandbox"
PERMISSIONS = (
    b"accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
    b"microphone=(), midi=(), payment=(), usb=()"
)
OURS = frozenset(
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
    """Hold the headers of pages and of files, made once."""

    pages: Pairs
    files: Pairs

    @classmethod
    def framed_by(cls, ancestors: str) -> "SecurityHeaders":
        """Make the headers for the sites that may show our pages in a frame."""
        policy = f"{COMMON}script-src 'self' 'unsafe-inline' 'unsafe-eval'; frame-ancestors {ancestors}"
        shared: Pairs = [
            (b"x-content-type-options", b"nosniff"),
            # The address of the study page has the recruitment id of a participant. Not `no-referrer`:
            # with it browsers send `Origin: null` for our own forms.
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


def replaced(given: Pairs, ours: Pairs, private: bool) -> Pairs:
    """Put our headers in place of those that an answer has; what nobody said may be kept is not kept."""
    kept = [pair for pair in given if pair[0].lower() not in OURS]
    if private and not any(name.lower() == b"cache-control" for name, _ in kept):
        kept.append((b"cache-control", b"no-store"))
    return kept + ours
