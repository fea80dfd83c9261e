"""Test that a report says which look it is, uses its limit, and goes back to the votes of a planned one."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from study.config.config import StudyConfig
from study.records import BadStudy
from study.report.build import report_of
from study.report.html_page import to_html
from study.report.json_form import to_json
from study.report.looks.analysis import at_planned_look
from study.report.looks.taken import NO_LIMIT, TOO_EARLY
from study.report.markdown import to_markdown
from study.report.paper import methods_text, paper_files
from study.statistics.looks.schedule import Schedule
from study.votes import StudyData
from tests.support.rated import rated, study_of

PLANNED = Schedule(4, target=60, shares=(0.5, 1.0))


def study(people: int, *, target: int | None = 60, closed: bool | None = False, **taste: Any) -> StudyData:
    """Return a study in which one participant after the other answers everything."""
    responses = rated(methods=4, participants=people, items=1, **taste)
    config = {
        "study": {"slug": "s", "title": "Study"},
        "stimuli": {"methods": ["composite", "b", "c", "d"]},
        "participants": {} if target is None else {"target": target},
        "stopping": {"looks": [1.0] if target is None else [0.5, 1.0]},
    }
    return study_of(
        responses,
        4,
        config_json=StudyConfig.model_validate(config).to_json(),
        closed=closed,
        complete=np.ones(people, np.bool_),
    )


def test_a_planned_look_has_the_registered_limit() -> None:
    """The registration says 4.36 standard errors; a report used to have 2.7."""
    report = report_of(study(30))
    assert report.look is not None and report.look.moment == "planned"
    assert report.ranking.critical == report.look.limit == pytest.approx(4.36, abs=0.05)
    assert "This is planned analysis 1 of 2, after 30 of 60 participants." in report.look.sentences
    assert report.look.sentences[-1] == (
        "One planned analysis remains, after 60 participants, with a limit of 2.66 standard errors."
    )
    assert "95 % at every planned look, for people like these" in report.ranking.interval
    for written in (to_markdown(report), to_html(report)):
        assert report.look.sentences[0] in written
    assert "the limit of planned analysis 1 of 2" in methods_text(report)


def test_the_last_look_has_a_smaller_limit() -> None:
    report = report_of(study(62, closed=True))
    assert report.look is not None and report.look.number == 2 and report.look.remaining == ()
    assert report.look.sentences[-1] == "No planned analysis remains."
    assert PLANNED.analyses[1].critical <= (report.ranking.critical or 0) < 2.8


def test_another_moment_has_intervals_valid_at_any_look() -> None:
    planned, between = report_of(study(30)), report_of(study(31))
    look = between.look
    assert look is not None and look.moment == "unplanned" and look.mixture == PLANNED.mixture
    assert "95 % at any look, for people like these" in between.ranking.interval
    assert "valid at any look" in to_markdown(between) and "valid at any look" in methods_text(between)
    assert 3.5 < (between.ranking.critical or 0) < (planned.ranking.critical or 0)
    widths = [(one.high or 0) - (one.low or 0) for one in between.ranking.methods]
    assert min(widths) > 3 * 2 * min(one.se or 0 for one in between.ranking.methods)


@pytest.mark.parametrize(("closed", "moment"), [(True, "end"), (False, "unplanned")])
def test_a_study_without_a_planned_number(closed: bool, moment: str) -> None:
    report = report_of(study(30, target=None, closed=closed))
    assert report.look is not None and report.look.moment == moment
    assert ("No number of participants was planned" in report.look.sentences[0]) is closed


def test_a_table_has_intervals_of_a_single_look() -> None:
    report = report_of(study(31, closed=None))
    assert report.look is None and 2.5 < (report.ranking.critical or 0) < 2.9
    assert json.loads(to_json(report))["look"] is None


def test_the_votes_of_a_planned_look_can_be_read_later() -> None:
    later = study(41)
    then = replace(
        study(30),
        responses=later.responses.only(later.responses.participant < 30),
        items=later.items,
    )
    found, expected = report_of(at_planned_look(later, 1)), report_of(then)
    assert found.ranking == expected.ranking and found.look == expected.look
    assert found.counts == expected.counts and found.distributions == expected.distributions


def test_people_who_have_not_completed_the_study_do_not_count() -> None:
    """The first participant stops early: the look comes with the 31st, and has all votes until then."""
    data = study(41)
    assert data.complete is not None
    stopped = replace(data, completed=40, complete=np.arange(41) > 0)
    report = report_of(at_planned_look(stopped, 1))
    assert (report.counts.participants, report.counts.completed, report.counts.votes) == (31, 30, 620)


@pytest.mark.parametrize(
    ("look", "words"), [(2, "needs 60 participants who completed"), (3, "It plans 2"), (0, "It plans 2")]
)
def test_looks_that_are_not_due_are_refused(look: int, words: str) -> None:
    with pytest.raises(BadStudy, match=words):
        report_of(at_planned_look(study(41), look))


def test_few_people_have_no_scores_yet() -> None:
    report = report_of(study(7))
    values = json.loads(to_json(report))
    assert values["critical"] is None and values["pairs"][0]["low"] is None
    assert report.look is not None and TOO_EARLY in report.look.sentences
    text = to_markdown(report)
    assert "No scores yet" in text and "is best" not in text and "may be best" not in text
    assert "log-worth" not in to_html(report).split("Every pair")[0].lower()
    with pytest.raises(ValueError, match="no interval is valid"):
        paper_files(report)


def test_scores_without_a_limit_for_all_pairs_have_intervals_and_no_order() -> None:
    report = report_of(study(9))
    assert report.ranking.critical is None and report.ranking.has_intervals
    assert report.look is not None and NO_LIMIT in report.look.sentences
    text = to_markdown(report)
    assert "## Scores" in text and "is best" not in text and "may be best" not in text
    assert {(score.rank_low, score.rank_high) for score in report.ranking.methods} == {(1, 4)}
    pairs = text.split("## Every pair")[1].split("## ")[0]
    assert len({line.count("|") for line in pairs.splitlines() if line.startswith("|")}) == 1


def test_a_target_that_was_raised_does_not_make_a_planned_end() -> None:
    data = study(70, closed=True)
    raised = replace(data, changes=(("2026-03-02T08:00:00Z", {"participants": {"target": 70}}),))
    assert report_of(raised).look != report_of(data).look
    assert getattr(report_of(raised).look, "moment", "") == "unplanned"
