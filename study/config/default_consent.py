"""Write the consent of studies without a text of their own, so that it states what happens in this study."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from study.config.config import StudyConfig

SERVICES = {
    "prolific": "Prolific",
    "mturk": "Mechanical Turk",
    "cloudresearch": "CloudResearch",
    "sona": "SONA",
}
# The result is Markdown, whose tags are shown as text (see `markdown`), so nothing is escaped here.
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    autoescape=False,
)


def default_consent(config: StudyConfig, language: str, pairs: int, minutes: int, question: str) -> str:
    """Return the consent as Markdown, in German for "de", else in English.

    pairs: number that a participant sees, with practice. minutes: expected duration. question: on each
    pair, "" for the built-in one.
    """
    people = config.participants
    template = TEMPLATES.get_template(f"consent_{'de' if language == 'de' else 'en'}.jinja")
    return template.render(
        pairs=pairs,
        minutes=minutes,
        question=question,
        own_question=bool(question),
        kind=config.stimuli.kind,
        pictures=config.trials.pictures,
        questions=len(config.forms),
        service=SERVICES.get(people.source, ""),
        any_service=people.source == "any",
        hours=people.resume_hours,
        contact=config.consent.contact,
    )
