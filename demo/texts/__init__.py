"""Translate the pages in the browser. Sources are English; `<language>.json` has the translations.

A text is a whole text node or attribute. In a key, `{}` stands for numbers and signs, `{name}` for any text.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from demo.widgets.modules import TYPES, ModuleFile, ModuleFolder

FOLDER = Path(__file__).parent
NAMES = {"de": "Deutsch"}


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return English text → translation. Raises FileNotFoundError for a language without a catalogue."""
    entries: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return entries


@cache
def language_scripts() -> ModuleFolder:
    """Return the script of each language, which a browser loads once: the translator and its catalogue."""
    translator = (FOLDER / "translate.js").read_text(encoding="utf-8")
    scripts = {f"{language}.js": f"{translator}{_addition(language)}".encode() for language in NAMES}
    files = {name: ModuleFile(script, TYPES[".js"]) for name, script in scripts.items()}
    return ModuleFolder.of("texts", files)


def language_choice() -> str:
    """Return the script, as text, that chooses the language; it has to run before all others."""
    address = language_scripts().address
    offered = {"en": {"name": "English"}} | {
        language: {"name": name, "script": f"{address}/{language}.js"} for language, name in NAMES.items()
    }
    script = (FOLDER / "language.js").read_text(encoding="utf-8")
    return f"window.labLanguages = {json.dumps(offered)};\n{script}"


@cache
def choice_script() -> ModuleFolder:
    """Return the same script as a file, for a page that may not run scripts in its markup."""
    return ModuleFolder.of("language", {"choose.js": ModuleFile(language_choice().encode(), TYPES[".js"])})


def _addition(language: str) -> str:
    entries = json.dumps(catalogue(language), ensure_ascii=False, separators=(",", ":"))
    return f"labTexts.add({json.dumps(language)}, {entries});\n"
