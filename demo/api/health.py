"""Serve `/healthz` (the server is alive) and `/readyz` (it is able to work).

Both are public: they name what does not work, and no path, address or version of a library.
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
SLOW = "The check did not finish in time."
BROKEN = "The check itself failed. The log of the server states the reason."


@dataclass(frozen=True)
class Finding:
    """Hold the result of a check, with a message for people."""

    ok: bool
    message: str


@dataclass(frozen=True)
class Check:
    """Hold one check. `run` may be slow or raise: its time is limited and its errors are caught."""

    name: str
    run: Callable[[], Finding]


class Readiness:
    """Run all checks at the same time, each for at most `seconds`, and keep the results for `keep` seconds.

    A check that hangs keeps its thread and is not started again before it ends, so that many requests do not
    start many threads.
    """

    def __init__(
        self, checks: Sequence[Check], seconds: float = CHECK_SECONDS, keep: float = CACHE_SECONDS
    ) -> None:
        self._checks = checks
        self._seconds = seconds
        self._keep = keep
        self._lock = asyncio.Lock()
        self._running: dict[str, asyncio.Future[Finding]] = {}
        self._last: tuple[float, dict[str, Finding]] | None = None

    async def findings(self) -> dict[str, Finding]:
        """Return the result of each check, at most `keep` seconds old."""
        async with self._lock:
            if self._last is None or time.monotonic() - self._last[0] > self._keep:
                found = await asyncio.gather(*(self._run(check) for check in self._checks))
                names = [check.name for check in self._checks]
                self._last = (time.monotonic(), dict(zip(names, found, strict=True)))
            return self._last[1]

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
    """Return the two routes; weights: hash of the weights of the network."""
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
    """Run a check in a thread of its own: checks that hang would block the threads of a pool."""
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
