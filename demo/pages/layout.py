"""Build what all pages share: the header, short notices, and lines of facts."""

from html import escape
from typing import Any, TypeAlias

import gradio as gr
from gradio.blocks import Block
from gradio.components.navbar import Navbar

from demo.widgets import widget

Values: TypeAlias = dict[Block, Any]
"""Component → its new value: what a handler returns. Components that are not in it stay as they are."""


def header(page: str, title: str, *, links: bool = True) -> None:
    """Add the bar with the product name and the pages; `page` is the route without its slash.

    links: False for a page that leads to no other, such as that of a study.
    """
    Navbar(visible=False)  # ours has the name of the product and is the same on all pages
    value = {"page": page, "title": f"{title} · HarmonyLab", "links": links}
    widget("nav", value, elem_classes="lab-header")


def panel(markup: str = "", **options: object) -> gr.HTML:
    """Add a component for markup of our own."""
    return gr.HTML(markup, apply_default_css=False, **options)  # type: ignore[arg-type]


def facts(*words: str) -> str:
    """Return a line of short facts as markup."""
    return f'<p class="facts">{" ".join(f"<span>{escape(word)}</span>" for word in words)}</p>'


def notice(text: str) -> str:
    """Return a short error message as markup; "" for an empty text."""
    return f'<p class="notice" role="alert">{escape(text)}</p>' if text else ""


def good_news(text: str, command: str = "") -> str:
    """Return a success message as markup, with the command to type next."""
    typed = f"<code>{escape(command)}</code>" if command else ""
    return f'<p class="notice good" role="status">{escape(text)}{typed}</p>'


def outage() -> str:
    """Return the markup of a page whose database does not answer, or whose disk is full."""
    return (
        '<article class="results"><h1>The server cannot reach its data just now</h1>'
        "<p>What was answered before is kept. Please try again in a minute.</p></article>"
    )
