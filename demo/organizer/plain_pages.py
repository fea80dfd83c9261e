"""Write the small pages of signing in, which load nothing of Gradio."""

from html import escape
from pathlib import Path

FOLDER = Path(__file__).parent


def plain_page(content: str, **texts: str) -> str:
    """Return a page as markup. content: name of a file with its part of the body; texts: by place in it."""
    frame, part = ((FOLDER / name).read_text(encoding="utf-8") for name in ("plain_page.html", content))
    for place, text in texts.items():
        part = part.replace(f"{{{{ {place} }}}}", escape(text))
    return frame.replace("{{ content }}", part.strip())
