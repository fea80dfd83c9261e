"""Serve the organizer: sign in, sign out, download files; every route checks the request on the server."""

import json
import math
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.background import BackgroundTask

from demo.guard.rules.policy import Rate
from demo.guard.rules.rates import Buckets
from demo.guard.rules.visitors import visitor_of
from demo.monitoring.metrics import REFUSALS
from demo.organizer.access import SIGN_IN, OrganizerAccess
from demo.organizer.api import NOT_JSON, NOT_ORGANIZER, is_json, refused
from demo.organizer.files import ARCHIVE, STUDY_FILES, StudyFile, TooEarly, Wanted, check_archive
from demo.organizer.plain_pages import plain_page
from demo.organizer.sign_in_settings import OrganizerSettings
from demo.organizer.signing_log import keep
from study.bundle.archive import write_bundle
from study.database.store import Store
from study.records import BadStudy, Unavailable

FILES = "/organizer/files"
SCRIPT = Path(__file__).parent / "sign_in.js"
LONGEST_BODY = 1000
WRONG = "This key is wrong."
WAIT = "Too many wrong keys. Please try again in {seconds} seconds."
UNKNOWN = "There is no such file."
# The address of the page contains the key: it loads nothing from other hosts and sends no referrer.
SIGN_IN_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; "
        "style-src 'unsafe-inline'; base-uri 'none'"
    ),
}
FILE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
}


@dataclass(frozen=True)
class SignInLimit:
    """Limit wrong keys: five at once and one a minute by each visitor, a hundred a minute by all together."""

    each: Buckets = field(default_factory=lambda: Buckets(Rate(5, 1 / 60)))
    together: Buckets = field(default_factory=lambda: Buckets(Rate(100, 100 / 60)))

    def wait(self, visitor: str) -> int:
        """Return the seconds until the visitor may send another key, 0 for now."""
        return math.ceil(max(self.each.wait(visitor), self.together.wait("")))

    def count_wrong_key(self, visitor: str) -> None:
        """Count a wrong key of a visitor."""
        self.each.take(visitor)
        self.together.take("")


