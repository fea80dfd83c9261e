"""Wait for a task of a render process, and turn every fault into a response with a message for people."""

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, Protocol

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from demo.renders.lane import QueuedTask, TaskFailed
from demo.workbench.faults import BenchFault, unreadable
from model import BadEdit, BadImage

PULSE = 0.2  # seconds between two looks at whether the visitor has left
BUSY_SECONDS = 5
DELETED = "This was deleted after a day. Please make it again."
STORED = re.compile(r"\b([0-9a-f]{16})(\.[a-z0-9]{1,5})?\b")
NO_STORE = {"Cache-Control": "no-store"}


class Named(Protocol):
    """Describe a file that has a name."""

    @property
    def name(self) -> str:
        """Return the name that the owner of the file gave to it."""


class Owner(Protocol):
    """Describe what finds files by their ids: a session, or its batch."""

    def find(self, number: str) -> Named:
        """Return a file. Raises BenchFault."""


class FaultRoute(APIRoute):
    """Answer faults as the table `faults` states, by the first type that fits; raise those of no type."""

    faults: ClassVar[Sequence[tuple[type[Exception], Callable[[Any], Response]]]] = ()

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Return the handler of the route with its faults caught."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response: Response = await handler(request)
            except ClientDisconnect:
                return Response(status_code=499)
            except Exception as fault:
                respond = next((made for kind, made in self.faults if isinstance(fault, kind)), None)
                if respond is None:
                    raise
                return respond(fault)
            return response

        return answer


def refused(fault: BenchFault) -> Response:
    """Return the response of a refusal."""
    wait = {"Retry-After": str(fault.wait)} if fault.wait else {}
    return JSONResponse({"message": fault.message}, fault.status, {**NO_STORE, **wait})


class BenchRoute(FaultRoute):
    """Answer every fault with `{"message": …}`."""

    faults = (
        (BenchFault, refused),
        (BadImage, lambda error: refused(BenchFault(422, str(error)))),
        (BadEdit, lambda error: refused(BenchFault(422, str(error)))),
        (TaskFailed, lambda error: refused(BenchFault(503, str(error), BUSY_SECONDS))),
        (RequestValidationError, lambda _: refused(unreadable())),
        (KeyError, lambda _: refused(BenchFault(404, DELETED))),
    )


def json_of(value: Any) -> Response:
    """Return a value as JSON that is not stored."""
    return Response(json.dumps(value), media_type="application/json", headers=NO_STORE)


async def result_of(task: Awaitable[QueuedTask], request: Request, owner: Owner) -> Any:
    """Enter a task, wait for it, and return its result; give it up when the visitor leaves.

    Raises BadImage, TaskFailed, KeyError and ClientDisconnect.
    """
    try:
        with await task as queued:
            while not await queued.done(PULSE):
                if await request.is_disconnected():
                    raise ClientDisconnect
            return queued.result()
    except BadImage as error:
        raise BadImage(named(str(error), owner)) from None


def named(message: str, owner: Owner) -> str:
    """Return a message with the names that the owner gave to the files."""

    def name(match: re.Match[str]) -> str:
        try:
            return owner.find(match[1]).name
        except BenchFault:
            return "The file"

    return STORED.sub(name, message)
