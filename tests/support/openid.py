"""Run a small OpenID Connect server: it confirms the account that a test names, for the right client only."""

import asyncio
import hashlib
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse

from demo.serving import bind_socket

CLIENT, PASSWORD = "a-client", "the password of the client"


@dataclass
class OpenId:
    """Hold the server: the account that is signed in, and what a wrong server would write into a token."""

    url: str
    account: str = "Anna"
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    signing_key: rsa.RSAPrivateKey | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> FastAPI:
        """Return the four routes of the server."""
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def configuration() -> dict[str, str]:
            names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            return {"issuer": self.url, **{name: f"{self.url}/{end}" for name, end in names.items()}}

        @app.get("/authorize")
        def authorize(request: Request) -> RedirectResponse:
            query = dict(request.query_params)
            code = f"code-{len(self.asked)}"
            self.asked[code] = query
            answer = httpx.QueryParams(code=code, state=query["state"])
            return RedirectResponse(f"{query['redirect_uri']}?{answer}")

        @app.post("/token")
        async def token(request: Request) -> JSONResponse:
            form = httpx.QueryParams((await request.body()).decode())
            query = self.asked.pop(form["code"], None)
            basic = httpx.BasicAuth(CLIENT, PASSWORD)._auth_header
            if query is None or request.headers.get("authorization") != basic:
                return JSONResponse({"error": "invalid_grant"}, 400)
            challenge = urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
            same = form["redirect_uri"] == query["redirect_uri"]
            if challenge.decode().rstrip("=") != query["code_challenge"] or not same:
                return JSONResponse({"error": "invalid_grant"}, 400)
            return JSONResponse({"access_token": "x", "id_token": self.id_token(query["nonce"])})

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            return {"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]}

        return app

    def id_token(self, nonce: str) -> str:
        """Return a token about the account."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 60, "nonce": nonce}
        claims |= {"preferred_username": self.account, **self.claims}
        return jwt.encode(claims, self.signing_key or self.key, "RS256", headers={"kid": "1"})


@contextmanager
def openid() -> Iterator[OpenId]:
    """Serve in a thread."""
    listener = bind_socket("127.0.0.1", 0)
    service = OpenId(f"http://127.0.0.1:{listener.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(service.app(), log_config=None, access_log=False))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield service
    finally:
        server.should_exit = True
        thread.join(30)
