"""Check if texts of a page are German: values of the catalogue, names, or without letters."""

import re
from collections.abc import Collection, Iterable
from functools import cache

from demo.texts import catalogue
from study.collect.enrolment import CODE_LENGTH, CODE_LETTERS
from study.messages import LANGUAGES, MESSAGES

CODE = re.compile(f"[{CODE_LETTERS}]{{{CODE_LENGTH}}}")  # of a participant
VALUE = re.compile(r"\{(\w*)\}")
# The texts and attributes of the page that people see or hear; `translate="no"` marks names.
SEEN = """() => {
  const found = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) found.push(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || node.translate === false) return;
    if (node.matches('.nav-holder')) return; // of Gradio, never shown
    for (const name of ['aria-label', 'aria-valuetext', 'alt', 'placeholder', 'title'])
      if (node.getAttribute(name)) found.push(node.getAttribute(name));
    if (!node.matches('script, style, canvas, code, textarea, noscript')) node.childNodes.forEach(walk);
  };
  walk(document.body);
  return [document.title, ...found].map((text) => text.replace(/\\s+/g, ' ').trim());
}"""


def foreign(texts: Iterable[str], names: Collection[str] = ()) -> list[str]:
    """Return the texts that are not German; names: of files, methods and studies, which stay as they are."""
    known = {"HarmonyLab", *names}
    return sorted({text for text in texts if not _is_german(text, known)})


def _is_german(text: str, names: Collection[str]) -> bool:
    if len(text) < 2 or not any(letter.isalpha() for letter in text) or text in names or text in _exact():
        return True
    sentences = re.split(r"(?<=[.!?…]) (?=[A-ZÄÖÜ])", text)
    if len(sentences) > 1 and all(_is_german(sentence, names) for sentence in sentences):
        return True
    matches = (match for pattern in _patterns() if (match := pattern.fullmatch(text)))
    return any(all(_is_german_value(value, names) for value in match.groups()) for match in matches)


def _is_german_value(value: str, names: Collection[str]) -> bool:
    """Return True for a German text, a participant's code, or a list of German texts and names."""
    parts = value.split(", ")
    if CODE.fullmatch(value):
        return True
    return _is_german(value, names) or len(parts) > 1 and all(_is_german(part, names) for part in parts)


def _texts() -> list[str]:
    sent = [texts[LANGUAGES.index("de")] for texts in MESSAGES.values()]
    return [*catalogue("de").values(), *(re.sub(r"\{[^}]*\}", "{}", text) for text in sent)]


@cache
def _exact() -> frozenset[str]:
    return frozenset(text for text in _texts() if not VALUE.search(text))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(_pattern(text) for text in _texts() if VALUE.search(text))


def _pattern(text: str) -> re.Pattern[str]:
    parts = VALUE.split(text)
    values = (r"(.+?)" if name else r"([^a-zA-ZäöüÄÖÜß]+?)" for name in parts[1::2])
    literals = [re.escape(part) for part in parts[::2]]
    return re.compile(
        literals[0] + "".join(value + literal for value, literal in zip(values, literals[1:], strict=True))
    )
