"""Check that every response has a number, and that a fault of the server becomes a message with it."""

import logging
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from demo.monitoring.request_ids import RequestIds, request_number
from study.records import Unavailable


class Breaks:
    """Raise an error, as a faulty middleware does."""

    def __init__(self, app: object) -> None:
        del app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError(f"secret in a middleware {scope, receive, send}")


def with_routes() -> FastAPI:
    app = FastAPI()

    @app.get("/fault")
    def fault() -> None:
        raise RuntimeError("secret in /some/folder")

    @app.get("/outage")
    def outage() -> None:
        raise Unavailable("The disk is full. Please try again later.", "full")

    @app.get("/bare")
    def bare() -> PlainTextResponse:
        return PlainTextResponse("secret", status_code=500)

    @app.get("/own")
    def own() -> JSONResponse:
        return JSONResponse({"error": {"code": "own"}}, status_code=503)

    @app.get("/number")
    def number() -> str:
        return request_number()

    @app.get("/half")
    def half() -> StreamingResponse:
        def parts() -> Iterator[bytes]:
            yield b"half"
            raise RuntimeError("secret after the start")

        return StreamingResponse(parts())

    return app


@pytest.fixture
def client() -> Iterator[TestClient]:
    app, inner = with_routes(), with_routes()
    app.mount("/inner", inner)
    app.add_middleware(RequestIds)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("path", ["/fault", "/bare", "/inner/fault", "/inner/bare"])
def test_a_fault_gives_a_message_with_its_number(
    client: TestClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get(path)
    assert answer.status_code == 500 and answer.headers["content-type"] == "application/json"
    number = answer.headers["x-request-id"]
    error = answer.json()["error"]
    assert error["code"] == "internal" and number in error["message"]
    assert "secret" not in answer.text and "Traceback" not in answer.text
    if path.endswith("fault"):
        assert len([each for each in caplog.records if each.exc_info]) >= 1


def test_a_fault_of_another_middleware_gives_a_message() -> None:
    app = with_routes()
    app.add_middleware(Breaks)
    app.add_middleware(RequestIds)
    answer = TestClient(app, raise_server_exceptions=False).get("/number")
    assert answer.status_code == 500 and answer.json()["error"]["code"] == "internal"


def test_a_partial_response_is_broken_off(client: TestClient) -> None:
    with pytest.raises(RuntimeError):
        TestClient(client.app).get("/half")


def test_an_outage_has_its_own_message(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/outage")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert answer.json()["error"]["message"] == "The disk is full. Please try again later."
    assert not any(each.exc_info for each in caplog.records)


def test_an_error_response_in_json_is_not_changed(client: TestClient) -> None:
    answer = client.get("/own")
    assert (answer.status_code, answer.json()) == (503, {"error": {"code": "own"}})


def test_numbers_differ_and_that_of_a_client_is_ignored(client: TestClient) -> None:
    answers = [client.get("/number", headers={"X-Request-ID": "mine"}) for _ in range(2)]
    numbers = [answer.json() for answer in answers]
    assert numbers == [answer.headers["x-request-id"] for answer in answers]
    assert len({*numbers, "mine", "-"}) == 4


def test_a_refusal_is_logged_without_path_and_query(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "demo.monitoring.request_ids")
    for path in ("/media/a-token?PROLIFIC_PID=anna", "/anna", "/number"):
        client.get(path, headers={"User-Agent": "anna's browser"})
    client.request("ANNA", "/study")
    lines = [each.getMessage() for each in caplog.records if each.name == "demo.monitoring.request_ids"]
    assert [line.partition(" after ")[0] for line in lines] == [
        "GET /media answered 404",
        "GET /other answered 404",
        "OTHER /study answered 404",
    ]
