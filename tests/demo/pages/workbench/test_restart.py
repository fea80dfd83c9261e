"""Check that a restart of the server loses nothing of an open page, nor of one that is opened later."""

from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.running_app import free_port, running_app
from demo.examples import EXAMPLES
from tests.demo.pages.workbench.walk import DRAWN, choose, document, expect_edited, open_bench, title

pytestmark = pytest.mark.browser
PHOTO = EXAMPLES[1]
CHANGE = """document.querySelector('.wb').bench.change('Opacity', (draft) => {
    draft.objects[0].opacity = 0.5;
})"""


def test_a_restart_of_the_server_loses_nothing(browser: Browser, tmp_path: Path) -> None:
    port = str(free_port())
    with closing(browser.new_context(base_url=f"http://127.0.0.1:{port}")) as context:
        context.set_default_timeout(120_000)
        page = context.new_page()
        with running_app(tmp_path, PORT=port):
            open_bench(page)
            choose(page, PHOTO.composite, PHOTO.mask)
            expect(title(page)).to_have_text(PHOTO.composite.name)
            expect_edited(page)
            expect(page.locator(".wb")).to_have_attribute("data-saved", "yes")
        page.evaluate(CHANGE)
        expect(page.locator(".wb-line")).to_be_visible()
        with running_app(tmp_path, PORT=port):
            expect(page.locator(".wb-line")).to_be_hidden()
            expect(page.locator(".wb")).to_have_attribute("data-saved", "yes")
            before = document(page)
            page.reload()
            expect(page.locator(DRAWN)).to_be_visible()
            assert document(page) == before
            assert before["objects"][0]["opacity"] == 0.5
            expect(title(page)).to_have_text(PHOTO.composite.name)
