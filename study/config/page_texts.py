"""Choose the texts of the study page: those of the organizer in the participant's language, else defaults."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from study.config.config import StudyConfig
from study.config.default_consent import default_consent
from study.config.tables import QUESTION
from study.messages import LANGUAGES

HEADLINES = ("Which picture looks more natural?", "Welches Bild sieht natürlicher aus?")
BEST_HEADLINES = ("Which picture looks most natural?", "Welches Bild sieht am natürlichsten aus?")
QUESTIONS = (QUESTION, "In welchem Bild sieht das eingefügte Objekt natürlicher aus?")
BEST_QUESTIONS = (
    "In which picture does the pasted object look most natural?",
    "In welchem Bild sieht das eingefügte Objekt am natürlichsten aus?",
)
SECONDS_A_PAIR = 8.0  # where a study has too few answers for a median
SECONDS_AROUND = 40.0  # consent, instructions and end
SECONDS_A_QUESTION = 8.0


@dataclass(frozen=True)
class PageTexts:
    """Hold the texts of the page before and after the pairs.

    language: of the whole. headline, question: plain text. consent: Markdown. instructions, thanks: Markdown,
    "" where the page has its own. practice: plain text, "" too, with {picture} for the name of the better
    picture. words: Markdown, shown with the instructions. own_question: the question is not the built-in one.
    """

    language: str
    headline: str
    question: str
    consent: str
    instructions: str
    thanks: str
    practice: str
    words: str
    own_question: bool


def languages_of(config: StudyConfig) -> tuple[str, ...]:
    """Return the languages of a study's own texts, its main one first, then those of the built-in texts."""
    return tuple(dict.fromkeys([config.study.language, *config.texts, *LANGUAGES]))


def own_text(config: StudyConfig, key: str, language: str) -> str:
    """Return a text of the organizer in a language, else in that of the study; "" where there is none."""
    names = (language, config.study.language)
    found = [getattr(config.texts[name], key) for name in names if name in config.texts]
    found += {"consent": [config.consent.text], "question": [_own_question(config)]}.get(key, [])
    return next((text for text in found if text.strip()), "")


def _own_question(config: StudyConfig) -> str:
    return "" if config.study.question == QUESTION else config.study.question


def question_of(config: StudyConfig, language: str) -> str:
    """Return the question on each pair in a language, the built-in one where the study has none.

    The built-in one asks for the best where a trial has more than two pictures.
    """
    built_in = QUESTIONS if config.trials.pictures == 2 else BEST_QUESTIONS
    return own_text(config, "question", language) or built_in[language == "de"]


def registered_question(config: StudyConfig) -> str:
    """Return the question in the language of the configuration, as a registration and a report state it."""
    several = config.trials.pictures > 2 and not _own_question(config)
    return BEST_QUESTIONS[0] if several else config.study.question


def page_texts(config: StudyConfig, language: str, pairs: int, seconds: float | None) -> PageTexts:
    """Return the texts of a study in a language.

    pairs: number of pairs of a participant. seconds: median time of an answer, None if not known.
    """
    own, consent = own_text(config, "question", language), own_text(config, "consent", language)
    pictures = config.trials.pictures
    minutes = minutes_of(pairs, len(config.forms), seconds, pictures)
    plain = not own and config.stimuli.kind == "composites" and not consent
    headline = own_text(config, "headline", language)
    headlines = HEADLINES if pictures == 2 else BEST_HEADLINES
    built_in = headlines[language == "de"] if plain else config.study.title
    contact = config.consent.contact
    if consent and contact:
        consent = f"{consent}\n\n{'Fragen' if language == 'de' else 'Questions'}: {contact}"
    return PageTexts(
        language=language,
        headline=headline or built_in,
        question=question_of(config, language),
        consent=consent or default_consent(config, language, pairs, minutes, own),
        instructions=own_text(config, "instructions", language),
        thanks=own_text(config, "thanks", language),
        practice=own_text(config, "practice", language),
        words=config.viewing.words,
        own_question=bool(own),
    )


def minutes_of(pairs: int, questions: int, seconds: float | None, pictures: int = 2) -> int:
    """Return the expected duration in whole minutes, rounded up, at least 1.

    pictures: shown at a time; their number prolongs an answer where no median of answers is known.
    """
    each = SECONDS_A_PAIR * pictures / 2 if seconds is None else seconds + 1.0  # for the next to appear
    return max(1, math.ceil((pairs * each + questions * SECONDS_A_QUESTION + SECONDS_AROUND) / 60))


def choose_language(wanted: Sequence[str], config: StudyConfig) -> str:
    """Return the first wanted language that a study has texts in, else the language of the study."""
    offered = languages_of(config)
    return next((one for one in wanted if one in offered), config.study.language)
