"""What all pages share: the header, short notices, and the colours of Gradio itself."""

from html import escape

import gradio as gr
from gradio.components.navbar import Navbar

from demo.widgets import widget


def header(page: str, title: str) -> None:
    """The bar with the product name and the four pages; `page` is the route without its slash."""
    Navbar(visible=False)  # ours has the product's name and looks the same on all pages
    widget("nav", {"page": page, "title": f"{title} · HarmonyLab"}, elem_classes="lab-header")


def panel(markup: str = "", **options: object) -> gr.HTML:
    """A place for markup of our own."""
    return gr.HTML(markup, apply_default_css=False, **options)  # type: ignore[arg-type]


def facts(*words: str) -> str:
    """A line of short facts."""
    return f'<p class="facts">{" ".join(f"<span>{escape(word)}</span>" for word in words)}</p>'


def notice(text: str) -> str:
    """A short message beside the thing that it is about; nothing for an empty text."""
    return f'<p class="notice" role="alert">{escape(text)}</p>' if text else ""


def good_news(text: str, command: str = "") -> str:
    """That something worked, and what to type next."""
    typed = f"<code>{escape(command)}</code>" if command else ""
    return f'<p class="notice good" role="status">{escape(text)}{typed}</p>'


def outage() -> str:
    """A page's words for a database that does not answer, or a disk that is full."""
    return (
        '<article class="results"><h1>The server cannot reach its data just now</h1>'
        "<p>What was answered before is kept. Please try again in a minute.</p></article>"
    )
