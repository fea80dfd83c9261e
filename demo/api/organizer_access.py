"""Check that a request is from an organizer: by a key first, then by a signed cookie that expires.

Addresses and headers of proxies do not count.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import cookie_parser

SIGN_IN = "/organizer/sign-in"
SIGNED_IN_SECONDS = 12 * 3600
Clock = Callable[[], float]


@dataclass(frozen=True)
class OrganizerAccess:
    """Check keys and cookies.

    key: of organizers, to sign in. secret: signs cookies; cookies of another key or another secret are
    invalid. framed: pages are shown in a frame of another site. signed_out: ids of cookies that were signed
    out, with the time at which they expire.
    """

    key: str
    secret: str
    framed: bool = False
    now: Clock = time.time
    signed_out: dict[str, float] = field(default_factory=dict)

    @property
    def cookie(self) -> str:
        """Return the name of the cookie: one for each server, as browsers share cookies between ports."""
        return f"harmonylab_organizer_{hashlib.sha256(self.secret.encode()).hexdigest()[:8]}"

    def is_key(self, offered: str) -> bool:
        """Compare a text with the key in constant time."""
        return hmac.compare_digest(offered.encode("utf-8", "replace"), self.key.encode())

    def signed_in(self, headers: Mapping[str, str]) -> bool:
        """Return True where the headers of a request contain a valid cookie of this server."""
        return self._ticket_id(self._sent(headers)) is not None

    def new_cookie(self, secure: bool) -> str:
        """Return the header Set-Cookie with a new cookie."""
        ticket = f"{int(self.now()) + SIGNED_IN_SECONDS}.{secrets.token_hex(16)}"
        return self._header(f"{ticket}.{self._signature(ticket)}", SIGNED_IN_SECONDS, secure)

    def expired_cookie(self, secure: bool) -> str:
        """Return the header Set-Cookie that makes a browser delete the cookie."""
        return self._header("", 0, secure)

    def sign_out(self, headers: Mapping[str, str]) -> None:
        """Invalidate the cookie in the headers, and copies of it, until it expires or the server restarts."""
        ticket = self._ticket_id(self._sent(headers))
        for expired in [name for name, until in list(self.signed_out.items()) if until < self.now()]:
            self.signed_out.pop(expired, None)
        if ticket is not None:
            self.signed_out[ticket] = self.now() + SIGNED_IN_SECONDS

    def _header(self, value: str, seconds: int, secure: bool) -> str:
        # Not by http.cookies, which has Partitioned from Python 3.14 on only.
        kept = f"{self.cookie}={value}; Max-Age={seconds}; Path=/; HttpOnly"
        if self.framed:
            return f"{kept}; Secure; SameSite=None; Partitioned"
        return f"{kept}; Secure; SameSite=Lax" if secure else f"{kept}; SameSite=Lax"

    def _sent(self, headers: Mapping[str, str]) -> str:
        return cookie_parser(headers.get("cookie", "")).get(self.cookie, "")

    def _ticket_id(self, value: str) -> str | None:
        """Return the id of the ticket in a cookie, None where it is forged, expired or signed out."""
        ticket, _, signature = value.rpartition(".")
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), self._signature(ticket).encode()):
            return None
        until, _, name = ticket.partition(".")
        return name if float(until) > self.now() and name not in self.signed_out else None

    def _signature(self, ticket: str) -> str:
        return hmac.digest(f"{self.secret}.{self.key}".encode(), ticket.encode(), "sha256").hex()
