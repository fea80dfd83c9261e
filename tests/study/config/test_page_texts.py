"""Choose texts by language, and write a consent that agrees with the configuration."""

from typing import Any

import pytest

from study.config.config import StudyConfig, config_from_options
from study.config.page_texts import (
    PageTexts,
    choose_language,
    minutes_of,
    page_texts,
    question_of,
    registered_question,
)
from study.config.questions import FormQuestion, Texts
from study.config.recruiting import Participants
from study.config.tables import QUESTION, Consent, Stimuli, Viewing
from study.messages import preferred_language, wanted_languages

PLAIN = config_from_options(["a", "b"], {"slug": "s", "title": "A title"})
AGE = FormQuestion(stage="before", key="age", text="Age?", kind="number")


def texts(config: StudyConfig, language: str = "en", pairs: int = 20, seconds: float = 8.0) -> PageTexts:
    return page_texts(config, language, pairs, seconds)


def changed(**tables: Any) -> StudyConfig:
    return PLAIN.model_copy(update=tables)


@pytest.mark.parametrize(
    ("config", "english", "german"),
    [
        (PLAIN, "20 pairs", "20 Paare"),
        (PLAIN, "about 4 minutes", "etwa 4 Minuten"),
        (PLAIN, "are kept and may be used", "bleiben Ihre bisherigen Antworten gespeichert"),
        (PLAIN, "choose *Withdraw*", "*Teilnahme zurückziehen*"),
        (PLAIN, "go on later", "Sie können später"),
        (PLAIN, "an object was pasted", "wurde ein Objekt in ein Foto eingefügt"),
        (PLAIN, "If a recruitment service sent you here", "Wenn ein Dienst für Umfragen"),
        (
            changed(participants=Participants(source="prolific", resume_hours=2.0)),
            "Prolific gave you an id: we keep it encrypted",
            "Prolific hat Ihnen eine Kennung gegeben",
        ),
        (changed(participants=Participants(resume_hours=2.0)), "within 2 hours", "innerhalb von 2 Stunden"),
        (changed(participants=Participants(source="any")), "service gave you an id", "über den Sie kommen"),
        (changed(forms=[AGE]), "your answers about yourself", "Ihre Angaben zu sich"),
        (changed(consent=Consent(contact="lab@x.org")), "Questions: lab@x.org", "Fragen: lab@x.org"),
        (
            changed(stimuli=Stimuli(methods=["a", "b"], anchor="a", kind="images")),
            "results of the same task",
            "Ergebnisse derselben Aufgabe",
        ),
    ],
)
def test_the_consent_states_what_happens_in_this_study(
    config: StudyConfig, english: str, german: str
) -> None:
    assert english in texts(config).consent
    assert german in texts(config, "de").consent


def test_the_consent_leaves_out_what_does_not_happen() -> None:
    consent = texts(PLAIN).consent
    assert "all your answers are deleted" not in consent and "about yourself" not in consent
    assert "pasted" not in texts(changed(stimuli=PLAIN.stimuli.model_copy(update={"kind": "images"}))).consent


def test_a_consent_of_the_organizer_replaces_it_and_has_the_contact() -> None:
    found = texts(changed(consent=Consent(text="Be kind.", contact="me")))
    assert (found.consent, found.headline) == ("Be kind.\n\nQuestions: me", "A title")


@pytest.mark.parametrize(
    ("language", "consent", "question", "thanks"),
    [("en", "Yes?", "Which?", "Bye"), ("de", "Ja?", "Which?", "Bye"), ("fr", "Yes?", "Lequel ?", "Bye")],
)
def test_a_missing_text_is_that_of_the_language_of_the_study(
    language: str, consent: str, question: str, thanks: str
) -> None:
    config = changed(
        study=PLAIN.study.model_copy(update={"question": "Which?"}),
        texts={
            "en": Texts(consent="Yes?", thanks="Bye"),
            "de": Texts(consent="Ja?"),
            "fr": Texts(question="Lequel ?"),
        },
    )
    found = texts(config, language)
    assert (found.consent, found.question, found.thanks) == (consent, question, thanks)


def test_the_built_in_texts_are_those_of_the_page() -> None:
    found = texts(PLAIN, "de")
    assert (found.question[:14], found.own_question) == ("In welchem Bil", False)
    assert texts(PLAIN).question == QUESTION
    assert found.headline == "Welches Bild sieht natürlicher aus?"
    assert (found.instructions, found.thanks, found.words) == ("", "", "")
    assert texts(changed(viewing=Viewing(words="Sit."))).words == "Sit."


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-AT, en;q=0.5", "de"),
        ("fr, de;q=0.5", "fr"),
        ("it, fr;q=0.9, de;q=0.95", "de"),
        ("it", "en"),
        ("", "en"),
        ("de;q=0, fr;q=nan, x;q=a", "en"),
    ],
)
def test_the_language_is_the_first_wanted_one_with_texts(header: str, language: str) -> None:
    config = changed(texts={"fr": Texts(thanks="Merci")})
    assert choose_language(wanted_languages(header), config) == language


def test_messages_are_english_or_german() -> None:
    assert preferred_language("fr, de;q=0.5") == "de"
    assert preferred_language("fr") == "en"


def test_minutes_are_rounded_up() -> None:
    assert minutes_of(20, 0, None) == minutes_of(20, 0, 7.9) == 4
    assert minutes_of(1, 0, 1.0) == 1
    assert minutes_of(20, 10, 8.0) == 5


def test_the_built_in_question_asks_for_the_best_of_several() -> None:
    tables = {"study": {"slug": "s", "title": "T"}, "stimuli": {"methods": ["composite", "a", "b"]}}
    several = StudyConfig.model_validate({**tables, "trials": {"pictures": 3}})
    pairs = StudyConfig.model_validate(tables)
    assert "more natural" in registered_question(pairs) == question_of(pairs, "en")
    assert "most natural" in registered_question(several) == question_of(several, "en")
    own = several.model_copy(update={"study": several.study.model_copy(update={"question": "Which?"})})
    assert registered_question(own) == question_of(own, "de") == "Which?"
    german = page_texts(several, "de", 20, None)
    assert "20 Gruppen von drei Bildern" in german.consent and "auf drei verschiedene Arten" in german.consent
    assert "am natürlichsten" in german.headline
    assert "20 groups of three pictures" in page_texts(several, "en", 20, None).consent
    assert "20 pairs of pictures" in page_texts(pairs, "en", 20, None).consent
