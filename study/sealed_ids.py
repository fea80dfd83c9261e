"""Encrypt the ids of recruitment services, so that only a server with its secret can read them again."""

import base64
import hmac
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken


class CannotRead(ValueError):
    """Report ids that were sealed with another secret, or changed."""


def seal(ids: Mapping[str, str], key: str) -> str:
    """Return names and ids as one encrypted text (Fernet: AES-128 in CBC mode with HMAC-SHA256).

    key: the server's secret for participants, of any length.
    """
    content = json.dumps(dict(ids), sort_keys=True, ensure_ascii=False)
    return _fernet(key).encrypt(content.encode(errors="replace")).decode("ascii")


def unseal(sealed: str, key: str) -> dict[str, str]:
    """Return the ids in the text of `seal`. Raises CannotRead for another secret and for a changed text."""
    try:
        content = _fernet(key).decrypt(sealed.encode())
    except InvalidToken:
        raise CannotRead("These ids were stored with another secret, so they cannot be read here.") from None
    found: dict[str, str] = json.loads(content)
    return found


def _fernet(key: str) -> Fernet:
    derived = hmac.digest(key.encode(), b"ids of recruitment services", "sha256")
    return Fernet(base64.urlsafe_b64encode(derived))
