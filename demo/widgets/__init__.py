"""Own components: each folder holds the markup, the behaviour and the look of one widget."""

from pathlib import Path
from typing import Any

import gradio as gr

FOLDER = Path(__file__).parent


def widget(name: str, value: dict[str, Any] | None = None, **options: Any) -> gr.HTML:
    """A component made of `<name>/<name>.html` and `<name>/<name>.js`; its look is in `<name>/<name>.css`.

    `value` is a JSON object that the script draws. Events carry what the browser says: never trust it.
    A function and not a class: Gradio writes a .pyi file beside every class made from one of its own.
    """
    return gr.HTML(
        value=value or {},
        apply_default_css=False,
        html_template=_part(name, "html"),
        js_on_load=_part(name, "js"),
        **options,
    )


def stylesheets() -> list[Path]:
    """The style sheets of all widgets, in a fixed order."""
    return sorted(FOLDER.glob("*/*.css"))


def _part(name: str, suffix: str) -> str:
    return (FOLDER / name / f"{name}.{suffix}").read_text(encoding="utf-8")
