"""Serve the organizers' JSON under /organizer/api; no route responds without the cookie of an organizer."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from demo.monitoring.metrics import REFUSALS
from demo.organizer.access import Organizer, OrganizerAccess
from study.records import BadStudy, Refused, Unavailable

API = "/organizer/api"
NO_STORE = {"Cache-Control": "no-store"}
NOT_ORGANIZER = "Please sign in as the organizer first."
NOT_JSON = "Please send JSON."
NOT_UNDERSTOOD = "This request has a value that cannot be used: {where}."
RETRY_SECONDS = 2


class Fault(Exception):
    """Refuse a request with an HTTP status, a code for programs and a message for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def organizer_api(access: OrganizerAccess, routers: Iterable[APIRouter]) -> FastAPI:
    """Return the application with these routers, to be mounted at API; `who` names the organizer."""

    def check(request: Request) -> None:
        organizer = access.organizer(request.headers)
        if organizer is None:
            REFUSALS.labels("not_organizer").inc()
            raise Fault(403, "not_organizer", NOT_ORGANIZER)
        if request.method == "POST" and not is_json(request):  # a form on another site sends no JSON
            raise Fault(415, "not_json", NOT_JSON)
        request.state.organizer = organizer

    api = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(check)],
        exception_handlers=HANDLERS,
    )
    for router in routers:
        api.include_router(router)
    return api


def who(request: Request) -> str:
    """Return the name of the organizer who sent a request, for the log."""
    organizer: Organizer = request.state.organizer
    return organizer.name


def is_json(request: Request) -> bool:
    """Return True where the body of a request is declared as JSON."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def refused(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a refusal as JSON."""
    error = {"error": {"code": code, "message": message}}
    return JSONResponse(error, status_code=status, headers={**NO_STORE, **(headers or {})})


async def _fault(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Fault)
    return refused(error.status, error.code, str(error))


async def _bad_study(_request: Request, error: Exception) -> JSONResponse:
    return refused(409, "bad_study", str(error))


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    return refused(409, error.code, str(error))


async def _unavailable(_request: Request, error: Exception) -> JSONResponse:
    return refused(503, "unavailable", str(error), {"Retry-After": str(RETRY_SECONDS)})


async def _not_understood(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    where = ".".join(str(part) for part in error.errors()[0]["loc"])
    return refused(422, "not_understood", NOT_UNDERSTOOD.format(where=where))


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return refused(error.status_code, "unknown", "This address does not exist.")


HANDLERS: dict[int | type[Exception], Any] = {
    Fault: _fault,
    BadStudy: _bad_study,
    Refused: _refused,
    Unavailable: _unavailable,
    RequestValidationError: _not_understood,
    404: _http,
    405: _http,
}
