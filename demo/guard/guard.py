"""Check every request before the application sees it; each check has a file of its own."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from demo.guard.answers import Answer
from demo.guard.bodies.body import Gone, declared_length, given_again, read_body
from demo.guard.bodies.checked_bodies import LARGEST, BodyCheck
from demo.guard.bodies.upload_budget import UploadBudget
from demo.guard.headers import SecurityHeaders
from demo.guard.origins import check_origin, cors_headers, is_preflight
from demo.guard.rules.addresses import Headers, Seen, group, seen
from demo.guard.rules.limits import Limits
from demo.guard.rules.policy import Policy
from demo.guard.rules.refusals import Refusal
from demo.guard.rules.routes import FILE, Kind, Route, route_of
from demo.guard.rules.visitors import SCOPE_KEY, name_of

FORWARDED = (b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server", b"forwarded")
# Answers that nobody said may be kept.
PRIVATE = frozenset((Kind.API, Kind.CALL, Kind.CANCEL, Kind.HEALTH, Kind.PAGE, Kind.UPLOAD))
# What Gradio raises here comes from what was sent.
LENIENT = frozenset((Kind.CALL, Kind.CANCEL, Kind.MCP, Kind.STREAM, Kind.UPLOAD))
WRONG_HOST = (
    "This server does not answer to this name. Please use the address that you were given. "
    "(Operators: name it in ALLOWED_HOSTS.)"
)
NO_LENGTH = Refusal(411, "length_required", "Please say how long this is (Content-Length).")


@dataclass(frozen=True)
class Doors:
    """What the guard knows of the application behind it: its calls and uploads, and folders that it shows."""

    bodies: BodyCheck
    shown: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Request:
    """One request: its headers by name, who asks, and the guard of its route."""

    headers: Headers
    who: Seen
    route: Route
    visitor: str


class Guard:
    """Pure ASGI middleware; it is the outermost one, so that nothing is answered without it."""

    def __init__(self, app: ASGIApp, policy: Policy, doors: Doors) -> None:
        self.app = app
        self.policy = policy
        self.doors = doors
        self.headers = SecurityHeaders.framed_by(policy.frame_ancestors)
        self.limits = Limits.of(policy.rates)
        self.budget = UploadBudget(doors.bodies.folder.path, policy.uploads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self.answer(scope, receive, Answer(send, scope["path"], self.headers.pages))
        else:  # nothing here speaks by web sockets
            await send({"type": "websocket.close", "code": 1008})

    async def answer(self, scope: Scope, receive: Receive, answer: Answer) -> None:
        """Answer a request, in words when it is refused or fails."""
        headers = joined(scope["headers"])
        try:
            who = self.believed(scope, headers)
            if self.answers_other_sites(scope, headers, answer):
                await answer.empty()
                return
            request = self.admitted(scope, headers, who)
            self.mark(answer, request.route.kind)
            await self.pass_in(scope, receive, answer, request)
            await answer.close()
        except Refusal as refusal:
            await answer.refuse(refusal)
        except Gone:
            return
        except Exception as error:  # noqa: BLE001 - `fail` raises what it cannot explain
            await answer.fail(error)

    def believed(self, scope: Scope, headers: Headers) -> Seen:
        """Find out who asks, and take away what an untrusted client says about it."""
        client = scope["client"][0] if scope.get("client") else ""
        who = seen(client, scope["scheme"], headers, self.policy.proxies)
        if who.proxied:
            scope["client"], scope["scheme"] = (who.address, 0), who.scheme
        elif any(name in headers for name in FORWARDED):
            # Gradio believes these of everybody, and would even send pictures to the host that they name.
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in FORWARDED]
        scope[SCOPE_KEY] = name_of(group(who.address))
        return who

    def answers_other_sites(self, scope: Scope, headers: Headers, answer: Answer) -> bool:
        """Let sites that are named use the study's API; tell if this is only a browser's question."""
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        if origin not in self.policy.origins or not scope["path"].startswith("/api/study/"):
            return False
        asks = is_preflight(scope["method"], headers)
        answer.headers = answer.headers + cors_headers(origin, asks)
        return asks

    def mark(self, answer: Answer, kind: Kind) -> None:
        """Say how to answer this kind of request."""
        if kind is Kind.FILE:
            answer.headers = self.headers.files
        answer.private, answer.lenient = kind in PRIVATE, kind in LENIENT

    def admitted(self, scope: Scope, headers: Headers, who: Seen) -> Request:
        """Check all that needs no body. Raises Refusal."""
        method, path = scope["method"], scope["path"]
        health = path in ("/healthz", "/readyz")  # balancers and containers ask by names of their own
        if not health and not self.policy.hosts.allow(who.host):
            raise Refusal(421, "wrong_host", WRONG_HOST)
        route = route_of(method, path, scope["query_string"])
        check_origin(method, headers, who.host, self.policy.origins)
        self.limits.check(route.kind, path, scope[SCOPE_KEY])
        if path.startswith(FILE) and not self.is_shown(path.removeprefix(FILE)):
            raise Refusal(404, "not_found", "There is no such file.")
        if route.kind is Kind.UPLOAD:
            # Gradio would keep the progress of each upload that has a name for good, and no page asks for it.
            scope["query_string"] = b""
        return Request(headers, who, route, scope[SCOPE_KEY])

    def is_shown(self, path: str) -> bool:
        """Tell if Gradio may hand out this file: an upload, or a result."""
        return self.doors.bodies.folder.holds(path) or any(
            folder in Path(path).parents and ".." not in path for folder in self.doors.shown
        )

    async def pass_in(self, scope: Scope, receive: Receive, answer: Answer, request: Request) -> None:
        """Check the body and let the application answer."""
        with self.room_for(scope["method"], request):
            kind = request.route.kind
            if scope["method"] == "POST" and kind in LARGEST:
                raw = await read_body(request.headers, receive, LARGEST[kind])
                body = self.doors.bodies.checked(request.route, raw)
                scope["headers"] = with_length(scope["headers"], len(body))
                receive = given_again(body, receive)
            await self.app(scope, receive, answer.pass_on)

    def room_for(self, method: str, request: Request) -> AbstractContextManager[None]:
        """Reserve room for what will be kept as a file. Raises Refusal."""
        if method != "POST" or request.route.kind not in (Kind.UPLOAD, Kind.MCP):
            return nullcontext()
        length = declared_length(request.headers)
        if length is None:
            raise NO_LENGTH
        return self.budget.reserved(request.visitor, length)


def joined(pairs: list[tuple[bytes, bytes]]) -> Headers:
    """Return the headers by name; one that was sent twice has both values, and is believed by nobody."""
    headers: Headers = {}
    for name, value in pairs:
        headers[name] = headers[name] + b"," + value if name in headers else value
    return headers


def with_length(pairs: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    """Return the headers for a body that was written anew."""
    kept = [pair for pair in pairs if pair[0] not in (b"content-length", b"transfer-encoding")]
    return [*kept, (b"content-length", str(length).encode())]
