"""Find out which Hugging Face account a person has, by OpenID Connect: authorization code with PKCE.

OpenID Connect Core 1.0, section 3.1, and RFC 7636 (PKCE). `state` and `nonce` are new for each attempt and
kept in a signed cookie, so that an answer is accepted only in the browser that asked, and once.
"""

import hashlib
import hmac
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt

SCOPES = "openid profile"
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
ATTEMPT_SECONDS = 600
TIMEOUT_SECONDS = 15.0


class LoginFailed(ValueError):
    """Report that a login did not succeed; the message states what to do."""


@dataclass(frozen=True)
class Attempt:
    """Hold the secrets of one attempt to sign in. until: seconds since 1970 at which it expires."""

    state: str
    nonce: str
    verifier: str
    until: int

    @classmethod
    def new(cls) -> "Attempt":
        """Return a new attempt."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, int(time.time()) + ATTEMPT_SECONDS)

    def sealed(self, secret: str) -> str:
        """Return the attempt as the signed value of a cookie."""
        content = urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()
        return f"{content}.{_signature(content, secret)}"

    @classmethod
    def opened(cls, value: str, secret: str) -> "Attempt":
        """Return the attempt in a cookie. Raises LoginFailed for one that is missing, forged or expired."""
        content, _, signature = value.rpartition(".")
        if hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(content, secret).encode()):
            attempt = cls(**json.loads(urlsafe_b64decode(content)))
            if attempt.until > time.time():
                return attempt
        raise LoginFailed("This attempt to sign in has expired. Please start again.")


@dataclass(frozen=True)
class HuggingFace:
    """Ask an OpenID Connect server for the account of a person. provider: its address."""

    provider: str
    client_id: str
    client_secret: str

    async def address(self, attempt: Attempt, redirect_uri: str) -> str:
        """Return the address at which a person signs in. Raises LoginFailed."""
        challenge = hashlib.sha256(attempt.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPES,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        async with _client() as client:
            found = await self._discovered(client)
        return f"{found['authorization_endpoint']}?{urlencode(query)}"

    async def account(self, attempt: Attempt, sent: Mapping[str, str], redirect_uri: str) -> str:
        """Return the name of the account for the query of the address that the person was sent back to.

        Raises LoginFailed.
        """
        if not hmac.compare_digest(sent.get("state", "").encode(), attempt.state.encode()):
            raise LoginFailed("This answer does not belong to this browser. Please start again.")
        if "code" not in sent:
            raise LoginFailed("Hugging Face did not confirm the account. Please start again.")
        form = {
            "grant_type": "authorization_code",
            "code": sent["code"],
            "redirect_uri": redirect_uri,
            "code_verifier": attempt.verifier,
        }
        async with _client() as client:
            found = await self._discovered(client)
            auth = httpx.BasicAuth(self.client_id, self.client_secret)
            answer = await _json(client.post(found["token_endpoint"], data=form, auth=auth))
            keys = await _json(client.get(found["jwks_uri"]))
        return self._name_in(answer.get("id_token"), keys, found["issuer"], attempt.nonce)

    async def _discovered(self, client: httpx.AsyncClient) -> dict[str, str]:
        found = await _json(client.get(f"{self.provider}/.well-known/openid-configuration"))
        names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        if not all(isinstance(found.get(name), str) for name in names):
            raise UNUSABLE
        return {name: found[name] for name in names}

    def _name_in(self, token: object, keys: dict[str, object], issuer: str, nonce: str) -> str:
        """Return `preferred_username` of an ID token, after all checks of section 3.1.3.7."""
        try:
            header = jwt.get_unverified_header(str(token))
            known = jwt.PyJWKSet.from_dict(keys).keys
            key = next(each for each in known if header.get("kid") in (None, each.key_id))
            claims = jwt.decode(
                str(token),
                key,
                algorithms=SIGNATURES,
                audience=self.client_id,
                issuer=issuer,
                leeway=30,
                options={"require": ["exp", "iat", "aud", "iss", "sub"]},
            )
        except (jwt.PyJWTError, StopIteration):
            raise UNUSABLE from None
        name = claims.get("preferred_username")
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()) or not name:
            raise UNUSABLE
        return str(name)


UNUSABLE = LoginFailed("The answer of Hugging Face cannot be used. Please try again in a minute.")


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS, headers={"Accept": "application/json"})


async def _json(request: Awaitable[httpx.Response]) -> dict[str, Any]:
    """Return the JSON object that a request is answered with. Raises LoginFailed."""
    try:
        answer = await request
        content = answer.json() if answer.is_success else None
    except (httpx.HTTPError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise UNUSABLE
    return content


def _signature(content: str, secret: str) -> str:
    return hmac.digest(secret.encode(), f"login.{content}".encode(), "sha256").hex()
