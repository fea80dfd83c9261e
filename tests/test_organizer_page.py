"""The organizer's page: what it says, what it hands out, and that it does so to nobody else."""

from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from starlette.requests import Request

from demo.media import ViewCache
from demo.pages.organizer import HANDOUTS, Handout, Organizer
from study.session import enrol
from study.stimuli import build_study, register
from study.store import Store

GREY = np.full((32, 32, 3), 90, np.uint8)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Organizer]:
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    folder = build_study(
        tmp_path / "study",
        slug="tiny",
        title="Tiny <b>",
        question="Which?",
        items={"one": GREY, "two": GREY},
        methods={"a": lambda item: item, "b": lambda item: item + 1},
    )
    register(store, folder)
    yield Organizer(store, ViewCache(tmp_path / "views", "k"), allowed=True)
    store.close()


def opened(desk: Organizer, query: str = "", header: str = "accept") -> tuple[str, str]:
    scope = {"type": "http", "query_string": query.encode(), "headers": [(header.encode(), b"any")]}
    request = gr.Request(request=Request(scope))
    slug, page, _ = desk.on_open(request)
    return slug, page


def test_it_counts_and_escapes(desk: Organizer) -> None:
    enrol(desk.store, "tiny")
    slug, page = opened(desk)
    assert slug == "tiny"
    assert "<dt>Enrolled</dt><dd>1</dd>" in page and "Tiny &lt;b&gt;" in page and "/study?study=tiny" in page


def test_an_unknown_study_is_said(desk: Organizer) -> None:
    assert "no such study" in opened(desk, "study=nowhere")[1]


@pytest.mark.parametrize("handout", HANDOUTS, ids=lambda handout: handout.ending)
def test_every_file_is_written(desk: Organizer, handout: Handout) -> None:
    value, message = desk.on_wanted(handout, "tiny")
    assert message == "" and value["name"] == f"tiny-{handout.ending}"
    assert desk.views.find(value["url"].split("/")[-1].split("?")[0]).stat().st_size > 20


def test_elsewhere_it_tells_nothing(desk: Organizer) -> None:
    elsewhere = Organizer(desk.store, desk.views, allowed=False)
    slug, page = opened(elsewhere)
    assert slug == "" and "Tiny" not in page
    assert "computer that serves" in elsewhere.on_wanted(HANDOUTS[0], "tiny")[1]


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded"])
def test_a_visitor_through_a_proxy_is_told_nothing(desk: Organizer, header: str) -> None:
    slug, page = opened(desk, header=header)
    assert slug == "" and "Tiny" not in page
    assert desk.on_wanted(HANDOUTS[0], slug)[1]
