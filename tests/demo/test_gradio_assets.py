"""Check that Gradio's scripts are sent small, whole, and to be kept."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from demo.gradio_assets import FOLDER, gradio_assets

SCRIPT = max(FOLDER.glob("index-*.js"), key=lambda path: path.stat().st_size)


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    app.include_router(gradio_assets())
    return TestClient(app)


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_scripts_are_compressed_and_kept(client: TestClient, encoding: str) -> None:
    answer = client.get(f"/assets/{SCRIPT.name}", headers={"accept-encoding": encoding})
    assert answer.content == SCRIPT.read_bytes()
    assert answer.headers["content-encoding"] == encoding
    assert int(answer.headers["content-length"]) < len(answer.content) / 2
    assert "immutable" in answer.headers["cache-control"]


def test_fonts_are_sent_as_they_are(client: TestClient) -> None:
    font = next(FOLDER.glob("*.woff2"))
    answer = client.get(f"/assets/{font.name}")
    assert answer.content == font.read_bytes()
    assert "content-encoding" not in answer.headers and "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("name", ["missing.js", "%2e%2e", "%2e%2e%2findex.html", ".."])
def test_nothing_else_is_sent(client: TestClient, name: str) -> None:
    assert client.get(f"/assets/{name}").status_code == 404
