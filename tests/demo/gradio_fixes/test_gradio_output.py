"""Check that Gradio's output is logged, without a traceback for a bad request, by fixes that still apply."""

import inspect
import logging
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from gradio import queueing, route_utils, routes

from demo.gradio_fixes.gradio_output import NOT_UNDERSTOOD, redirect_gradio_output
from demo.monitoring.request_ids import RequestIds
from model.images.files import read_picture
from study.records import Unavailable
from tests.support.operated import called

# Gradio counts failed calls with deprecated options of pandas.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """Serve a page with handlers that fail: a fault of the server, a message for people, a bad request."""

    def words(_value: str) -> str:
        raise gr.Error("Please choose a picture.", print_exception=False)

    def outage(_value: str) -> str:
        raise Unavailable("The disk is full. Please try again later.", "full")

    redirect_gradio_output()
    with gr.Blocks() as pages:
        text, choice = gr.Textbox(), gr.Dropdown(["a"])
        for handler, given in ((read, text), (words, text), (str, choice), (outage, text)):
            gr.Button().click(handler, given, text)
    app = gr.mount_gradio_app(FastAPI(), pages, path="/", ssr_mode=False, show_error=False)
    app.add_middleware(RequestIds)
    with TestClient(app) as client:
        yield client


def read(value: str) -> str:
    """Call our own code with a value that it does not expect."""
    return str(read_picture(5 if value else value))  # type: ignore[arg-type]


def asked(client: TestClient, handler: int, data: list[Any]) -> str:
    return str(called(client, handler, data)["output"].get("error"))


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [each for each in caplog.records if each.exc_info]


def test_a_fault_of_the_server_has_a_number_and_a_traceback(
    client: TestClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    error = asked(client, 0, ["x"])
    assert error.startswith("Something went wrong on the server. Please tell the organizer this number: ")
    (logged,) = tracebacks(caplog)
    assert error.endswith(str(vars(logged)["request"]))
    assert "Traceback" not in "".join(capfd.readouterr())


def test_a_message_for_people_is_shown_and_not_logged(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert asked(client, 1, ["x"]) == "Please choose a picture."
    assert not tracebacks(caplog)


def test_an_outage_has_its_own_message(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    assert asked(client, 3, ["x"]) == "The disk is full. Please try again later."
    assert not tracebacks(caplog)


@pytest.mark.parametrize("data", [["not a choice"], [], [1, 2, 3], [{"path": "/etc/passwd"}]])
def test_a_bad_request_has_no_traceback(
    client: TestClient, data: list[Any], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    error = asked(client, 2, data)
    assert error == NOT_UNDERSTOOD or "choices" in error
    assert not tracebacks(caplog) and "Traceback" not in "".join(capfd.readouterr())


def test_gradio_still_uses_the_names_that_are_replaced() -> None:
    for module, count in ((queueing, 3), (routes, 1), (route_utils, 1)):
        assert inspect.getsource(module).count("traceback.print_exc(") == count, module
    assert inspect.getsource(queueing).count("error_payload(") == 2
    assert inspect.getsource(routes).count("utils.error_payload(") == 1
