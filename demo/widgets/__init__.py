"""Own components: each folder holds the markup, the behaviour and the look of one widget."""

from pathlib import Path
from typing import Any

import gradio as gr

FOLDER = Path(__file__).parent


def widget(name: str, value: dict[str, Any] | None = None, **options: Any) -> gr.HTML:
    """Return a component made of `<name>/<name>.html` and the scripts of the folder, `<name>/<name>.js` last.

    Its look is in the folder's style sheets.

    `value` is a JSON object that the script draws. Events carry what the browser says: never trust it.
    A function and not a class: Gradio writes a .pyi file beside every class made from one of its own.
    """
    return gr.HTML(
        value=value or {},
        apply_default_css=False,
        html_template=(FOLDER / name / f"{name}.html").read_text(encoding="utf-8"),
        js_on_load=_script(name),
        **options,
    )


def stylesheets() -> list[Path]:
    """The style sheets of all widgets, in a fixed order."""
    return sorted(FOLDER.glob("*/*.css"))


def _script(name: str) -> str:
    """Return all scripts of a widget as one, in which they share their names."""
    last = FOLDER / name / f"{name}.js"
    others = sorted(path for path in last.parent.glob("*.js") if path != last)
    return "\n".join(path.read_text(encoding="utf-8") for path in (*others, last))
