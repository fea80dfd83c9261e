"""Run requests of the study API in threads of their own, and turn refusals into JSON with a message."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import anyio
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from demo.api.shapes import Fault, Refusal, State
from demo.monitoring.metrics import REFUSALS, STUDY_SECONDS
from study.messages import message, preferred_language, wanted_languages
from study.records import Ended, Refused, Unavailable

NO_STORE = {"Cache-Control": "no-store"}
STATUS = {
    "unknown_participant": 401,
    "unknown_study": 404,
    "no_study": 404,
    "not_understood": 422,
    "bad_choice": 422,
    "no_grades": 422,
    "unknown_question": 422,
    "unanswered_question": 422,
}
CONFLICT = 409  # the status of all other refusals
RETRY_SECONDS = 2

T = TypeVar("T")


class RequestThreads:
    """Hold threads for one kind of request, so that it never waits for rendering, uploads or files."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._limiter: anyio.CapacityLimiter | None = None

    async def run(self, request: Request, action: str, work: Callable[[], BaseModel]) -> Response:
        """Return a response with the result of `work`, or with the message of the refusal that it raises."""
        began = time.perf_counter()
        try:
            found = await self.call(work)
        except Ended as error:  # a state of the participant, not a refusal
            found = State(state="ended", reason=error.code, message=error.words(language_of(request)))
        except (Refused, Unavailable) as error:
            return refusal(request, error)
        finally:
            STUDY_SECONDS.labels(action).observe(time.perf_counter() - began)
        if isinstance(found, State) and found.reason is not None and found.message is None:
            found.message = message(found.reason, language_of(request))
        body = found.model_dump_json(exclude_none=True)
        return Response(body, media_type="application/json", headers=NO_STORE)

    async def call(self, work: Callable[[], T]) -> T:
        """Run `work` in one of the threads and return its result."""
        if self._limiter is None:  # needs a running event loop
            self._limiter = anyio.CapacityLimiter(self._threads)
        return await anyio.to_thread.run_sync(partial(work), limiter=self._limiter)


def language_of(request: Request) -> str:
    """Return the language of the messages for a request."""
    return preferred_language(request.headers.get("accept-language", ""))


def accepted_languages(request: Request) -> list[str]:
    """Return the languages that a request prefers, the first one most."""
    return wanted_languages(request.headers.get("accept-language", ""))


def refusal(request: Request, error: Refused | Unavailable) -> Response:
    """Return the response to a refused request: 4xx for a rule, 503 while nothing can be stored."""
    language = language_of(request)
    if isinstance(error, Unavailable):
        REFUSALS.labels("unavailable").inc()
        headers = {**NO_STORE, "Retry-After": str(RETRY_SECONDS)}
        return _fault(503, error.reason, message("unavailable", language), headers)
    REFUSALS.labels(error.code).inc()
    return _fault(STATUS.get(error.code, CONFLICT), error.code, error.words(language), NO_STORE)


async def not_understood(request: Request, _error: Exception) -> Response:
    """Refuse a body of another shape, without repeating any of it."""
    return refusal(request, Refused("not_understood"))


HANDLERS: dict[int | type[Exception], Any] = {RequestValidationError: not_understood}


def _fault(status: int, code: str, text: str, headers: dict[str, str]) -> Response:
    body = Refusal(error=Fault(code=code, message=text)).model_dump_json()
    return Response(body, status, headers, "application/json")
