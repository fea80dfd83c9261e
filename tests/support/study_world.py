"""Build a small study for tests: single-coloured pictures, real files, a real database."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import select, update

from study.collect.enrolment import Applicant, Recruited
from study.collect.participation import Answer, cast_vote, media_picture, show_next_trial
from study.collect.stimuli import KnownPairs, StudySources, build_study
from study.collect.stimulus_files import StimulusFiles
from study.config.config import StudyConfig, config_from_options
from study.database.rows import PictureFiles
from study.database.schema import Stimulus, Study
from study.database.store import Store
from study.manage.states import open_folder
from study.records import TrialView

METHODS = ("composite", "alpha", "beta", "gamma")


def flat(level: int) -> Any:
    """Return a method that fills the whole picture with one grey level."""
    return lambda picture: np.full_like(picture, level)


def plain_study(
    folder: Path,
    items: Mapping[str, Any],
    methods: Mapping[str, Callable[[Any], Any]],
    trials: Mapping[str, Any] | None = None,
    **study: Any,
) -> Path:
    """Build a study without a frozen configuration; the slug is the folder's name unless given."""
    texts = {"slug": folder.name, "title": "S", "question": "Which?", **study}
    config = config_from_options(list(methods), texts, trials)
    return build_study(folder, config, StudySources(items, methods), freeze=False)


def small_config(**trials: Any) -> StudyConfig:
    """Return the configuration of the small study, with twelve votes unless given."""
    study = {"slug": "small", "title": "Small study", "question": "Which is more natural?"}
    return config_from_options(list(METHODS), study, {"votes": 12, **trials})


def practised_config(**trials: Any) -> StudyConfig:
    """Return the configuration of the small study with gold pairs and practice pairs with a known answer."""
    tables = small_config().model_dump(mode="json")
    del tables["trials"]["ties"]
    tables["stimuli"] |= {"gold": "gold", "practice_pairs": "practice"}
    return StudyConfig.model_validate({**tables, "trials": {**tables["trials"], **trials}})


def small_study(
    folder: Path,
    *,
    items: int = 3,
    config: StudyConfig | None = None,
    gold: Mapping[str, Any] | None = None,
    **trials: Any,
) -> Path:
    """Build a study of four methods on a few pictures of different sizes.

    config: a configuration to freeze; without it none is kept. trials: values of the table `trials` then.
    """
    pictures = {f"scene{i}": np.zeros((40 + i, 60, 3), np.uint8) for i in range(items)}
    methods = {name: flat(40 * i) for i, name in enumerate(METHODS)}
    sources = StudySources(pictures, methods, gold=KnownPairs(gold or {}))
    return build_study(folder, config or small_config(**trials), sources, freeze=config is not None)


def open_store(folder: Path, url: str | None = None, **options: Any) -> Store:
    """Return a store with the small study, in a SQLite file in `folder` or in the database at `url`."""
    store = Store.open(url or f"sqlite:///{folder / 'votes.db'}")
    open_folder(store, small_study(folder / "small", **options), "test")
    return store


def add_rules(store: Store, *, gold: int = 0, practice: int = 0, **rules: Any) -> None:
    """Add gold pairs and practice pairs to the small study, and change its row in the table `study`.

    The pairs use the pictures of other items.
    """
    with store.transaction() as tx:
        study = tx.study("small").id
        files = [
            PictureFiles(*row)
            for row in tx.connection.execute(select(Stimulus.file, Stimulus.sha256, Stimulus.smaller_json))
        ]
        for n in range(gold):
            tx.add_gold(study, f"gold{n}", (60, 40), files[0], files[1])
        for n in range(practice):
            two = {method: files[i] for i, method in enumerate(tx.layout(study).methods[:2])}
            tx.add_item(study, f"practice{n}", (60, 40), two, practice=True)
        change = {"gold": gold, "practice": practice, **rules}
        tx.connection.execute(update(Study).where(Study.id == study).values(**change))


def person(name: str, *, source: str = "test", claim: str = "") -> Applicant:
    """Return an applicant of a recruitment service; without a claim, each name has its own browser."""
    return Applicant(source, Recruited(name), claim or f"browser of {name}", "s")


def shown(store: Store, token: str) -> TrialView:
    """Return the current trial of a participant, who must have one."""
    trial = show_next_trial(store, token)
    assert trial is not None
    return trial


def picture_of(store: Store, media_token: str) -> Path:
    """Return the file that is sent for one side of a trial."""
    stimulus = media_picture(store, media_token)
    return StimulusFiles(store, Path(tempfile.gettempdir())).prepare(stimulus).path


def vote(
    store: Store,
    token: str,
    trial: TrialView,
    choice: str = "L",
    uuid: str | None = None,
    answers: str = "",
) -> str:
    """Answer a trial, and return "counted", or "repeated" for a vote that was stored before.

    answers: to the further questions on the pair, as JSON.
    """
    given = Answer(trial.trial_token, choice, uuid or str(uuid4()), rt_ms=900, answers=answers)
    return "counted" if cast_vote(store, token, given).counted else "repeated"


def answer_all(store: Store, token: str, choice: str = "L", answers: str = "") -> list[TrialView]:
    """Answer all remaining trials of a participant alike, and return them."""
    answered = []
    while (trial := show_next_trial(store, token)) is not None:
        vote(store, token, trial, choice, answers=answers)
        answered.append(trial)
    return answered
