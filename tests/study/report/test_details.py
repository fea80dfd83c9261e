"""Report how pairs were viewed and graded, and the scores by further questions; export all and read it."""

import json
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.config.questions import PairQuestion
from study.database.responses.load_responses import read_study
from study.report.build import report_of
from study.report.json_form import to_json
from study.report.markdown import to_markdown
from study.report.paper import methods_text
from study.summary.second.adjusted import Covariate
from study.vote_files.dataframe import data_of, frame_of, read_frame
from study.vote_files.export import to_csv
from study.vote_files.fit import fit_table
from study.vote_files.foreign_formats import read_table
from study.votes import NONE, VIEW_COLUMNS, StudyData, VoteDetails, make_responses
from tests.support.rated import rated, study_of
from tests.support.study_world import open_store, small_config

VIEW = {
    "zoom": 2,
    "flip": 1,
    "reference": 0,
    "milliseconds_zoomed": 1500,
    "stacked": True,
    "shown": [655, 437],
    "ratio": 1.25,
}


def viewed() -> StudyData:
    """Return a study in which the further question is answered against the first, and half was zoomed."""
    responses = rated()
    number = len(responses)
    views = {name: np.zeros(number) for name in VIEW_COLUMNS} | {"shown_width": np.full(number, 655.0)}
    views["zoom"][::2] = 3
    views["zoom"][:3] = np.nan
    against = np.where(responses.outcome == 2, 2, 1 - responses.outcome).astype(np.int8)
    against[:5] = NONE
    grade = np.where(np.arange(number) % 4 == 0, 2, 1).astype(np.int8)
    return study_of(responses, 5, details=VoteDetails(grade, {"photo": against}, views))


def test_further_questions_have_scores_of_their_own() -> None:
    report = report_of(viewed())
    (question,) = report.details.questions
    best, worst = (report.ranking.methods[place] for place in (0, -1))
    assert [question.ranking.methods[place].key for place in (-1, 0)] == [best.key, worst.key]
    assert question.votes == report.counts.votes - 5
    assert "## photo" in to_markdown(report)


