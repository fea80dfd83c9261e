"""Check an answer against what the configuration of its study asks about a pair."""

import json

from study.config.study_configs import parse_config
from study.database.transaction import Transaction
from study.records import Refused
from study.votes import OUTCOMES, TIE


def check_asked(tx: Transaction, study: int, grade: int | None, answers: str) -> None:
    """Raise Refused for a grade or a further answer that the study does not ask for, or one that is missing.

    study: its id. answers: JSON object of further answers by the keys of their questions, "" for none.
    """
    config = parse_config(tx.config_text(study))
    if grade is not None and (config is None or config.trials.answers != "graded"):
        raise Refused("no_grades")
    given = _read(answers)
    asked = {question.key for question in config.questions} if config else set()
    if given.keys() - asked:
        raise Refused("unknown_question")
    if asked - given.keys():
        raise Refused("unanswered_question")
    if config and not config.trials.ties and OUTCOMES[TIE] in given.values():
        raise Refused("no_ties")


def _read(answers: str) -> dict[str, object]:
    """Return the answers by key. Raises Refused for another kind of text, or for no outcome."""
    try:
        given = json.loads(answers or "{}")
    except (ValueError, RecursionError):
        raise Refused("not_understood") from None
    if not isinstance(given, dict) or not all(value in list(OUTCOMES) for value in given.values()):
        raise Refused("not_understood")
    return given
