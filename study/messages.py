"""Hold every message that a participant may receive in response to a request, in each language.

Each message has a stable code, so that other front ends can show their own text.
"""

from collections.abc import Mapping

LANGUAGES = ("en", "de")

MESSAGES: Mapping[str, tuple[str, str]] = {
    "unknown_participant": (
        "We do not know this participant. Please start again.",
        "Wir kennen diese Teilnahme nicht. Bitte beginnen Sie von vorn.",
    ),
    "withdrawn": (
        "You withdrew from this study, and your answers were deleted.",
        "Sie haben Ihre Teilnahme zurückgezogen, und Ihre Antworten wurden gelöscht.",
    ),
    "rejected": (
        "The organizers of this study have ended your participation. Please ask them if you have questions.",
        "Die Leitung der Studie hat Ihre Teilnahme beendet. Bei Fragen wenden Sie sich bitte an sie.",
    ),
    "declined": (
        "Thank you for looking. Nothing was kept.",
        "Danke für Ihr Interesse. Es wurde nichts gespeichert.",
    ),
    "away": (
        "You were away for more than {hours:g} hours, so this visit has ended.",
        "Sie waren länger als {hours:g} Stunden fort, deshalb ist diese Teilnahme beendet.",
    ),
    "paused": (
        "This study is paused. Thank you for taking part.",
        "Diese Studie macht eine Pause. Danke für Ihre Teilnahme.",
    ),
    "closed": (
        "This study is closed. Thank you for taking part.",
        "Diese Studie ist beendet. Danke für Ihre Teilnahme.",
    ),
    "unknown_study": (
        "There is no such study. Is the address complete?",
        "Diese Studie gibt es nicht. Ist die Adresse vollständig?",
    ),
    "rehearsal_over": (
        "This link for a trial run is no longer valid. Please open a new one on the organizer's page.",
        "Dieser Link für einen Probelauf gilt nicht mehr. Bitte öffnen Sie einen neuen auf der Seite der "
        "Leitung.",
    ),
    "no_study": (
        "No study is open here at the moment. If you were given a link, please use the whole link.",
        "Zurzeit ist hier keine Studie offen. Wenn Sie einen Link erhalten haben, verwenden Sie bitte den "
        "ganzen Link.",
    ),
    "not_open": ("This study is not open.", "Diese Studie ist nicht offen."),
    "study_paused": (
        "This study is paused just now. Please come back later.",
        "Diese Studie macht gerade eine Pause. Bitte kommen Sie später wieder.",
    ),
    "study_closed": (
        "This study is over. Thank you for your interest.",
        "Diese Studie ist beendet. Danke für Ihr Interesse.",
    ),
    "screened": (
        "This study looks for other people this time. Thank you for your interest. Your answers were not "
        "kept.",
        "Diese Studie sucht diesmal andere Personen. Danke für Ihr Interesse. Ihre Antworten wurden nicht "
        "gespeichert.",
    ),
    "placeholder": (
        "This link was not filled in by {service}: it has no id of yours. Please open the study from "
        "{service}.",
        "{service} hat diesen Link nicht ausgefüllt: Ihre Kennung fehlt. Bitte öffnen Sie die Studie über "
        "{service}.",
    ),
    "preview": (
        "This is a preview. Please accept the task at {service} to take part.",
        "Das ist eine Vorschau. Bitte nehmen Sie die Aufgabe bei {service} an, um teilzunehmen.",
    ),
    "no_phones": (
        "This study needs a larger screen. Please open the link on a computer or a tablet.",
        "Diese Studie braucht einen größeren Bildschirm. Bitte öffnen Sie den Link auf einem Computer oder "
        "Tablet.",
    ),
    "small_window": (
        "Please use a window that is at least {width} pixels wide.",
        "Bitte verwenden Sie ein Fenster, das mindestens {width} Pixel breit ist.",
    ),
    "choices_later": (
        "Your choices can be seen when the study is over.",
        "Ihre Entscheidungen lassen sich ansehen, wenn die Studie beendet ist.",
    ),
    "form_incomplete": (
        "Please answer all questions.",
        "Bitte beantworten Sie alle Fragen.",
    ),
    "full": (
        "This study has enough participants for now. Thank you for your interest.",
        "Diese Studie hat zurzeit genug Teilnehmende. Danke für Ihr Interesse.",
    ),
    "incomplete_link": (
        "This link is not complete. Please use the one that you were given.",
        "Dieser Link ist nicht vollständig. Bitte verwenden Sie den, den Sie erhalten haben.",
    ),
    "id_in_use": (
        "Somebody has started with this id in another browser. Please go on there, or ask the organizer.",
        "Mit dieser Kennung hat jemand in einem anderen Browser begonnen. Bitte machen Sie dort weiter, "
        "oder fragen Sie die Leitung der Studie.",
    ),
    "id_not_invited": (
        "This id is not on the list of this study. Please use the link that you were given.",
        "Diese Kennung steht nicht auf der Liste dieser Studie. Bitte verwenden Sie den Link, den Sie "
        "erhalten haben.",
    ),
    "not_shown": (
        "This pair is not the one you were shown. Please answer the pair on the screen.",
        "Dieses Paar wurde Ihnen nicht gezeigt. Bitte beantworten Sie das Paar auf dem Bildschirm.",
    ),
    "no_ties": ("Please choose one of the two pictures.", "Bitte wählen Sie eines der beiden Bilder."),
    "no_grades": (
        "This study does not ask how much better a picture is. Please reload the page.",
        "Diese Studie fragt nicht, wie viel besser ein Bild ist. Bitte laden Sie die Seite neu.",
    ),
    "unknown_question": (
        "The answer belongs to a question that this study does not ask. Please reload the page.",
        "Die Antwort gehört zu einer Frage, die diese Studie nicht stellt. Bitte laden Sie die Seite neu.",
    ),
    "unanswered_question": (
        "Please answer every question about this pair.",
        "Bitte beantworten Sie jede Frage zu diesem Paar.",
    ),
    "already_answered": (
        "This pair was already answered. Please go on with the next one.",
        "Dieses Paar ist schon beantwortet. Bitte machen Sie mit dem nächsten weiter.",
    ),
    "complete": (
        "The study is complete: its answers stay as they are.",
        "Die Teilnahme ist abgeschlossen: Die Antworten bleiben, wie sie sind.",
    ),
    "only_last": (
        "Only the last answer can be taken back.",
        "Nur die letzte Antwort lässt sich zurücknehmen.",
    ),
    "bad_choice": (
        "Please choose the left picture, the right picture, or no difference.",
        "Bitte wählen Sie das linke Bild, das rechte Bild oder keinen Unterschied.",
    ),
    "not_understood": (
        "The answer was not understood. Please reload the page.",
        "Die Antwort wurde nicht verstanden. Bitte laden Sie die Seite neu.",
    ),
    "bad_time": (
        "The answer's time makes no sense. Please reload the page.",
        "Die Zeit der Antwort ergibt keinen Sinn. Bitte laden Sie die Seite neu.",
    ),
    "unavailable": (
        "The server cannot store answers at the moment. Your browser keeps them and sends them again.",
        "Der Server kann gerade keine Antworten speichern. Ihr Browser behält sie und sendet sie erneut.",
    ),
}


def message(code: str, language: str = "en", values: Mapping[str, object] | None = None) -> str:
    """Return the message of a code with its values; in English if the language is not in LANGUAGES.

    A text that is not a code is returned unchanged.
    """
    if code not in MESSAGES:
        return code
    number = LANGUAGES.index(language) if language in LANGUAGES else 0
    return MESSAGES[code][number].format(**(values or {}))


def preferred_language(accept_language: str) -> str:
    """Return the language that an Accept-Language header prefers among LANGUAGES by its weights, or "en"."""
    return next((one for one in wanted_languages(accept_language) if one in LANGUAGES), "en")


def wanted_languages(accept_language: str) -> list[str]:
    """Return the languages of an Accept-Language header, without regions, the one with most weight first."""
    weights: dict[str, float] = {}
    for part in accept_language[:200].split(","):
        name, _, quality = part.strip().partition(";q=")
        language = name.split("-")[0].lower()
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if language.isalpha() and weight > weights.get(language, 0.0):
            weights[language] = weight
    return sorted(weights, key=lambda language: -weights[language])
