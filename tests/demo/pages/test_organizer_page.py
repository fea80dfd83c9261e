"""The organizer's page: what it says to who has signed in, and the files it hands out."""

from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from starlette.requests import Request

from demo.api.organizer_access import OrganizerAccess
from demo.api.organizer_files import HANDOUTS, Handout
from demo.pages.organizer import Organizer
from study.collect.enrolment import enrol
from study.collect.registration import register
from study.database.store import Store
from tests.support.study_world import plain_study

GREY = np.full((32, 32, 3), 90, np.uint8)
ACCESS = OrganizerAccess("k" * 32, "secret")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Organizer]:
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    methods = {"a": lambda item: item, "b": lambda item: item + 1}
    register(store, plain_study(tmp_path / "tiny", {"one": GREY, "two": GREY}, methods, title="Tiny <b>"))
    yield Organizer(store, ACCESS)
    store.close()


def opened(desk: Organizer, query: str = "", cookie: str = "") -> str:
    sent = cookie or ACCESS.cookie_of(secure=False)
    scope = {"type": "http", "query_string": query.encode(), "headers": [(b"cookie", sent.encode())]}
    page, form = desk.on_open(gr.Request(request=Request(scope)))
    assert form == {"signed_in": not cookie}
    return str(page)


def test_it_counts_and_escapes(desk: Organizer) -> None:
    enrol(desk.store, "tiny")
    page = opened(desk)
    assert "<dt>Enrolled</dt><dd>1</dd>" in page and "Tiny &lt;b&gt;" in page and "/study?study=tiny" in page
    assert all(f"/organizer/files/tiny/{handout.ending}" in page for handout in HANDOUTS)


def test_an_unknown_study_is_said(desk: Organizer) -> None:
    assert "no such study" in opened(desk, "study=nowhere")


def test_a_stranger_is_told_nothing(desk: Organizer) -> None:
    assert opened(desk, cookie="a=b") == ""


@pytest.mark.parametrize("handout", HANDOUTS, ids=lambda handout: handout.ending)
def test_every_file_is_written(desk: Organizer, handout: Handout) -> None:
    assert len(handout.make(desk.store, "tiny")) > 20
