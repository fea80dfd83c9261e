"""Turn the Markdown of organizers into HTML that cannot run scripts, load anything or leave the page."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

SCHEMES = ("http", "https", "mailto")
HEADINGS = ("h1", "h2", "h3", "h4", "h5")


def to_html(text: str) -> str:
    """Return the HTML of a text in CommonMark with tables.

    Tags are shown as text, pictures are left out, and links open a new tab, with http, https and mailto only.
    Headings are one level lower, because the page has one of the first level.
    """
    return str(_parser().render(text)).strip()


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.validateLink = _is_safe  # type: ignore[method-assign]
    parser.add_render_rule("link_open", _link)
    parser.add_render_rule("heading_open", _lower)
    parser.add_render_rule("heading_close", _lower)
    return parser


def _is_safe(url: str) -> bool:
    try:
        return urlsplit(url.strip()).scheme.lower() in SCHEMES
    except ValueError:
        return False


def _link(renderer: Any, tokens: Sequence[Token], index: int, options: Any, _: Any) -> str:
    token = tokens[index]
    token.attrSet("target", "_blank")
    token.attrSet("rel", "noopener noreferrer")
    return str(renderer.renderToken(tokens, index, options, _))


def _lower(renderer: Any, tokens: Sequence[Token], index: int, options: Any, _: Any) -> str:
    token = tokens[index]
    if token.tag in HEADINGS:
        token.tag = f"h{int(token.tag[1]) + 1}"
    return str(renderer.renderToken(tokens, index, options, _))