def test_tools_and_grades_are_counted() -> None:
    data = viewed()
    details = report_of(data).details
    assert details.viewing is not None and details.grades is not None
    zoom, flip, _ = details.viewing.tools
    known = len(data.responses) - 3
    assert (details.viewing.votes, zoom.votes, zoom.uses) == (known, known // 2, 3 * (known // 2))
    assert (flip.votes, flip.people, details.viewing.width_median) == (0, 0, 655)
    assert details.grades.much_better == len(data.responses) // 4
    text = to_markdown(report_of(data))
    assert "How pairs were viewed" in text and f"{details.grades.much_better} much better" in text
    found = json.loads(to_json(report_of(data)))
    assert found["viewing"]["tools"][0]["name"] == "enlarged"


def test_later_tools_are_reported_where_they_were_used() -> None:
    data = viewed()
    assert data.details is not None
    data.details.views["outline"][5] = 2
    data.details.views["beside"][:7] = 1
    assert "votes with the reference between both" in to_markdown(report_of(data))
    viewing = report_of(data).details.viewing
    assert viewing is not None
    *_, tool = viewing.tools
    assert (tool.name, tool.votes, tool.uses) == ("with the outline of the object", 1, 2)
    assert viewing.beside == 4  # of three, the view is not known
    for later in ("outline", "beside"):
        data.details.views[later][:] = np.nan  # a file of an earlier release
    again = report_of(data).details.viewing
    assert again is not None and (len(again.tools), again.beside) == (3, 0)
    assert "reference between" not in to_markdown(report_of(data))


def test_without_details_nothing_is_reported() -> None:
    report = report_of(study_of(rated(), 5))
    assert (report.details.viewing, report.details.grades) == (None, None)
    assert report.details.questions == () and "viewed" not in to_markdown(report)


@pytest.fixture
def stored(tmp_path: Path) -> StudyData:
    """Return a study with two stored votes, of which the second has a further answer alone."""
    config = small_config(votes=3, answers="graded")
    asks = [PairQuestion(key="photo", text="Nearer to a photograph?")]
    store = open_store(tmp_path, config=config.model_copy(update={"questions": asks}))
    token = enrol(store, "small")
    details = {"grade": 2, "answers": '{"photo":"T"}', "view": json.dumps(VIEW)}
    for more in (details, {"answers": '{"photo":"L"}'}):
        trial = show_next_trial(store, token)
        assert trial is not None
        cast_vote(store, token, Answer(trial.trial_token, "L", str(uuid4()), 900, **more))
    found = read_study(store, "small")
    store.close()
    return found


def test_stored_details_are_exported_as_columns_and_read_back(stored: StudyData, tmp_path: Path) -> None:
    frame = frame_of(stored)
    first, second = frame.to_dict("records")
    assert (first["grade"], first["answer_photo"]) == (2, "T")
    shown = {name: first[f"view_{name}"] for name in VIEW_COLUMNS}
    assert shown == {
        **{"zoom": 2, "flip": 1, "reference": 0, "zoomed_ms": 1500, "stacked": 1},
        **{"shown_width": 655, "shown_height": 437, "pixel_ratio": 1.25, "outline": 0, "beside": 0},
    }
    assert frame.isna().loc[1, ["grade", "view_zoom"]].all()
    assert (second["outcome"], second["answer_photo"]) == ("L", "L")
    (tmp_path / "votes.csv").write_bytes(to_csv(frame))
    again = data_of(read_frame(tmp_path / "votes.csv"), "small").details
    assert again is not None and stored.details is not None
    assert again.grade.tolist() == stored.details.grade.tolist() == [2, NONE]
    assert again.answers["photo"].tolist() == stored.details.answers["photo"].tolist() == [2, 0]
    for name in VIEW_COLUMNS:
        assert np.array_equal(again.views[name], stored.details.views[name], equal_nan=True)


def test_the_report_names_the_question_by_its_text(stored: StudyData) -> None:
    (question,) = report_of(stored).details.questions
    assert (question.text, question.votes) == ("Nearer to a photograph?", 2)


def test_grades_have_scores_of_their_own(tmp_path: Path) -> None:
    """The report and the fit of its votes give the same numbers."""
    data = viewed()
    report = report_of(data)
    graded = report.details.graded
    assert graded is not None and [grade for grade, _ in graded.votes] == [1, 2]
    text, found = to_markdown(report), json.loads(to_json(report))["graded"]
    assert "## Scores by grades" in text and "Place without grades" in text
    assert [one["method"] for one in found["methods"]] == [method.key for method in data.methods]
    votes = tmp_path / "votes.csv"
    votes.write_bytes(to_csv(frame_of(data)))
    fitted = fit_table(read_table(votes), position=True)["graded"]
    for one in found["methods"]:
        same = fitted["methods"][one["method"]]
        assert {"method": one["method"], **same} == pytest.approx(one)
    assert fitted["worth"] == pytest.approx(found["worth"]) and "worth" not in fitted["methods"]


def test_grades_that_change_the_order_are_named() -> None:
    """The second method wins less often than it loses, but by far."""
    responses = make_responses(
        np.repeat(np.arange(20), 10),
        np.zeros(200, int),
        np.ones(200, int),
        np.tile([0] * 6 + [1] * 4, 20),
        item=np.tile(np.arange(10), 20),
    )
    grade = np.where(responses.outcome == 1, 2, 1).astype(np.int8)
    views = {name: np.full(200, np.nan) for name in VIEW_COLUMNS}
    report = report_of(study_of(responses, 2, details=VoteDetails(grade, {}, views)))
    first = report.ranking.methods[0]
    assert report.details.graded is not None
    assert any(
        text.startswith("With the grades, ") and f"before {first.title}" in text for text in report.warnings
    )


def test_the_paragraph_for_a_paper_states_both_second_analyses() -> None:
    data = viewed()
    number = len(data.responses)
    x = Covariate("bright", np.random.default_rng(0).normal(size=number), sided=True)
    text = methods_text(report_of(data, covariates=(x,)))
    assert "A cumulative logit of the grades [@agresti1992] gives the same order of all methods." in text
    assert "Adjusted for bright [@springall1973], the scores give the same order of all methods." in text
    without = methods_text(report_of(study_of(rated(), 5)))
    assert "grades" not in without and "Adjusted" not in without
