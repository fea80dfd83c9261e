"""Write the parts of charts as SVG: no script, nothing loaded, colours from the style of the page around."""

from collections.abc import Sequence
from html import escape

MOST_LETTERS = 90


def svg(size: tuple[float, float], parts: Sequence[str], title: str) -> str:
    """Return a picture of width × height units that scales with the page; title: its accessible name."""
    width, height = size
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )


def line(start: tuple[float, float], end: tuple[float, float], kind: str) -> str:
    """Return a line between two points (x, y); kind: its class in the style sheet."""
    (x1, y1), (x2, y2) = start, end
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def text(x: float, y: float, words: str, kind: str) -> str:
    """Return a text at a point, shortened to MOST_LETTERS; kind: its classes in the style sheet."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{shortened(words)}</text>'


def tilted_text(x: float, y: float, words: str) -> str:
    """Return a text that rises from a point at 45 degrees."""
    return f'<text transform="translate({x:.1f} {y:.0f}) rotate(-45)">{shortened(words)}</text>'


def box(x: float, y: float, width: float, height: float) -> str:
    """Return the attributes of a rectangle."""
    return f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'


def with_tooltip(words: str, content: str) -> str:
    """Return content that shows words under the pointer."""
    return f"<g><title>{escape(words)}</title>{content}</g>"


def shortened(words: str) -> str:
    """Return escaped text of at most MOST_LETTERS letters."""
    return escape(words if len(words) <= MOST_LETTERS else words[: MOST_LETTERS - 1] + "…")
