"""Check every request before the application receives it; each check has a file of its own.

Order of the checks: client, other sites (CORS), host, route, origin, rate, file, upload budget, body.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from demo.guard.bodies.body import ClientDisconnected, declared_length, read_body, replay_body
from demo.guard.bodies.checked_bodies import MAX_BYTES, BodyCheck
from demo.guard.bodies.upload_budget import UploadBudget
from demo.guard.headers import SecurityHeaders
from demo.guard.origins import check_origin, cors_headers, is_preflight
from demo.guard.responses import GuardedResponse
from demo.guard.rules.addresses import Client, Headers, address_group, identify_client
from demo.guard.rules.limits import Limits
from demo.guard.rules.policy import Policy
from demo.guard.rules.refusals import Refusal
from demo.guard.rules.routes import FILE, Kind, Route, route_of
from demo.guard.rules.visitors import SCOPE_KEY, pseudonym

FORWARDED = (b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server", b"forwarded")
# Browsers do not store these responses unless the application sets a Cache-Control header.
PRIVATE = frozenset(
    (
        *(Kind.API, Kind.CALL, Kind.CANCEL, Kind.HEALTH, Kind.PAGE, Kind.UPLOAD),
        *(Kind.WORKBENCH, Kind.WORKBENCH_FILE, Kind.BUILD_FILE),
    )
)
STORING = (Kind.UPLOAD, Kind.MCP, Kind.WORKBENCH_FILE)
# An exception of Gradio on these routes comes from what the client sent.
LENIENT = frozenset((Kind.CALL, Kind.CANCEL, Kind.MCP, Kind.STREAM, Kind.UPLOAD))
HEALTH_PATHS = ("/healthz", "/readyz")
WRONG_HOST = (
    "This server does not respond to this host name. Please use the address that you were given. "
    "(Operators: add the name to ALLOWED_HOSTS.)"
)
NO_LENGTH = Refusal(411, "length_required", "Please state the length of this upload (Content-Length).")


@dataclass(frozen=True)
class ProtectedApp:
    """Describe the application behind the guard.

    `bodies` checks calls and uploads; Gradio may send files of `shown_folders` besides uploads.
    `session_folders` hold uploads that Gradio does not serve; they count against the same budget.
    """

    bodies: BodyCheck
    shown_folders: tuple[Path, ...] = ()
    session_folders: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Request:
    """Hold one checked request: its headers by name, its client, its route, the visitor's pseudonym."""

    headers: Headers
    client: Client
    route: Route
    visitor: str


