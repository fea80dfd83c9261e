"""Serve the sign-in of organizers by their Hugging Face account, at the addresses that a Space expects."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.requests import cookie_parser

from demo.monitoring.metrics import REFUSALS
from demo.organizer.access import OrganizerAccess
from demo.organizer.hugging_face import ATTEMPT_SECONDS, Attempt, HuggingFace, LoginFailed
from demo.organizer.plain_pages import plain_page
from demo.organizer.sign_in_settings import OrganizerSettings
from demo.organizer.signing_log import keep
from study.database.store import Store

LOGIN = "/login/huggingface"
CALLBACK = "/login/callback"
NOT_LISTED = (
    "The Hugging Face account {account} is not an organizer here. The owner of this Space can add it to the "
    "variable ORGANIZERS in the settings of the Space."
)
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; base-uri 'none'"
    ),
}


@dataclass(frozen=True)
class LoginRoutes:
    """Send people to the login, and sign them in afterwards. redirect_host: as in OrganizerSettings."""

    access: OrganizerAccess
    service: HuggingFace
    redirect_host: str
    store: Store

    async def begin(self, request: Request) -> Response:
        """Send the browser to the login, and remember the attempt in a cookie."""
        attempt = Attempt.new()
        try:
            address = await self.service.address(attempt, self._redirect_uri(request))
        except LoginFailed as error:
            return _problem(502, str(error))
        headers = {**HEADERS, "Set-Cookie": self._cookie(request, attempt.sealed(self.access.secret))}
        return RedirectResponse(address, 303, headers)

    async def finish(self, request: Request) -> Response:
        """Sign in the account that the login confirmed, where it is on the list of organizers."""
        sent = cookie_parser(request.headers.get("cookie", "")).get(self._name, "")
        try:
            attempt = Attempt.opened(sent, self.access.secret)
            query = dict(request.query_params)
            account = await self.service.account(attempt, query, self._redirect_uri(request))
        except LoginFailed as error:
            REFUSALS.labels("sign_in").inc()
            return _problem(403, str(error))
        organizer = self.access.of_account(account)
        if organizer is None:
            REFUSALS.labels("sign_in").inc()
            return _problem(403, NOT_LISTED.format(account=account))
        await keep(self.store, organizer, "sign in")
        response = RedirectResponse("/organizer", 303, HEADERS)
        response.headers.append("Set-Cookie", self.access.new_cookie(organizer, _secure(request)))
        response.headers.append("Set-Cookie", self._cookie(request, ""))
        return response

    @property
    def _name(self) -> str:
        return f"{self.access.cookie}_attempt"

    def _cookie(self, request: Request, value: str) -> str:
        seconds = ATTEMPT_SECONDS if value else 0
        kept = f"{self._name}={value}; Max-Age={seconds}; Path=/login; HttpOnly; SameSite=Lax"
        return f"{kept}; Secure" if _secure(request) else kept

    def _redirect_uri(self, request: Request) -> str:
        if self.redirect_host:
            return f"https://{self.redirect_host}{CALLBACK}"
        return f"{request.url.scheme}://{request.url.netloc}{CALLBACK}"


def login_router(access: OrganizerAccess, settings: OrganizerSettings, store: Store) -> APIRouter:
    """Return the routes; none where no Hugging Face account may sign in."""
    router = APIRouter(include_in_schema=False)
    if settings.accounts:
        service = HuggingFace(settings.provider, settings.client_id, settings.client_secret)
        routes = LoginRoutes(access, service, settings.redirect_host, store)
        router.add_api_route(LOGIN, routes.begin, methods=["GET"], response_model=None)
        router.add_api_route(CALLBACK, routes.finish, methods=["GET"], response_model=None)
    return router


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _problem(status: int, message: str) -> Response:
    return HTMLResponse(plain_page("login_problem.html", message=message), status, HEADERS)
