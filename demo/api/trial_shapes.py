"""Convert trials and answers between the study and the JSON of its API."""

import json
from collections.abc import Mapping
from typing import Literal, TypeAlias

from demo.api import shapes
from study.collect.participation import Answer
from study.config.config import StudyConfig
from study.records import TrialView

Kind: TypeAlias = Literal["none", "start", "reference"]
# The name of the composite is that of a method too, which no response contains.
REFERENCES: Mapping[str, Kind] = {"none": "none", "composite": "start", "reference": "reference"}


def trial_shape(trial: TrialView, config: StudyConfig | None) -> shapes.Trial:
    """Return a trial as JSON; config: of its study, None where it has none."""
    after = trial.upcoming
    return shapes.Trial(
        trial=trial.trial_token,
        left=_address(trial.left_media),
        right=_address(trial.right_media),
        further=[_address(token) for token in trial.further_media],
        number=trial.number,
        total=trial.total,
        width=trial.width,
        height=trial.height,
        sizes=list(trial.sizes),
        reference=_address(trial.reference),
        reference_beside=bool(config and trial.reference and config.viewing.reference_beside),
        outline=_address(trial.outline),
        reference_kind=REFERENCES[config.viewing.reference if config and trial.reference else "none"],
        prompt=trial.prompt,
        allow_tie=trial.allow_tie,
        graded=config is not None and config.trials.answers == "graded",
        question=trial.question,
        questions=[
            shapes.PairQuestion(key=one.key, text=one.text, texts=dict(one.texts))
            for one in (config.questions if config else ())
        ],
        practice=trial.practice,
        can_undo=trial.can_undo,
        minimum_exposure_ms=config.viewing.minimum_exposure_ms if config else 0,
        next_pictures=[_address(token) for token in after.media] if after else [],
        next_sizes=list(after.sizes) if after else [],
        next_reference=_address(after.reference) if after else "",
        next_outline=_address(after.outline) if after else "",
    )


def answer_of(given: shapes.Vote) -> Answer:
    """Return the answer in a request."""
    return Answer(
        trial=given.trial,
        choice=given.choice,
        uuid=given.uuid,
        rt_ms=given.rt_ms,
        input=given.input,
        grade=given.grade,
        answers=_compact(given.answers) if given.answers else "",
        view=_compact(given.view.model_dump(mode="json")) if given.view else "",
    )


def _compact(values: object) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def _address(token: str) -> str:
    return f"/media/{token}" if token else ""
