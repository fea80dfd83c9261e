"""Add components of our own: each folder holds the markup, the scripts and the styles of one widget."""

from pathlib import Path
from typing import Any

import gradio as gr

from demo.widgets.modules import ModuleFolder, organizer_modules, recognizer, workbench_modules

FOLDER = Path(__file__).parent
OF_MODULES = ("organizer", "workbench")
# Gradio would not add a style sheet that the page preloads. It has to come after Gradio's own.
BEGIN = """const style = document.createElement('link');
Object.assign(style, { rel: 'stylesheet', href: 'FOLDER/main.css' });
const styled = new Promise((done) => { style.onload = style.onerror = done; });
document.head.append(style);
Promise.all([import('FOLDER/main.js'), styled]).then(([{ start }]) => start(element, props.value));"""


def widget(name: str, value: dict[str, Any] | None = None, **options: Any) -> gr.HTML:
    """Return a component made of `<name>/<name>.html` and the scripts of the folder, `<name>/<name>.js` last.

    Its styles are in the style sheets of the folder.

    value: a JSON object that the script draws. The data of events come from the browser and must be checked.
    This is a function, because Gradio writes a .pyi file beside every class made from one of its own.
    """
    return gr.HTML(
        value=value or {},
        apply_default_css=False,
        html_template=(FOLDER / name / f"{name}.html").read_text(encoding="utf-8"),
        js_on_load=_script(name).replace("FOLDER", recognizer().address),
        **options,
    )


def workbench(value: dict[str, Any]) -> gr.HTML:
    """Return the workbench, whose modules the browser loads by themselves.

    value: what `start` in workbench/main.js takes.
    """
    return _of_modules("workbench", workbench_modules(), value)


def organizer() -> gr.HTML:
    """Return the organizer's page, whose modules the browser loads by themselves."""
    return _of_modules("organizer", organizer_modules(), {})


def stylesheets() -> list[Path]:
    """Return the style sheets of all widgets, in a fixed order; those of modules load their own."""
    return sorted(path for path in FOLDER.glob("*/*.css") if path.parent.name not in OF_MODULES)


def _of_modules(name: str, folder: ModuleFolder, value: dict[str, Any]) -> gr.HTML:
    return gr.HTML(
        value=value,
        apply_default_css=False,
        html_template=(FOLDER / name / f"{name}.html").read_text(encoding="utf-8"),
        js_on_load=BEGIN.replace("FOLDER", folder.address),
        elem_id=name,
    )


def _script(name: str) -> str:
    """Return all scripts of a widget as one, so that they share their names; those of inner folders first."""
    last = FOLDER / name / f"{name}.js"
    others = sorted(path for path in last.parent.rglob("*.js") if path != last)
    others.sort(key=lambda path: -len(path.parts))
    return "\n".join(path.read_text(encoding="utf-8") for path in (*others, last))
