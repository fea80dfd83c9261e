"""Tell organizers from strangers: a key signs in, a signed cookie that expires shows it from then on.

No address and no header of a proxy makes anybody an organizer.
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

    key: what organizers sign in with. secret: signs cookies; with another key or another secret every
    cookie is void. framed: pages stand in a frame of another site.
    """

    key: str
    secret: str
    framed: bool = False
    now: Clock = time.time
    signed_out: dict[str, float] = field(default_factory=dict)

    @property
    def cookie(self) -> str:
        """Return the cookie's name: one for each server, as browsers keep those of all ports together."""
        return f"harmonylab_organizer_{hashlib.sha256(self.secret.encode()).hexdigest()[:8]}"

    def fits(self, offered: str) -> bool:
        """Compare a key in constant time."""
        return hmac.compare_digest(offered.encode("utf-8", "replace"), self.key.encode())

    def signed_in(self, headers: Mapping[str, str]) -> bool:
        """Return True where the headers of a request carry a cookie that we signed and that still holds."""
        return self._ticket_id(self._sent(headers)) is not None

    def cookie_of(self, secure: bool) -> str:
        """Return a fresh cookie as the value of the header Set-Cookie."""
        ticket = f"{int(self.now()) + SIGNED_IN_SECONDS}.{secrets.token_hex(16)}"
        return self._header(f"{ticket}.{self._signature(ticket)}", SIGNED_IN_SECONDS, secure)

    def no_cookie(self, secure: bool) -> str:
        """Return the value of the header Set-Cookie that makes a browser forget the cookie."""
        return self._header("", 0, secure)

    def sign_out(self, headers: Mapping[str, str]) -> None:
        """Void the cookie that was sent, also for whoever copied it; until it expires or we restart."""
        ticket = self._ticket_id(self._sent(headers))
        for gone in [name for name, until in list(self.signed_out.items()) if until < self.now()]:
            self.signed_out.pop(gone, None)
        if ticket is not None:
            self.signed_out[ticket] = self.now() + SIGNED_IN_SECONDS

    def _header(self, value: str, seconds: int, secure: bool) -> str:
        # Written by hand: Python's own cookies know Partitioned only from 3.14 on.
        kept = f"{self.cookie}={value}; Max-Age={seconds}; Path=/; HttpOnly"
        if self.framed:
            return f"{kept}; Secure; SameSite=None; Partitioned"
        return f"{kept}; Secure; SameSite=Lax" if secure else f"{kept}; SameSite=Lax"

    def _sent(self, headers: Mapping[str, str]) -> str:
        return cookie_parser(headers.get("cookie", "")).get(self.cookie, "")

    def _ticket_id(self, value: str) -> str | None:
        """Return what names the ticket in a cookie, None where it is forged, expired or signed out."""
        ticket, _, signature = value.rpartition(".")
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), self._signature(ticket).encode()):
            return None
        until, _, name = ticket.partition(".")
        return name if float(until) > self.now() and name not in self.signed_out else None

    def _signature(self, ticket: str) -> str:
        return hmac.digest(f"{self.secret}.{self.key}".encode(), ticket.encode(), "sha256").hex()
