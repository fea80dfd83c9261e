"""Find which organizer sent a request: by a key or an account first, then by a signed cookie that expires.

Addresses and headers of proxies do not count.
"""

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import cookie_parser

from demo.organizer.signed_out import OnThisServer, SignedOut

SIGN_IN = "/organizer/sign-in"
SIGNED_IN_SECONDS = 12 * 3600
Clock = Callable[[], float]


ACCOUNT = "account"  # stands for the key in the signature of a cookie of a Hugging Face account


@dataclass(frozen=True)
class Organizer:
    """Name an organizer who is signed in, as the log of organizers shows it."""

    name: str


@dataclass(frozen=True)
class OrganizerAccess:
    """Check keys and cookies.

    keys: name of an organizer → key to sign in with. secret: signs cookies; cookies of a changed key, of a
    removed name or of another secret are invalid. accounts: names of Hugging Face accounts of organizers, in
    small letters. framed: pages are shown in a frame of another site. signed_out: ids of cookies that were
    signed out.
    """

    keys: Mapping[str, str]
    secret: str
    accounts: frozenset[str] = frozenset()
    framed: bool = False
    now: Clock = time.time
    signed_out: SignedOut = field(default_factory=OnThisServer)

    @property
    def cookie(self) -> str:
        """Return the name of the cookie: one for each server, as browsers share cookies between ports."""
        return f"harmonylab_organizer_{hashlib.sha256(self.secret.encode()).hexdigest()[:8]}"

    def of_key(self, offered: str) -> Organizer | None:
        """Return the organizer with this key, None for a wrong one; the time does not depend on the key."""
        sent = hashlib.sha256(offered.encode("utf-8", "replace")).digest()
        found = None
        for name, key in self.keys.items():
            if hmac.compare_digest(sent, hashlib.sha256(key.encode()).digest()):
                found = Organizer(name)
        return found

    def of_account(self, account: str) -> Organizer | None:
        """Return the organizer with this Hugging Face account, None where it is not on the list."""
        return Organizer(account_name(account)) if account.lower() in self.accounts else None

    def organizer(self, headers: Mapping[str, str]) -> Organizer | None:
        """Return who sent a request, by the cookie in its headers; None without a valid one."""
        ticket = self._ticket(self._sent(headers))
        return ticket.organizer if ticket else None

    def signed_in(self, headers: Mapping[str, str]) -> bool:
        """Return True where the headers of a request contain a valid cookie of this server."""
        return self.organizer(headers) is not None

    def new_cookie(self, organizer: Organizer, secure: bool) -> str:
        """Return the header Set-Cookie with a new cookie of an organizer."""
        name = urlsafe_b64encode(organizer.name.encode()).decode().rstrip("=")
        ticket = f"{int(self.now()) + SIGNED_IN_SECONDS}.{secrets.token_hex(16)}.{name}"
        signature = self._signature(ticket, self._credential(organizer.name))
        return self._header(f"{ticket}.{signature}", SIGNED_IN_SECONDS, secure)

    def expired_cookie(self, secure: bool) -> str:
        """Return the header Set-Cookie that makes a browser delete the cookie."""
        return self._header("", 0, secure)

    def sign_out(self, headers: Mapping[str, str]) -> None:
        """Invalidate the cookie in the headers, and copies of it, until it expires.

        A cookie that was signed out in memory only is valid again after a restart.
        """
        ticket = self._ticket(self._sent(headers))
        if ticket is not None:
            self.signed_out.add(ticket.id, self.now() + SIGNED_IN_SECONDS)

    def _header(self, value: str, seconds: int, secure: bool) -> str:
        # Not by http.cookies, which has Partitioned from Python 3.14 on only.
        kept = f"{self.cookie}={value}; Max-Age={seconds}; Path=/; HttpOnly"
        if self.framed:
            return f"{kept}; Secure; SameSite=None; Partitioned"
        return f"{kept}; Secure; SameSite=Lax" if secure else f"{kept}; SameSite=Lax"

    def _sent(self, headers: Mapping[str, str]) -> str:
        return cookie_parser(headers.get("cookie", "")).get(self.cookie, "")

    def _ticket(self, value: str) -> "_Ticket | None":
        """Return the ticket in a cookie, None where it is forged, expired or signed out."""
        ticket, _, signature = value.rpartition(".")
        until, _, rest = ticket.partition(".")
        number, _, encoded = rest.partition(".")
        name = _decoded(encoded)
        credential = self._credential(name)
        expected = self._signature(ticket, credential)
        valid = hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode())
        if not valid or not credential or float(until) <= self.now() or number in self.signed_out:
            return None
        return _Ticket(number, Organizer(name))

    def _credential(self, name: str) -> str:
        """Return what the cookie of this name depends on: the key, or ACCOUNT; "" for an unknown name."""
        if name in self.keys:
            return self.keys[name]
        return ACCOUNT if name in map(account_name, self.accounts) else ""

    def _signature(self, ticket: str, credential: str) -> str:
        return hmac.digest(f"{self.secret}.{credential}".encode(), ticket.encode(), "sha256").hex()


@dataclass(frozen=True)
class _Ticket:
    id: str
    organizer: Organizer


def account_name(account: str) -> str:
    """Return the name that the log shows for a Hugging Face account; no key has such a name."""
    return f"{account.lower()}@huggingface"


def _decoded(text: str) -> str:
    """Return the name in a cookie, "" where it cannot be read."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return ""
