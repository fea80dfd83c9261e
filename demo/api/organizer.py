"""Routes of the organizer: sign in, sign out, take files home. Every one of them checks on the server."""

import json
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

from demo.api.attempts import Attempts
from demo.api.organizer_access import SIGN_IN, OrganizerAccess
from demo.api.organizer_files import HANDOUTS, Handout
from demo.guard.rules.visitors import visitor_of
from demo.monitoring.metrics import REFUSALS
from study.database.store import Store
from study.records import BadStudy, Unavailable

FILES = "/organizer/files"
PAGE = Path(__file__).parent / "sign_in.html"
SCRIPT = Path(__file__).parent / "sign_in.js"
LONGEST_BODY = 1000
WRONG = "This key does not fit. The address to sign in with is printed where the server was started."
WAIT = "Too many wrong keys. Please try again in {seconds} seconds."
STRANGER = "Please sign in as the organizer first."
UNKNOWN = "There is no such file."
# A page with a key in its address loads nothing from elsewhere and names its address to nobody.
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
class OrganizerRoutes:
    """Answer the organizer's requests."""

    store: Store
    access: OrganizerAccess
    attempts: Attempts

    async def sign_in(self, request: Request) -> JSONResponse:
        """Set the cookie for the right key; slow down who guesses."""
        key = await _offered_key(request)
        # Nothing waits from here on: many guesses at once are counted one after the other.
        visitor = visitor_of(request.scope)
        seconds = self.attempts.wait(visitor)
        if seconds:
            REFUSALS.labels("sign_in_rate").inc()
            headers = {"Retry-After": str(seconds)}
            return _refused(429, "too_many", WAIT.format(seconds=seconds), headers)
        if not self.access.fits(key):
            self.attempts.failed(visitor)
            REFUSALS.labels("sign_in").inc()
            return _refused(403, "wrong_key", WRONG)
        return _ok(self.access.cookie_of(_secure(request)))

    async def sign_out(self, request: Request) -> JSONResponse:
        """Void the cookie. A page of another site cannot: it may not send JSON here."""
        if not _is_json(request):
            return _refused(415, "not_json", "Please send JSON.")
        self.access.sign_out(request.headers)
        return _ok(self.access.no_cookie(_secure(request)))

    async def signed_in(self, request: Request) -> JSONResponse:
        """Say if the organizer asks, so that a page shows what only organizers use."""
        answer = {"signed_in": self.access.signed_in(request.headers)}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def file(self, slug: str, ending: str, request: Request) -> Response:
        """Make a file about a study and send it, to organizers alone."""
        if not self.access.signed_in(request.headers):
            REFUSALS.labels("not_organizer").inc()
            return _refused(403, "not_organizer", STRANGER)
        handout = next((handout for handout in HANDOUTS if handout.ending == ending), None)
        if handout is None:
            return _refused(404, "unknown", UNKNOWN)
        return self._made(handout, slug)

    def _made(self, handout: Handout, slug: str) -> Response:
        try:
            data = handout.make(self.store, slug)
        except BadStudy as error:
            return _refused(404, "unknown", str(error))
        except Unavailable as error:
            return _refused(503, "unavailable", str(error))
        # The slug is one that the database knows: small letters, digits and hyphens.
        disposition = f'attachment; filename="{slug}-{handout.ending}"'
        headers = {**FILE_HEADERS, "Content-Disposition": disposition}
        return Response(data, media_type=handout.media_type, headers=headers)


def organizer_router(routes: OrganizerRoutes) -> APIRouter:
    """Return the routes; they come before the organizer's page, which Gradio serves."""
    router = APIRouter(include_in_schema=False)
    router.add_api_route(SIGN_IN, _page, methods=["GET"], response_class=HTMLResponse)
    router.add_api_route(f"{SIGN_IN}.js", _script, methods=["GET"], response_class=FileResponse)
    router.add_api_route(SIGN_IN, routes.sign_in, methods=["POST"], response_model=None)
    router.add_api_route("/organizer/sign-out", routes.sign_out, methods=["POST"], response_model=None)
    router.add_api_route("/organizer/signed-in", routes.signed_in, methods=["GET"], response_model=None)
    router.add_api_route(FILES + "/{slug}/{ending}", routes.file, methods=["GET"], response_model=None)
    return router


async def _page() -> HTMLResponse:
    return HTMLResponse(PAGE.read_text(encoding="utf-8"), headers=SIGN_IN_HEADERS)


async def _script() -> FileResponse:
    return FileResponse(SCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


async def _offered_key(request: Request) -> str:
    """Return the key in the body, "" where there is none: that fits nowhere."""
    if not _is_json(request):
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


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _ok(cookie: str) -> JSONResponse:
    return JSONResponse({"ok": True}, headers={"Set-Cookie": cookie, "Cache-Control": "no-store"})


def _refused(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    error = {"error": {"code": code, "message": message}}
    return JSONResponse(error, status_code=status, headers={"Cache-Control": "no-store", **(headers or {})})
