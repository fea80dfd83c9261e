"""Pages are dark or light, and have a title, before any script of Gradio runs."""

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient

from demo.html_head import HEAD, EarlyHead

PAGE = "<html><head><meta></head><body>ü</body></html>"


def client() -> TestClient:
    app = FastAPI()
    app.add_middleware(EarlyHead)
    for path in ("/", "/other"):
        app.get(path)(lambda: HTMLResponse(PAGE))
    return TestClient(app)


def test_a_page_starts_with_our_words_and_is_whole() -> None:
    answer = client().get("/")
    assert answer.text == PAGE.replace("<head>", HEAD.decode())
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_other_answers_are_left_alone() -> None:
    assert client().get("/other").text == PAGE
