"""Test the markup of the results page for every state of a study."""

import re
from dataclasses import replace
from typing import Any

import pytest

from demo.pages.results import report_html
from study.manage.live_scores import LiveScore, LiveScores
from study.report.build import report_of
from study.report.looks.taken import LookTaken
from study.report.result import PairResult, Report, Score
from tests.support.rated import answered, study_of

SCORES = (
    Score("plain", "Plain", -0.4, 0.1, -0.6, -0.2, 8, 14, 2, 2, 2, 0.31),
    Score("good", "Good <b>", 0.4, 0.1, 0.2, 0.6, 14, 8, 2, 1, 1, 0.69),
)
VOTES = answered(
    (0, 0, 1, "L", 4), (0, 1, 0, "R", 4), (1, 1, 0, "L", 7), (1, 0, 1, "R", 7), (2, 0, 1, "T", 2)
)  # fmt: skip
FITTED = report_of(study_of(VOTES, 2))
REPORT = replace(
    FITTED,
    study=replace(FITTED.study, title="First & best"),
    ranking=replace(
        FITTED.ranking,
        methods=SCORES,
        pairs=(PairResult("plain", "good", 8, 14, 2),),
        first=("good",),
    ),
    warnings=(),
)


def ranked(**changes: Any) -> Report:
    """Return the report with another ranking."""
    return replace(REPORT, ranking=replace(REPORT.ranking, **changes))


def test_methods_are_listed_best_first() -> None:
    assert re.findall(r'<div class="worth"><b[^>]*>([^<]+)', report_html(REPORT)) == [
        "Good &lt;b&gt;",
        "Plain",
    ]


def test_every_number_is_there() -> None:
    page = report_html(REPORT)
    for text in ("24", "8 %", "50 %", "+0.40", "−0.40", "+0.20 to +0.60", "First &amp; best", "69 %"):
        assert text in page


def test_places_and_the_best_are_stated() -> None:
    tied = tuple(replace(score, rank_low=1, rank_high=2) for score in SCORES)
    assert re.findall(r'<span class="place">([^<]+)', report_html(REPORT)) == ["Place", "1", "2"]
    assert "Good &lt;b&gt; is best" in report_html(REPORT)
    page = report_html(ranked(methods=tied, first=("good", "plain")))
    assert "1–2" in page and "Any of these may be best" in page


def test_the_chart_is_symmetric_about_zero() -> None:
    left, right = re.findall(r'class="dot" style="left:([\d.]+)%', report_html(REPORT))
    assert float(left) + float(right) == pytest.approx(100)


def test_pairs_show_wins_of_the_row_over_the_column() -> None:
    matrix = report_html(REPORT).split('class="matrix"')[1]
    assert re.findall(r"<td [^>]*>(\d*)</td>", matrix) == ["", "8", "14", ""]


def test_without_votes_the_page_links_to_the_study() -> None:
    counts = replace(REPORT.counts, votes=0, tie_rate=None, left_share=None)
    page = report_html(replace(ranked(status="no_votes"), counts=counts))
    assert "No votes yet" in page
    assert 'href="/study"' in page


def test_without_a_common_ranking_the_page_states_the_reason() -> None:
    scores = tuple(replace(score, log_worth=None, se=None, low=None, high=None) for score in SCORES)
    page = report_html(ranked(status="separated", methods=scores, explain="Good won <every> time."))
    assert "Good won &lt;every&gt; time." in page
    assert 'class="dot"' not in page
    assert 'class="matrix"' in page


def test_warnings_and_simulated_votes_are_marked() -> None:
    simulated = replace(REPORT, study=replace(REPORT.study, simulated=True), warnings=("Few votes.",))
    page = report_html(simulated)
    assert "Few votes." in page
    assert "simulated" in page


def test_a_value_near_zero_has_no_sign() -> None:
    near = replace(SCORES[1], log_worth=-0.001, low=-0.2, high=0.2)
    assert '<span class="number">0.00</span>' in report_html(ranked(methods=(near,)))


def test_a_look_is_described_sentence_by_sentence() -> None:
    """Each sentence is a text of its own, which another language replaces."""
    look = LookTaken("planned", 1, 2, 20, 40, 4.5, None, (), ("This is planned analysis 1 of 2.", "It ends."))
    page = report_html(replace(REPORT, look=look))
    assert "<span>This is planned analysis 1 of 2.</span> <span>It ends.</span>" in page


def test_without_intervals_there_are_no_scores_yet() -> None:
    few = tuple(replace(score, low=None, high=None) for score in SCORES)
    page = report_html(ranked(methods=few, critical=None))
    assert "No scores yet" in page and "is best" not in page and "No common ranking" not in page


def test_scores_in_jod_have_their_errors() -> None:
    assert "+0.36 ± 0.09" in report_html(REPORT) and "<th scope=col>JOD</th>" in report_html(REPORT)


def test_scores_now_stand_above_an_older_report() -> None:
    now = LiveScores(1234, "", (LiveScore("Good <b>", 0.55, 700), LiveScore("Plain", -0.55, 700)), True)
    page = report_html(REPORT, now)
    assert "Scores of 1,234 votes" in page and "are of 24 votes" in page and "whom the rules" in page
    assert "+0.50" in page.split("Preference for each method")[0]  # in JOD: 0.55 / ln 3
    assert "Scores now" not in report_html(REPORT)
    assert "nobody voted" in report_html(REPORT, LiveScores(0, "nobody voted", (), False))