@dataclass(frozen=True)
class OrganizerRoutes:
    """Answer the requests of organizers, after a check of their key or cookie.

    participant_key: the server's secret for participants.
    """

    store: Store
    access: OrganizerAccess
    settings: OrganizerSettings
    participant_key: str
    limit: SignInLimit = field(default_factory=SignInLimit)

    async def sign_in(self, request: Request) -> JSONResponse:
        """Set the cookie for the right key; refuse more keys after several wrong ones."""
        key = await _offered_key(request)
        # No await before the key is counted: many keys sent at once are counted one after the other.
        visitor = visitor_of(request.scope)
        seconds = self.limit.wait(visitor)
        if seconds:
            REFUSALS.labels("sign_in_rate").inc()
            headers = {"Retry-After": str(seconds)}
            return refused(429, "too_many", WAIT.format(seconds=seconds), headers)
        organizer = self.access.of_key(key)
        if organizer is None:
            self.limit.count_wrong_key(visitor)
            REFUSALS.labels("sign_in").inc()
            return refused(403, "wrong_key", WRONG)
        await keep(self.store, organizer, "sign in")
        return _ok(self.access.new_cookie(organizer, _secure(request)))

    async def sign_out(self, request: Request) -> JSONResponse:
        """Invalidate the cookie. Pages of other sites cannot do this, as they may not send JSON here."""
        if not is_json(request):
            return refused(415, "not_json", NOT_JSON)
        organizer = self.access.organizer(request.headers)
        self.access.sign_out(request.headers)
        if organizer is not None:
            await keep(self.store, organizer, "sign out")
        return _ok(self.access.expired_cookie(_secure(request)))

    async def signed_in(self, request: Request) -> JSONResponse:
        """Return who is signed in, and how to sign in, so that a page shows what it can be used for.

        name: "" for nobody. key, account: a key, or a Hugging Face account, can be used. where: where people
        find the key. off: why nobody can sign in.
        """
        organizer = self.access.organizer(request.headers)
        answer = {
            "signed_in": organizer is not None,
            "name": organizer.name if organizer else "",
            "key": bool(self.settings.keys),
            "account": bool(self.settings.accounts),
            "where": self.settings.where,
            "off": self.settings.off,
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def file(self, slug: str, ending: str, request: Request, version: int | None = None) -> Response:
        """Send a file about a version of a study to organizers only."""
        organizer = self.access.organizer(request.headers)
        if organizer is None:
            REFUSALS.labels("not_organizer").inc()
            return refused(403, "not_organizer", NOT_ORGANIZER)
        wanted = Wanted(self.store, slug, version, organizer.name, self.participant_key)
        if ending == ARCHIVE:
            return self._send_archive(wanted)
        found = next((file for file in STUDY_FILES if file.ending == ending), None)
        if found is None:
            return refused(404, "unknown", UNKNOWN)
        return self._send(found, wanted)

    def _send_archive(self, wanted: Wanted) -> Response:
        """Write the archive to a temporary file, which can be large, and delete it after it was sent."""
        folder = Path(tempfile.mkdtemp(prefix="harmonylab-"))
        remove = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
        try:
            check_archive(wanted)
            write_bundle(wanted.store, wanted.slug, wanted.version, folder / ARCHIVE)
        except (BadStudy, Unavailable) as error:
            shutil.rmtree(folder, ignore_errors=True)
            return _cannot_be_made(error)
        headers = {**FILE_HEADERS, "Content-Disposition": wanted.disposition(ARCHIVE)}
        return FileResponse(
            folder / ARCHIVE, media_type="application/zip", headers=headers, background=remove
        )

    def _send(self, file: StudyFile, wanted: Wanted) -> Response:
        try:
            data = file.make(wanted)
        except (BadStudy, Unavailable) as error:
            return _cannot_be_made(error)
        headers = {**FILE_HEADERS, "Content-Disposition": wanted.disposition(file.ending)}
        return Response(data, media_type=file.media_type, headers=headers)


def organizer_router(routes: OrganizerRoutes) -> APIRouter:
    """Return the routes; add them before the organizer's page, which Gradio serves."""
    router = APIRouter(include_in_schema=False)
    router.add_api_route(SIGN_IN, _page, methods=["GET"], response_class=HTMLResponse)
    router.add_api_route(f"{SIGN_IN}.js", _script, methods=["GET"], response_class=FileResponse)
    router.add_api_route(SIGN_IN, routes.sign_in, methods=["POST"], response_model=None)
    router.add_api_route("/organizer/sign-out", routes.sign_out, methods=["POST"], response_model=None)
    router.add_api_route("/organizer/signed-in", routes.signed_in, methods=["GET"], response_model=None)
    router.add_api_route(FILES + "/{slug}/{ending}", routes.file, methods=["GET"], response_model=None)
    return router


def _cannot_be_made(error: BadStudy | Unavailable) -> Response:
    if isinstance(error, TooEarly):
        return refused(409, "too_early", str(error))
    if isinstance(error, BadStudy):
        return refused(404, "unknown", str(error))
    return refused(503, "unavailable", str(error))


async def _page() -> HTMLResponse:
    return HTMLResponse(plain_page("sign_in.html"), headers=SIGN_IN_HEADERS)


async def _script() -> FileResponse:
    return FileResponse(SCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


async def _offered_key(request: Request) -> str:
    """Return the key in the body, "" without one; no server has an empty key."""
    if not is_json(request):
        return ""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            return ""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    key = sent.get("key") if isinstance(sent, dict) else None
    return key.strip() if isinstance(key, str) else ""


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _ok(cookie: str) -> JSONResponse:
    return JSONResponse({"ok": True}, headers={"Set-Cookie": cookie, "Cache-Control": "no-store"})
