"""Say if the server is alive (`/healthz`) and if it is able to work (`/readyz`).

Answers are for strangers too: they name what does not work, and no path, address or version of a library.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Thread

from fastapi import APIRouter
from fastapi.responses import JSONResponse

LOGGER = logging.getLogger(__name__)
NO_STORE = {"Cache-Control": "no-store"}
CHECK_SECONDS = 3.0
CACHE_SECONDS = 2.0
SLOW = "There was no answer in time."
BROKEN = "The check itself failed. The log of the server says why."


@dataclass(frozen=True)
class Finding:
    """The outcome of a check, in words for people."""

    ok: bool
    message: str


@dataclass(frozen=True)
class Check:
    """One thing that has to work. `run` may take its time or raise: it is cut off and caught."""

    name: str
    run: Callable[[], Finding]


class Readiness:
    """Run all checks at once, each for a limited time, and keep the answer for a moment.

    A check that hangs keeps its thread; it is not started again until that has ended, so that asking often
    cannot pile up threads.
    """

    def __init__(
        self, checks: Sequence[Check], seconds: float = CHECK_SECONDS, keep: float = CACHE_SECONDS
    ) -> None:
        self._checks = checks
        self._seconds = seconds
        self._keep = keep
        self._turn = asyncio.Lock()
        self._running: dict[str, asyncio.Future[Finding]] = {}
        self._known: tuple[float, dict[str, Finding]] | None = None

    async def findings(self) -> dict[str, Finding]:
        """Return what each check found, at most `keep` seconds old."""
        async with self._turn:
            if self._known is None or time.monotonic() - self._known[0] > self._keep:
                found = await asyncio.gather(*(self._run(check) for check in self._checks))
                names = [check.name for check in self._checks]
                self._known = (time.monotonic(), dict(zip(names, found, strict=True)))
            return self._known[1]

    async def _run(self, check: Check) -> Finding:
        future = self._running.get(check.name)
        if future is None or future.done():
            future = self._running[check.name] = asyncio.get_running_loop().create_future()
            _in_thread(check, future)
        try:
            return await asyncio.wait_for(asyncio.shield(future), self._seconds)
        except asyncio.TimeoutError:
            return Finding(False, SLOW)


def health_router(version: str, weights: str, readiness: Readiness) -> APIRouter:
    """Return the two routes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok", "version": version, "weights": weights}, headers=NO_STORE)

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        found = await readiness.findings()
        ready = all(finding.ok for finding in found.values())
        body = {
            "status": "ready" if ready else "not ready",
            "checks": {name: {"ok": f.ok, "message": f.message} for name, f in found.items()},
        }
        return JSONResponse(body, status_code=200 if ready else 503, headers=NO_STORE)

    return router


def _in_thread(check: Check, future: "asyncio.Future[Finding]") -> None:
    """Run a check in a thread of its own: a pool would fill with those that hang, and wait for them."""
    loop = asyncio.get_running_loop()

    def hand_over(finding: Finding) -> None:
        if not future.done():
            future.set_result(finding)

    def work() -> None:
        try:
            finding = check.run()
        except Exception as error:
            LOGGER.warning("The check %s failed", check.name, exc_info=error)
            finding = Finding(False, BROKEN)
        if not loop.is_closed():
            loop.call_soon_threadsafe(hand_over, finding)

    Thread(target=work, name=f"check-{check.name}", daemon=True).start()
