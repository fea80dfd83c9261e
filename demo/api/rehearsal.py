"""Sign addresses with which organizers go through a study of any state; nothing of a rehearsal counts."""

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from study.records import Refused

VALID_SECONDS = 12 * 3600


@dataclass(frozen=True)
class Rehearsals:
    """Make and check the addresses; `key` is the server's key for participants."""

    key: str
    now: Callable[[], float] = time.time

    def address(self, slug: str, version: int) -> str:
        """Return the address of a rehearsal of a version of a study, valid for twelve hours."""
        until = f"{self.now() + VALID_SECONDS:.0f}"
        token = f"{until}.{self._signature(slug, str(version), until)}"
        return f"/study?{urlencode({'study': slug, 'version': version, 'rehearse': token})}"

    def version(self, slug: str, link: Mapping[str, str]) -> int | None:
        """Return the version that the parameters of an address rehearse, None where they do not rehearse.

        Raises Refused for an address that has expired, or that this server did not make.
        """
        if not is_rehearsal(link):
            return None
        until, _, signature = link["rehearse"].partition(".")
        version = link.get("version", "")
        expected = self._signature(slug, version, until)
        # Compared first: only texts that were signed are converted to numbers.
        if not hmac.compare_digest(signature.encode(errors="replace"), expected.encode()):
            raise Refused("rehearsal_over")
        if float(until) < self.now():
            raise Refused("rehearsal_over")
        return int(version)

    def _signature(self, slug: str, version: str, until: str) -> str:
        content = f"rehearse {slug} {version} {until}".encode(errors="replace")
        return hmac.digest(self.key.encode(), content, "sha256").hex()


def is_rehearsal(link: Mapping[str, str]) -> bool:
    """Return True where the parameters of an address ask for a rehearsal."""
    return bool(link.get("rehearse"))
