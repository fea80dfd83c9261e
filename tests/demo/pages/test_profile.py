"""Test that browser tests which share a profile do not see what an earlier one stored."""

import pytest
from playwright.sync_api import BrowserContext

from tests.demo.pages.conftest import Server, forget

pytestmark = pytest.mark.browser
STORE = "() => { localStorage.setItem('key', 'kept'); document.cookie = 'key=kept; max-age=3600'; }"
READ = "() => [localStorage.getItem('key'), document.cookie.includes('key=kept')]"


def test_a_profile_forgets_what_pages_stored(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    page.goto("/healthz")
    page.evaluate(STORE)
    again = context.new_page()
    again.goto("/healthz")
    assert again.evaluate(READ) == ["kept", True]
    forget(context, server.url)
    assert page.is_closed() and again.is_closed()
    page = context.new_page()
    page.goto("/healthz")
    assert page.evaluate(READ) == [None, False]
