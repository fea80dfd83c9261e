"""Compare the catalogues with the sources: nothing that people see is missing, nothing is left over."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import gradio
import pytest

from demo.texts import FOLDER, NAMES, catalogue, language_scripts
from tests.support.paths import ROOT
from tests.support.source_texts import (
    VALUE,
    normal,
    texts_of,
    texts_of_markup,
    texts_of_python,
    texts_of_script,
)

SOURCES = ("demo", "model/edit", "model/evaluation", "model/images", "model/masks", "model/methods", "study")
# Errors whose message a page shows, and what else returns markup with a sentence.
SHOWN = ("BadImage", "BadEdit", "ImportedLook", "BenchFault", "TaskFailed", "Refusal", "notice", "good_news")
SENTENCE = re.compile(r"[A-Z“][^<>=]*[a-z] [^<>=]*[a-z]|[A-Z][a-z]+…")  # of strings in JavaScript
LONG = 40  # characters of a phrase that no two texts share by chance
# Refusals to programs: a page never causes them.
FOR_PROGRAMS = re.compile(
    r"JSON|URLs|/gradio_api|nested too deep|cannot be stored|too many values|list of|Batches|Streams"
    r"|Please use \{|Content-Length|floating-point|values from 0|composite/|mask/|^\{\}$|\.png|model|one file"
)
BY_PYDANTIC = [f"Input should be {kind} than or equal to {{}}, but is {{}}." for kind in ("greater", "less")]
GRADIO_TEXTS = ("Blocks-*.js", "Index-*.js", "index-*.js", "core-*.js", "Tabs-*.js", "statustracker-*.js")


@cache
def source_texts() -> frozenset[str]:
    """Return all texts of our sources, and the sentences in them."""
    texts = texts_of(*(ROOT / folder for folder in SOURCES))
    sentences = (re.split(r"(?<=[.!?…]) ", text.removeprefix("{} ")) for text in texts)
    # What is wrong with a setting: study.config.faults writes "key: sentence" as "Sentence."
    faults = (f"{text[:1].upper()}{text[1:]}." for text in (one.partition(": ")[2] or one for one in texts))
    return frozenset(texts).union(*sentences, faults, BY_PYDANTIC)


@cache
def gradio_scripts() -> str:
    folder = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"
    return "\n".join(
        path.read_text(encoding="utf-8") for name in GRADIO_TEXTS for path in sorted(folder.glob(name))
    )


def as_pattern(text: str) -> str:
    return ".*".join(map(re.escape, text.split("{}")))


@cache
def templates() -> tuple[re.Pattern[str], ...]:
    """Return the texts with values as patterns, those with enough words to mean one text."""
    return tuple(
        re.compile(as_pattern(text))
        for text in source_texts()
        if "{}" in text and sum(map(str.isalpha, text.replace("{}", ""))) >= 8
    )


def exists(key: str) -> bool:
    """Return True for a key that is in a source, alone or as sentences that are put together."""
    text = normal(key).removesuffix(" ({})")  # the key of a tool
    text = text.replace(" + {}", "+")  # keys that are pressed together
    if text in source_texts() or any(pattern.fullmatch(text) for pattern in templates()):
        return True
    if any(len(phrase) >= LONG and phrase in text for phrase in source_texts()):
        return True  # a phrase that is put into several sentences
    parts = re.split(r"(?<=[.;]) |; ", text.removeprefix("{} "))
    return parts != [text] and all(exists(part.rstrip(";")) for part in parts if part not in ("{}", ""))


@pytest.mark.parametrize("language", NAMES)
def test_every_entry_has_a_source(language: str) -> None:
    assert [key for key in catalogue(language) if not exists(key) and key not in gradio_scripts()] == []


@pytest.mark.parametrize("language", NAMES)
def test_every_translation_has_the_values_of_its_key(language: str) -> None:
    wrong = {
        key: text
        for key, text in catalogue(language).items()
        if sorted(VALUE.findall(key)) != sorted(VALUE.findall(text)) or not text.strip()
    }
    assert wrong == {}


@pytest.mark.parametrize("language", NAMES)
def test_the_texts_of_markup_and_messages_are_in_the_catalogue(language: str) -> None:
    known = {normal(key) for key in catalogue(language)}
    assert sorted(text for text in set(visible_texts()) if not has_entry(text, known)) == []


def has_entry(text: str, known: set[str]) -> bool:
    """Return True for a key, and for a text whose value is a part of a sentence in some keys."""
    return text in known or any(map(re.compile(as_pattern(text)).fullmatch, known)) and "{}" in text


def visible_texts() -> Iterator[str]:
    """Yield the texts that people certainly see: those of markup, and of scripts and of errors."""
    for path in sorted([*(ROOT / "demo").rglob("*.html"), *(ROOT / "demo").rglob("*.jinja")]):
        if path.name != "docs.html":  # the description of the API, for programmers
            yield from (text for text in texts_of_markup(path.read_text(encoding="utf-8")) if words(text))
    for path in sorted((ROOT / "demo" / "widgets").rglob("*.js")):
        yield from filter(SENTENCE.match, texts_of_script(path.read_text(encoding="utf-8")))
    for folder in ("demo", "model/edit", "model/evaluation", "model/images", "model/masks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from messages(path)


def words(text: str) -> bool:
    return any(letter.isalpha() for letter in text.replace("{}", "")) and len(text) > 1


def messages(path: Path) -> Iterator[str]:
    """Yield the sentences that are given to an error or a notice, but for those to programs."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SHOWN:
            for given in node.args:
                if isinstance(given, ast.Constant | ast.JoinedStr):
                    text = next(texts_of_python(ast.unparse(given)), "")
                    if " " in text and not FOR_PROGRAMS.search(text):
                        yield text


def test_a_catalogue_is_an_object_of_texts() -> None:
    for language in NAMES:
        assert all(isinstance(text, str) for text in catalogue(language).values())
        source = (FOLDER / f"{language}.json").read_text(encoding="utf-8")
        assert source.count('": "') == len(catalogue(language))  # no key is there twice


def test_the_script_of_a_language_holds_its_catalogue() -> None:
    script = language_scripts().files["de.js"].content.decode()
    assert "window.labTexts" in script and '"Results":"Ergebnisse"' in script
