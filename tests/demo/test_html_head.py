"""Check that pages are dark or light, and have a title, before any script of Gradio runs."""

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient

from demo.html_head import HEAD, LANGUAGE, EarlyHead
from demo.widgets.modules import workbench_modules

PAGE = "<html><head><meta></head><body>ü</body></html>"


def client(pictures: tuple[str, ...] = ()) -> TestClient:
    app = FastAPI()
    app.add_middleware(EarlyHead, pictures=lambda: pictures)
    for path in ("/", "/study", "/other"):
        app.get(path)(lambda: HTMLResponse(PAGE))
    return TestClient(app)


def test_the_head_is_inserted_and_the_page_is_complete() -> None:
    answer = client().get("/study", headers={"accept-encoding": "identity"})
    assert answer.text == PAGE.replace("<head>", (HEAD + LANGUAGE).decode())
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_the_first_page_loads_the_workbench_at_once() -> None:
    address = workbench_modules().address
    links = (f'as="style" href="{address}/main.css"', f'rel="modulepreload" href="{address}/main.js"')
    assert all(link in client().get("/").text and link not in client().get("/study").text for link in links)
    assert "new Image()" not in client().get("/").text
    shown = client(("/view/a.jpg", "/view/b.webp")).get("/").text
    assert '["/view/a.jpg", "/view/b.webp"]' in shown


def test_other_responses_are_not_changed() -> None:
    assert client().get("/other").text == PAGE


def test_a_page_of_a_space_does_not_ask_hugging_face_for_its_state() -> None:
    page = client().get("/study").text
    assert "location.hostname.endsWith('.hf.space')" in page and "https://huggingface.co/api/spaces/" in page


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_page_is_compressed(encoding: str) -> None:
    plain, small = (client().get("/", headers={"accept-encoding": name}) for name in ("identity", encoding))
    assert small.text == plain.text
    assert small.headers["content-encoding"] == encoding and small.headers["vary"] == "Accept-Encoding"
    assert int(small.headers["content-length"]) < int(plain.headers["content-length"]) / 2
