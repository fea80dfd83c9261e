"""Collect the texts of sources: markup, templates, Python and JavaScript. `{}` stands for a value."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ATTRIBUTES = ("aria-label", "aria-valuetext", "alt", "placeholder", "title", "data-sure")
NO_TEXT = ("script", "style", "code", "textarea")
VALUE = re.compile(r"\{[^{}]*\}")
# A comment, a regular expression, a plain string, or a piece of a template up to its next value or end.
PLAIN = re.compile(r"""'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)\"""")


def normal(text: str) -> str:
    """Return a text with single spaces, and `{}` for each value."""
    return VALUE.sub("{}", " ".join(text.split()))


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[bool] = []  # for each open element: its texts are left as they are
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        left = given.get("translate") == "no" or any(self.open)
        if not left:
            self.found += [value for name in ATTRIBUTES if (value := given.get(name))]
        if tag not in ("br", "hr", "img", "input", "link", "meta", "path", "circle", "rect", "line"):
            self.open.append(left or tag in NO_TEXT)

    def handle_endtag(self, _tag: str) -> None:
        if self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.open):
            self.found += data.split("\0")


def texts_of_markup(markup: str) -> Iterator[str]:
    """Yield the texts and attributes of HTML or of a Jinja template that people see, with letters."""
    markup = re.sub(
        r"\{#.*?#\}|\{%.*?%\}", "\0", re.sub(r"\{\{.*?\}\}", "{}", markup, flags=re.S), flags=re.S
    )
    parser = _Markup()
    parser.feed(markup)
    for text in map(normal, parser.found):
        if any(letter.isalpha() for letter in text):
            yield text


def texts_of_python(source: str) -> Iterator[str]:
    """Yield the strings of a module; of those with tags or scripts, the texts and strings in them too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield from _text_or_markup("".join(parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _text_or_markup(node.value)


def texts_of_script(source: str) -> Iterator[str]:
    """Yield the strings and templates of JavaScript; those joined by `+` are one text."""
    joined = ""
    after = 0
    for start, end, text in _literals(source):
        between = source[after:start].split()
        if joined and between != ["+"]:
            yield from _text_or_markup(joined)
            joined = ""
        joined, after = joined + text, end
    yield from _text_or_markup(joined)


def _literals(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and text of the strings and templates of JavaScript, outside comments."""
    at = 0
    while at < len(source):
        if source.startswith("//", at):
            at = source.find("\n", at) % (len(source) + 1)
        elif source.startswith("/*", at):
            at = source.index("*/", at) + 2
        elif source[at] == "`":
            end, text, inner = _template(source, at)
            yield from inner
            yield at, end, text
            at = end
        elif source[at] in "'\"" and (match := PLAIN.match(source, at)):
            yield at, match.end(), _unescaped(match[1] or match[2] or "")
            at = match.end()
        else:
            at += 1


def _template(source: str, start: int) -> tuple[int, str, list[tuple[int, int, str]]]:
    """Return the end and the text of a template, and the literals in its values."""
    at, text, inner = start + 1, "", []
    while source[at] != "`":
        if source.startswith("${", at):
            end, depth = at + 2, 1
            while depth:
                depth += {"{": 1, "}": -1}.get(source[end], 0)
                end = _template(source, end)[0] if source[end] == "`" else end + 1
            inner += list(_literals(source[at + 2 : end - 1]))
            text, at = text + "{}", end
        else:
            step = 2 if source[at] == "\\" else 1
            text, at = text + source[at : at + step], at + step
    return at + 1, _unescaped(text), inner


def _unescaped(text: str) -> str:
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    return re.sub(r"\\(.)", r"\1", text.replace("\\n", " "))


def _text_or_markup(text: str) -> Iterator[str]:
    if re.search(r"</?[a-z]", text):
        yield from texts_of_markup(text)
    if " => " in text:
        yield from texts_of_script(text)
    yield normal(text)


def texts_of_template(markup: str) -> Iterator[str]:
    """Yield the texts of a Jinja template, and the strings in its expressions."""
    yield from texts_of_markup(markup)
    for expression in re.findall(r"\{[{%].*?[}%]\}", markup, re.S):
        yield from (normal(text) for _, _, text in _literals(expression))


READERS = {
    ".html": texts_of_markup,
    ".jinja": texts_of_template,
    ".py": texts_of_python,
    ".js": texts_of_script,
}


def texts_of(*folders: Path) -> dict[str, set[Path]]:
    """Return all texts of the sources in folders, and the files that contain each."""
    found: dict[str, set[Path]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in READERS:
                for text in READERS[path.suffix](path.read_text(encoding="utf-8")):
                    found.setdefault(text, set()).add(path)
    return found
