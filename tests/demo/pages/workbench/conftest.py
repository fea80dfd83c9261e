"""Open the workbench for tests."""

import pytest
from playwright.sync_api import Page

from tests.demo.pages.workbench.walk import open_bench


@pytest.fixture
def bench(page: Page) -> Page:
    """Return the page with its first example drawn."""
    open_bench(page)
    return page