class Guard:
    """Check requests as ASGI middleware. Only the one that numbers requests is further out."""

    def __init__(self, app: ASGIApp, policy: Policy, protected: ProtectedApp) -> None:
        self.app = app
        self.policy = policy
        self.protected = protected
        self.headers = SecurityHeaders.framed_by(policy.frame_ancestors)
        self.limits = Limits.of(policy.rates)
        folders = (protected.bodies.folder.path, *protected.session_folders)
        self.budget = UploadBudget(folders, policy.uploads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self.respond(scope, receive, GuardedResponse(send, scope["path"], self.headers.pages))
        else:  # the application has no web sockets
            await send({"type": "websocket.close", "code": 1008})

    async def respond(self, scope: Scope, receive: Receive, response: GuardedResponse) -> None:
        """Check a request and let the application respond; send a message where it is refused or fails."""
        headers = joined(scope["headers"])
        try:
            client = self.identified(scope, headers)
            if self.is_preflight_of_other_site(scope, headers, response):
                await response.send_empty()
                return
            request = self.checked(scope, headers, client)
            self.set_response_rules(response, request.route.kind)
            await self.call_app(scope, receive, response, request)
            await response.close()
        except Refusal as refusal:
            await response.refuse(refusal)
        except ClientDisconnected:
            return
        except Exception as error:  # noqa: BLE001 - the application may raise anything; `fail` raises faults again
            await response.fail(error)

    def identified(self, scope: Scope, headers: Headers) -> Client:
        """Return the client, and remove what an untrusted client states about its own address."""
        connected = scope["client"][0] if scope.get("client") else ""
        client = identify_client(connected, scope["scheme"], headers, self.policy.proxies)
        if client.proxied:
            scope["client"], scope["scheme"] = (client.address, 0), client.scheme
        elif any(name in headers for name in FORWARDED):
            # Gradio trusts these headers of every client, and would send pictures to the host in them.
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in FORWARDED]
        scope[SCOPE_KEY] = pseudonym(address_group(client.address))
        return client

    def is_preflight_of_other_site(self, scope: Scope, headers: Headers, response: GuardedResponse) -> bool:
        """Let the sites of ALLOWED_ORIGINS use the study API; return True for a preflight request."""
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        if origin not in self.policy.origins or not scope["path"].startswith("/api/study/"):
            return False
        preflight = is_preflight(scope["method"], headers)
        response.headers = response.headers + cors_headers(origin, preflight)
        return preflight

    def set_response_rules(self, response: GuardedResponse, kind: Kind) -> None:
        """Set the headers and the treatment of errors for this kind of route."""
        if kind is Kind.FILE:
            response.headers = self.headers.files
        response.private, response.lenient = kind in PRIVATE, kind in LENIENT

    def checked(self, scope: Scope, headers: Headers, client: Client) -> Request:
        """Check everything that does not need the body. Raises Refusal."""
        method, path = scope["method"], scope["path"]
        # Load balancers and containers ask for the health by names of their own.
        if path not in HEALTH_PATHS and not self.policy.hosts.allow(client.host):
            raise Refusal(421, "wrong_host", WRONG_HOST)
        route = route_of(method, path, scope["query_string"])
        check_origin(method, headers, client.host, self.policy.origins)
        self.limits.check(route.kind, path, scope[SCOPE_KEY])
        if path.startswith(FILE) and not self.may_send_file(path.removeprefix(FILE)):
            raise Refusal(404, "not_found", "There is no such file.")
        if route.kind is Kind.UPLOAD:
            # Gradio would keep the progress of each upload with an id for ever, and no page reads it.
            scope["query_string"] = b""
        return Request(headers, client, route, scope[SCOPE_KEY])

    def may_send_file(self, path: str) -> bool:
        """Return True if Gradio may send this file: an upload, or a result."""
        return self.protected.bodies.folder.holds(path) or any(
            folder in Path(path).parents and ".." not in path for folder in self.protected.shown_folders
        )

    async def call_app(
        self, scope: Scope, receive: Receive, response: GuardedResponse, request: Request
    ) -> None:
        """Check the body, then call the application. Raises Refusal."""
        with self.reserved_space(scope["method"], request):
            kind = request.route.kind
            if scope["method"] in ("POST", "PUT") and kind in MAX_BYTES:
                raw = await read_body(request.headers, receive, MAX_BYTES[kind])
                body = self.protected.bodies.checked(request.route, raw)
                scope["headers"] = with_length(scope["headers"], len(body))
                receive = replay_body(body, receive)
            await self.app(scope, receive, response.pass_on)

    def reserved_space(self, method: str, request: Request) -> AbstractContextManager[None]:
        """Reserve disk space for a body that the application will keep as a file. Raises Refusal."""
        if method != "POST" or request.route.kind not in STORING:
            return nullcontext()
        length = declared_length(request.headers)
        if length is None:
            raise NO_LENGTH
        return self.budget.reserved(request.visitor, length)


def joined(pairs: list[tuple[bytes, bytes]]) -> Headers:
    """Return the headers by name; the values of one that was sent twice are joined by a comma.

    A joined value matches no check, so that sending a header twice cannot pass one.
    """
    headers: Headers = {}
    for name, value in pairs:
        headers[name] = headers[name] + b"," + value if name in headers else value
    return headers


def with_length(pairs: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    """Return the headers with the length of the replaced body."""
    others = [pair for pair in pairs if pair[0] not in (b"content-length", b"transfer-encoding")]
    return [*others, (b"content-length", str(length).encode())]
