"""Check what the first page shows before Gradio's scripts run, and how many bytes it needs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, FloatRect, Page, ViewportSize, expect

from tests.demo.pages.conftest import DESKTOP, PHONE, Server
from tests.demo.pages.workbench.walk import DRAWN, hold, open_bench

pytestmark = pytest.mark.browser
GRADIO = "**/assets/index-*.js"
LOADED = "[...document.querySelectorAll('.first-look img')].every((image) => image.naturalWidth > 1000)"
LANDSCAPE: ViewportSize = {"width": 844, "height": 390}
MOST_BYTES = 800_000


@pytest.fixture(autouse=True)
def opened(server: Server, page: Page) -> None:
    """Wait until the server has the first example, which it opens when it starts."""
    page.goto(server.url)
    expect(page.locator(DRAWN)).to_be_visible()
    page.evaluate("localStorage.clear()")


@pytest.fixture
def newcomer(browser: Browser, server: Server) -> Iterator[Page]:
    """Return a page of a browser that has nothing of ours."""
    context: BrowserContext = browser.new_context(base_url=server.url)
    yield context.new_page()
    context.close()


def box(page: Page, selector: str) -> FloatRect:
    found = page.locator(selector).bounding_box()
    assert found
    return found


@pytest.mark.parametrize("screen", [DESKTOP, PHONE, LANDSCAPE], ids=["desktop", "phone", "landscape"])
def test_the_first_picture_needs_no_script_of_gradio(newcomer: Page, screen: ViewportSize) -> None:
    newcomer.set_viewport_size(screen)
    newcomer.route(GRADIO, hold)
    newcomer.goto("/", wait_until="commit")
    expect(newcomer.locator(".first-look img")).to_have_count(2)
    newcomer.wait_for_function(LOADED)
    early = box(newcomer, ".first-look div")

    newcomer.unroute(GRADIO)
    open_bench(newcomer)
    expect(newcomer.locator(".first-look")).to_have_count(0)
    stage = box(newcomer, ".wb-view")
    assert list(early.values()) == pytest.approx(list(stage.values()), abs=1.5)


def test_a_browser_with_a_session_is_not_shown_the_example(page: Page) -> None:
    open_bench(page)
    page.route(GRADIO, hold)
    page.goto("/", wait_until="commit")
    expect(page.locator("gradio-app")).to_have_count(1)
    expect(page.locator(".first-look")).to_have_count(0)


def test_the_first_page_is_light(newcomer: Page) -> None:
    sizes: list[float] = []
    session = newcomer.context.new_cdp_session(newcomer)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    open_bench(newcomer)
    assert len(sizes) > 20
    assert sum(sizes) <= MOST_BYTES
