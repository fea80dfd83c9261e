"""List the open routes. Gradio has seventy; the pages, `gradio_client` and MCP assistants need these."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from demo.guard.rules.refusals import Refusal


class Kind(Enum):
    """Name the groups of routes that have the same checks."""

    PAGE = auto()
    ASSET = auto()
    FILE = auto()
    HEALTH = auto()
    STREAM = auto()
    CALL = auto()
    CANCEL = auto()
    UPLOAD = auto()
    MCP = auto()
    API = auto()
    WORKBENCH = auto()
    WORKBENCH_FILE = auto()
    ORGANIZER = auto()
    BUILD_FILE = auto()


@dataclass(frozen=True)
class Route:
    """Hold the group of a path and its methods.

    `name` is the public function of a call; it starts with "v2:" where the values of the call have names.
    """

    kind: Kind
    methods: tuple[str, ...] = ("GET", "HEAD")
    name: str = ""


POST = ("POST",)
GRADIO = "/gradio_api"
FILE = f"{GRADIO}/file="
EXACT: dict[str, Route] = {
    "/": Route(Kind.PAGE),
    "/compare": Route(Kind.PAGE),
    "/study": Route(Kind.PAGE),
    "/results": Route(Kind.PAGE),
    "/organizer": Route(Kind.PAGE),
    "/login/huggingface": Route(Kind.ORGANIZER),
    "/login/callback": Route(Kind.ORGANIZER),
    "/config": Route(Kind.PAGE),
    f"{GRADIO}/info": Route(Kind.PAGE),
    f"{GRADIO}/openapi.json": Route(Kind.PAGE),
    f"{GRADIO}/app_id": Route(Kind.ASSET),
    "/theme.css": Route(Kind.ASSET),
    f"{GRADIO}/theme.css": Route(Kind.ASSET),
    "/manifest.json": Route(Kind.ASSET),
    "/favicon.ico": Route(Kind.ASSET),
    "/robots.txt": Route(Kind.ASSET),
    "/healthz": Route(Kind.HEALTH),
    "/readyz": Route(Kind.HEALTH),
    "/metrics": Route(Kind.HEALTH),
    f"{GRADIO}/queue/join": Route(Kind.CALL, POST),
    f"{GRADIO}/queue/data": Route(Kind.STREAM),
    f"{GRADIO}/cancel": Route(Kind.CANCEL, POST),
    f"{GRADIO}/reset": Route(Kind.CANCEL, POST),
    f"{GRADIO}/upload": Route(Kind.UPLOAD, POST),
    f"{GRADIO}/mcp": Route(Kind.MCP, ("GET", "POST", "DELETE")),
    f"{GRADIO}/mcp/http": Route(Kind.MCP, ("GET", "POST", "DELETE")),
    f"{GRADIO}/mcp/schema": Route(Kind.PAGE),
}
# The beginning of the path decides; the application checks the rest.
PREFIXES: tuple[tuple[str, Route], ...] = (
    ("/assets/", Route(Kind.ASSET)),
    ("/static/", Route(Kind.ASSET)),
    ("/svelte/", Route(Kind.ASSET)),
    ("/media/", Route(Kind.FILE)),
    ("/view/", Route(Kind.FILE)),
    (FILE, Route(Kind.FILE)),
    ("/api/workbench/files", Route(Kind.WORKBENCH_FILE, POST)),
    ("/api/workbench", Route(Kind.WORKBENCH, ("GET", "HEAD", "POST", "PUT"))),
    ("/api/", Route(Kind.API, ("GET", "HEAD", "POST"))),
    ("/organizer/api/builds/", Route(Kind.ORGANIZER, ("GET", "HEAD", "POST", "DELETE"))),
    ("/organizer/", Route(Kind.ORGANIZER, ("GET", "HEAD", "POST"))),
)
PATTERNS: tuple[tuple[re.Pattern[str], Route], ...] = (
    (re.compile(rf"{GRADIO}/heartbeat/[A-Za-z0-9_-]{{1,64}}"), Route(Kind.STREAM)),
    (re.compile(rf"{GRADIO}/call/(?:v2/)?[A-Za-z0-9_-]{{1,64}}/[0-9a-f]{{32}}"), Route(Kind.STREAM)),
)
# Files of a study in the making; their route writes them to the disk as they arrive.
BUILD_FILE = re.compile(r"/organizer/api/builds/[0-9a-f]{16}/files/.+")
CALLED = re.compile(rf"{GRADIO}/(run|api|call|call/v2)/([A-Za-z0-9_-]{{1,64}})")
UNSAFE_PATH = re.compile(r"[\x00-\x1f\x7f\\]|/\.\.?(?:/|$)|^//")
QUERY_LIMIT = 4096
# Gradio fails at a page name that it does not have.
PAGE_QUERY = re.compile(rb"(?:^|&)page=")
# Gradio keeps these names in memory, so they have to be short and plain.
NAMES = re.compile(r"(?:^|&)(?:session_hash|upload_id)=([^&]*)")
PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")


def route_of(method: str, path: str, query: bytes) -> Route:
    """Return the route of a request. Raises Refusal for a route, method or query that no page needs."""
    route = _find(path)
    if route is None:
        raise Refusal(404, "not_found", "This address does not exist.")
    if method not in route.methods:
        raise Refusal(405, "method", f"Please use {' or '.join(route.methods)}.")
    if path == "/" and PAGE_QUERY.search(query):
        raise Refusal(404, "not_found", "There is no such page.")
    if len(query) > QUERY_LIMIT:
        raise Refusal(414, "long_address", "This address is too long.")
    if path.startswith(GRADIO) and query:
        for name in NAMES.findall(query.decode("latin-1")):
            if not PLAIN.fullmatch(name):
                raise Refusal(
                    400, "bad_request", "This session or upload id cannot be used. Please reload the page."
                )
    return route


def _find(path: str) -> Route | None:
    if UNSAFE_PATH.search(path):
        return None
    exact = EXACT.get(path) or EXACT.get(path.rstrip("/"))
    if exact:
        return exact
    if BUILD_FILE.fullmatch(path):
        return Route(Kind.BUILD_FILE, ("PUT",))
    for prefix, route in PREFIXES:
        if path.startswith(prefix):
            return route
    called = CALLED.fullmatch(path.rstrip("/"))
    if called:
        return Route(Kind.CALL, POST, f"v2:{called[2]}" if called[1] == "call/v2" else called[2])
    return next((route for pattern, route in PATTERNS if pattern.fullmatch(path.rstrip("/"))), None)
