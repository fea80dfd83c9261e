"""Check that only the routes that pages and programs need are open."""

from typing import Any

import pytest
from starlette.routing import Mount, Route

from demo.guard.rules.refusals import Refusal
from demo.guard.rules.routes import Kind, route_of
from tests.demo.guard.conftest import Target

OPEN = {
    "/", "/compare", "/study", "/results", "/organizer", "/config", "/theme.css", "/favicon.ico",
    "/robots.txt",
    "/manifest.json", "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/app_id",
    "/gradio_api/theme.css", "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/cancel",
    "/gradio_api/reset", "/gradio_api/upload", "/gradio_api/mcp",
    "/gradio_api/heartbeat/{session_hash}",
    "/gradio_api/run/{api_name}", "/gradio_api/api/{api_name}", "/gradio_api/call/{api_name}",
    "/gradio_api/call/v2/{api_name}", "/assets/{path:path}", "/static/{path:path}", "/svelte/{path:path}",
    "/gradio_api/file={path_or_url:path}",
}  # fmt: skip
# These need an id of a call.
BY_ID = {"/gradio_api/call/{api_name}/{event_id}", "/gradio_api/call/v2/{api_name}/{event_id}"}


def gradio_routes(found: Target) -> set[str]:
    app: Any = found.blocks.app
    paths: set[str] = {route.path for route in _all(app.routes) if isinstance(route, Route | Mount)}
    return {path.rstrip("/") or "/" for path in paths}


def _all(routes: list[Any]) -> list[Any]:
    """Return all routes: newer versions of FastAPI keep included routers as one entry."""
    found = []
    for route in routes:
        inner = getattr(getattr(route, "original_router", None), "routes", None)
        found += _all(inner) if inner else [route]
    return found


def test_every_other_route_of_gradio_is_closed(attacked: Target) -> None:
    listed = gradio_routes(attacked)
    assert len(listed) > 50
    for path in listed - OPEN - BY_ID:
        for method in ("GET", "POST", "DELETE", "PUT"):
            answer = attacked.client.request(method, path)
            assert answer.status_code in (404, 405), (method, path)
            assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        "//evil.org",
        "/assets/../../secret",
        "/assets/%2e%2e/x",
        "/static/..%2f..%2fx",
        "/a\\b",
        "/view/\x00",
        "/x",
    ],
)
def test_unsafe_paths_are_not_found(attacked: Target, path: str) -> None:
    assert attacked.client.get(f"{attacked.url}{path.replace(chr(0), '%00')}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/api/study/first-look", Kind.API),
        ("POST", "/api/study/first-look/vote", Kind.API),
        ("GET", "/api/docs", Kind.API),
        ("GET", "/media/abc", Kind.FILE),
        ("GET", "/view/abc.jpg", Kind.FILE),
        ("GET", "/readyz", Kind.HEALTH),
        ("GET", "/metrics", Kind.HEALTH),
        ("POST", "/organizer/sign-in", Kind.ORGANIZER),
        ("GET", "/study/", Kind.PAGE),
    ],
)
def test_our_own_routes_are_open(method: str, path: str, kind: Kind) -> None:
    assert route_of(method, path, b"").kind is kind


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (b"session_hash=", 400),
        (b"session_hash=a%00", 400),
        (b"upload_id=" + b"x" * 65, 400),
        (b"x=" + b"y" * 5000, 414),
    ],
)
def test_ids_in_a_query_are_short_and_plain(query: bytes, status: int) -> None:
    with pytest.raises(Refusal) as refused:
        route_of("GET", "/gradio_api/queue/data", query)
    assert refused.value.status == status


def test_a_page_query_at_the_first_page_is_not_found(attacked: Target) -> None:
    assert attacked.client.get("/?page=x").status_code == 404
    assert attacked.client.get("/?mypage=x&__theme=dark").status_code == 200


def test_an_upload_without_a_file_or_a_name_is_refused_with_a_message(attacked: Target) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="files"'
    bodies = [
        head + b"\r\n\r\nhello\r\n--x--\r\n",
        head + b'; filename=""\r\n\r\nhello\r\n--x--\r\n',
        b"--x\r\nContent-Disposition: form-data\r\n\r\nhello\r\n--x--\r\n",
        b"nonsense",
        b"",
        head + b'; filename="' + b"a" * 5000 + b'"\r\n\r\nx\r\n--x--\r\n',
        head + b'; filename="../../x"\r\n\r\nx\r\n--x--\r\n',
        head + b'; filename="a\x00b"\r\n\r\nx\r\n--x--\r\n',
    ]
    for body in bodies:
        for query in ("", "?upload_id=abc"):
            headers = {"content-type": "multipart/form-data; boundary=x"}
            answer = attacked.client.post(f"/gradio_api/upload{query}", content=body, headers=headers)
            assert answer.status_code in (200, 400, 413), body
            assert (
                "Internal" not in answer.text
                and "/" not in answer.text.replace(str(attacked.uploads), "")[:1]
            )
    assert not (attacked.settings.data_dir / "x").exists()
