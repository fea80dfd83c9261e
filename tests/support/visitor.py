"""Take part in a study through the JSON API, with the requests that the page sends, in its order."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

PATIENCE = 120.0  # seconds in which a server that was killed is up again
DEVICE = {"width": 1280, "height": 800, "pixel_ratio": 1, "touch": False}
VIEW = {"zoom": 0, "flip": 1, "reference": 0, "stacked": False, "shown": [400, 300], "ratio": 1}
NO_FORMS: dict[str, Any] = {"screener": {}, "before": {}}


@dataclass
class Visitor:
    """Hold somebody in a browser of their own.

    acknowledged: the choices that the server said it has. code: what the last page showed, "" before.
    """

    url: str
    slug: str
    claim: str = field(default_factory=lambda: str(uuid4()))
    acknowledged: str = ""
    code: str = ""
    _token: str = ""
    _trial: dict[str, Any] = field(default_factory=dict)

    def refusal(self) -> str:
        """Ask at the door; return the code of the refusal, "" where this visitor may take part."""
        answer = self._post("door", {"link": {}, "device": DEVICE, "claim": self.claim})
        return "" if answer.is_success else str(answer.json()["error"]["code"])

    def enrol(self) -> "Visitor":
        """Consent, and get the first pair."""
        assert self.refusal() == ""
        self._take(self._post("enrol", {"claim": self.claim, "link": {}, "device": DEVICE, **NO_FORMS}))
        return self

    def vote(self, choices: str) -> None:
        """Answer the next pairs, each after both pictures were fetched."""
        for choice in choices:
            for side in ("left", "right"):
                assert self._patiently("GET", self._trial[side]).headers["content-type"].startswith("image/")
            answer = {"trial": self._trial["trial"], "choice": choice, "uuid": str(uuid4()), "rt_ms": 1500}
            self._take(self._post("vote", {**answer, "input": "mouse", "answers": {}, "view": VIEW}))
            self.acknowledged += choice

    def withdraw(self) -> None:
        """Delete the own answers."""
        assert self._post("withdraw", {}).json()["reason"] == "withdrawn"

    def _take(self, answer: httpx.Response) -> None:
        assert answer.is_success, answer.text
        state = answer.json()
        self._token = state.get("token", self._token)
        self._trial = state.get("trial", {})
        self.code = state.get("code", "")

    def _post(self, action: str, body: dict[str, Any]) -> httpx.Response:
        return self._patiently("POST", f"/api/study/{self.slug}/{action}", body)

    def _patiently(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """Send the same request until the server answers, as the page does."""
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with httpx.Client(base_url=self.url, headers=headers, timeout=20, trust_env=False) as client:
                    return client.request(method, path, json=body)
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)
