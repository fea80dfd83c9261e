"""Turn Markdown into HTML that runs nothing, loads nothing and stays on the page."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.config.markdown import to_html

NEW_TAB = 'target="_blank" rel="noopener noreferrer"'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\n*Two*", "<p>One.</p>\n<p><em>Two</em></p>"),
        ("# Head", "<h2>Head</h2>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("", ""),
        (
            "[a](https://x.org)",
            f'<p><a href="https://x.org" {NEW_TAB}>a</a></p>',
        ),
        ("<mailto:a@x.org>", f'<p><a href="mailto:a@x.org" {NEW_TAB}>mailto:a@x.org</a></p>'),
    ],
)
def test_markdown_becomes_html(text: str, html: str) -> None:
    assert to_html(text) == html


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "//x.org", "/results"],
)
def test_other_addresses_are_no_links(address: str) -> None:
    assert "<a" not in to_html(f"[a]({address})") and "<a" not in to_html(f"<{address}>")


def test_pictures_are_left_out() -> None:
    assert "<img" not in to_html("![a](https://x.org/a.png)")


TAGS = re.compile(
    r"<(?!/?(p|em|strong|a|ul|ol|li|code|pre|blockquote|h[2-6]|hr|br|table|t[hdr]|thead|tbody)\b)"
)


@given(st.text(alphabet="<>ab![](){}#*_`\"'&:/ \n\tjavascript", max_size=60))
def test_no_text_makes_another_tag(text: str) -> None:
    assert not TAGS.search(to_html(text))
