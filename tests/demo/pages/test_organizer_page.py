"""Test the organizer's page, and the files that it links."""

from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from starlette.requests import Request

from demo.organizer.access import Organizer, OrganizerAccess
from demo.organizer.files import STUDY_FILES, StudyFile
from demo.pages.organizer import OrganizerHandlers
from study.collect.enrolment import enrol
from study.database.store import Store
from study.manage.states import open_folder
from tests.support.study_world import plain_study

GREY = np.full((32, 32, 3), 90, np.uint8)
ACCESS = OrganizerAccess({"organizer": "k" * 32}, "secret")


@pytest.fixture
def handlers(tmp_path: Path) -> Iterator[OrganizerHandlers]:
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    methods = {"a": lambda item: item, "b": lambda item: item + 1}
    open_folder(
        store, plain_study(tmp_path / "tiny", {"one": GREY, "two": GREY}, methods, title="Tiny <b>"), "test"
    )
    yield OrganizerHandlers(store, ACCESS)
    store.close()


def opened(handlers: OrganizerHandlers, query: str = "", cookie: str = "") -> str | None:
    sent = cookie or ACCESS.new_cookie(Organizer("organizer"), False)
    scope = {"type": "http", "query_string": query.encode(), "headers": [(b"cookie", sent.encode())]}
    return handlers.on_open(gr.Request(request=Request(scope)))


def test_it_counts_and_escapes(handlers: OrganizerHandlers) -> None:
    enrol(handlers.store, "tiny")
    page = opened(handlers)
    assert page is not None
    assert "<dt>Enrolled</dt><dd>1</dd>" in page and "Tiny &lt;b&gt;" in page and "/study?study=tiny" in page
    assert all(f"/organizer/files/tiny/{handout.ending}" in page for handout in STUDY_FILES)


def test_an_unknown_study_gets_a_message(handlers: OrganizerHandlers) -> None:
    assert "no such study" in (opened(handlers, "study=nowhere") or "")


def test_a_stranger_gets_no_page(handlers: OrganizerHandlers) -> None:
    assert opened(handlers, cookie="a=b") is None


@pytest.mark.parametrize("handout", STUDY_FILES, ids=lambda handout: handout.ending)
def test_every_file_is_written(handlers: OrganizerHandlers, handout: StudyFile) -> None:
    assert len(handout.make(handlers.store, "tiny")) > 20
