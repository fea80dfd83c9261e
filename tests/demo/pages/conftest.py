"""Start a server with an empty data folder, and a browser that reports every fault."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Route,
    ViewportSize,
    WebError,
    expect,
    sync_playwright,
)

from benchmarks.chromium import FLAGS, find_chromium
from benchmarks.running_app import free_port, running_app
from demo.widgets import FOLDER
from tests.support.study_page import READY

# A busy machine is slow, and that is no fault of a page.
expect.set_options(timeout=60_000)
# Fewer processes of the browser start faster; pages of one address share one.
FEW_PROCESSES = ("--in-process-gpu", "--process-per-site")
# Gradio logs these as errors where a page is left while it still connects, as happens on a busy machine.
LEFT_EARLY = (
    "AbortError: signal is aborted without reason",  # no answer yet
    "AbortError: BodyStreamBuffer was aborted",  # the answer has begun
    "Unexpected error Connection errored out.",
)
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
Call = Callable[..., Any]
OpenTrial = Callable[..., Page]
HOST = "http://modules.test"
RUN = "async ([file, name, args]) => (await import(`/${file}`))[name](...args)"


@dataclass(frozen=True)
class Server:
    """Hold the address of a running app and its data folder."""

    url: str
    data: Path

    @property
    def organizer_key(self) -> str:
        """Return the key of the organizer of this server."""
        return (self.data / "organizer_key").read_text().strip()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the Chromium program. Skip the browser tests where there is none; fail where CI is set."""
    found = find_chromium()
    if found:
        return found
    if os.environ.get("CI") or os.environ.get("REQUIRE_BROWSER"):
        pytest.fail("Chromium was not found: install it, or set CHROMIUM")
    pytest.skip("Chromium was not found (set CHROMIUM to a Chrome or Chromium program)")


@pytest.fixture(scope="session")
def url() -> str:
    """Return the address of the server, before it is started."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="session")
def server(chromium: str, url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    assert chromium  # without a browser no server is started
    data = tmp_path_factory.mktemp("data")
    with running_app(data, PORT=url.rpartition(":")[2]) as app:
        yield Server(app.url, data)


@pytest.fixture(scope="session")
def profile(chromium: str, url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Start a browser with one profile for all tests: it loads and compiles the scripts of the pages once."""
    with sync_playwright() as playwright:
        profile = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=chromium,
            args=[*FLAGS, *FEW_PROCESSES],
            viewport=DESKTOP,
            base_url=url,
        )
        profile.set_default_timeout(60_000)
        yield profile
        profile.close()


@pytest.fixture(scope="session")
def browser(profile: BrowserContext) -> Browser:
    assert profile.browser
    return profile.browser


@pytest.fixture
def faults() -> list[str]:
    """Collect faults of the browser: console errors, exceptions, requests to other machines."""
    return []


@pytest.fixture
def context(profile: BrowserContext, server: Server, faults: list[str]) -> Iterator[BrowserContext]:
    """Give the profile, empty as for a new visitor."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(LEFT_EARLY):
            faults.append(f"console: {message.text}")

    def on_request(request: Request) -> None:
        if not request.url.startswith((server.url, "data:", "blob:")):
            faults.append(f"left the machine: {request.url}")

    def on_error(error: WebError) -> None:
        faults.append(f"exception: {error.error}")

    profile.on("console", on_console)
    profile.on("request", on_request)
    profile.on("weberror", on_error)
    yield profile
    forget(profile, server.url)
    profile.remove_listener("console", on_console)
    profile.remove_listener("request", on_request)
    profile.remove_listener("weberror", on_error)
    assert "\n".join(faults) == ""


@pytest.fixture
def open_trial(browser: Browser, server: Server, faults: list[str]) -> Iterator[OpenTrial]:
    """Return a function that takes part in a study, as a new visitor, until its first pictures are shown.

    before: called with the page before it is opened. options: of the browser's context.
    """
    opened = []

    def open_study(
        slug: str = "photos",
        viewport: ViewportSize = DESKTOP,
        before: Callable[[Page], None] = lambda _: None,
        **options: Any,
    ) -> Page:
        context = browser.new_context(base_url=server.url, viewport=viewport, **options)
        opened.append(context)
        context.set_default_timeout(60_000)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        page = context.new_page()
        before(page)
        page.goto(f"/study?study={slug}")
        page.locator("#agree input").check()
        page.locator("#go-on").click()
        page.locator("#start").click()
        expect(page.locator(READY)).to_be_visible()
        return page

    yield open_study
    for context in opened:
        context.close()
    assert faults == []


def forget(profile: BrowserContext, url: str) -> None:
    """Close all pages but the first, without which the browser ends, and remove what they stored."""
    first, *others = profile.pages
    for page in others:
        page.close()
    session = profile.new_cdp_session(first)
    session.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})
    session.detach()
    profile.clear_cookies()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def serve(route: Route) -> None:
    """Respond with a module of the workbench, or with an empty page."""
    path = FOLDER / "workbench" / route.request.url.removeprefix(HOST).lstrip("/")
    if path.is_file():
        route.fulfill(body=path.read_text(), content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


@pytest.fixture(scope="module")
def modules(browser: Browser) -> Iterator[Page]:
    """Return an empty page that can import the modules of the workbench."""
    page = browser.new_page()
    page.route(f"{HOST}/**", serve)
    page.goto(f"{HOST}/")
    yield page
    page.close()


@pytest.fixture(scope="module")
def call(modules: Page) -> Call:
    """Return a function that calls an exported function of a module in the browser."""
    return lambda file, name, *args: modules.evaluate(RUN, [file, name, list(args)])


def sign_in(page: Page, server: Server) -> None:
    """Open the address that the terminal shows at the start."""
    page.goto(f"/organizer/sign-in#key={server.organizer_key}")
    expect(page.locator("#organizer .org-studies .org-table")).to_be_visible()
