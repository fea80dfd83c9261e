"""Open a study of the release before this one: same report, and further answers are stored."""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from model.methods import get_method
from study.collect.enrolment import Applicant, Consented, enrol
from study.collect.manifest import config_of, read_manifest
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.collect.registration import follow_folder, register
from study.collect.stimulus_files import check_stimuli
from study.collect.validate import check_study
from study.config.config import read_config
from study.database.responses.load_responses import read_study
from study.database.store import Store
from study.records import Ended
from study.report.build import build_report
from study.report.json_form import to_json
from tests.support.study_world import answer_all, picture_of

OF_ERRORS = ("se", "low", "high", "quasi_se", "p", "detectable", "needed")
KEPT = Path(__file__).parents[2] / "data" / "earlier_release"
LATER = datetime(2026, 11, 3, tzinfo=timezone.utc)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a copy of the database, with the study folder in a new place."""
    shutil.copy(KEPT / "votes.db", tmp_path)
    shutil.copytree(KEPT / "study", tmp_path / "study")
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}", lambda: LATER)
    assert follow_folder(store, tmp_path / "study")
    yield store
    store.close()


def participant(name: str) -> Applicant:
    """Return the applicant as whom a participant enrolled at that time."""
    return Applicant(claim=f"browser of {name}", secret="secret", consent=Consented("2"))


def test_its_configuration_is_read_and_has_the_same_hash(store: Store) -> None:
    config = read_config(KEPT / "study.toml")
    assert config.stimuli.methods == ["composite", "reinhard", "pih"]
    assert config_of(read_manifest(KEPT / "study")) == config
    with store.reading() as tx:
        study = tx.study("earlier")
    assert (study.config_sha256, study.config_json) == (config.sha256, config.to_json())
    assert get_method("pih").available


def test_its_pictures_are_those_that_were_built(store: Store) -> None:
    assert check_stimuli(store, "earlier") == []
    errors = [finding for finding in check_study(KEPT / "study") if finding.level == "error"]
    assert errors == []


def test_its_report_has_the_same_numbers(store: Store) -> None:
    expected = json.loads((KEPT / "report.json").read_text(encoding="utf-8"))
    report = json.loads(to_json(build_report(store, "earlier")))
    for name in ("status", "votes", "participants"):
        assert report[name] == expected[name]
    for name in ("methods", "pairs"):
        for found, kept in zip(report[name], expected[name], strict=True):
            texts, numbers = split(kept)
            # After three of four participants no analysis is planned, and no interval holds at any look.
            assert {key for key, value in split(found)[0].items() if value is None} <= {
                *OF_ERRORS,
                "pictures_needed",
            }
            assert texts.items() <= split(found)[0].items()
            estimates = {key: value for key, value in numbers.items() if key not in OF_ERRORS}
            assert {key: split(found)[1][key] for key in estimates} == pytest.approx(estimates, rel=1e-6)
            # Standard errors have since allowed for differences between pictures, so intervals are wider.
            assert split(found)[1]["se"] >= numbers["se"]


def split(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, float]]:
    """Return the values of a row that are not numbers, and those that are."""
    numbers = {key: value for key, value in row.items() if isinstance(value, (int, float))}
    return {key: value for key, value in row.items() if key not in numbers}, numbers


def test_a_participant_who_stopped_continues(store: Store) -> None:
    """Six comparisons, a gold pair and a practice pair; three of the four answers still count."""
    token = enrol(store, "earlier", participant("dora"))
    before = len(read_study(store, "earlier").responses)
    trial = show_next_trial(store, token)
    assert trial is not None and (trial.number, trial.total) == (4, 8) and not trial.can_undo
    assert picture_of(store, trial.left_media).is_file()
    taken_back = cast_vote(store, token, Answer(trial.trial_token, "L", "dora-3-click"))
    assert not taken_back.counted
    assert len(answer_all(store, token)) == 5
    after = read_study(store, "earlier")
    assert len(after.responses) == before + 5 and after.completed == 4


def test_new_participants_enrol_and_withdrawn_ones_stay_withdrawn(store: Store) -> None:
    token = enrol(store, "earlier", participant("fay"))
    assert len(answer_all(store, token)) == 8
    assert store.summary("earlier").completed == 4
    with pytest.raises(Ended):
        show_next_trial(store, enrol(store, "earlier", participant("eve")))


def test_registering_its_folder_again_adds_no_version(store: Store, tmp_path: Path) -> None:
    assert register(store, tmp_path / "study").slug == "earlier"
    assert store.summary("earlier").version == 1
