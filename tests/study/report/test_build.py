"""Test the report of a study: its numbers, warnings and checks, and its files."""

import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.collect.simulate import Preferences, Raters, simulate_raters
from study.database.responses.load_responses import read_study
from study.manage.states import move
from study.report.build import Reports, build_report, report_of
from study.report.html_page import to_html
from study.report.json_form import to_json
from study.report.markdown import to_markdown
from study.report.result import Report
from study.statistics.data_quality import Limits
from study.vote_files.dataframe import frame_of
from study.votes import Responses
from tests.support.rated import answered, rated, study_of
from tests.support.stored_votes import stored_votes
from tests.support.study_world import METHODS, add_rules, answer_all, open_store

Row = tuple[int, int, int, str, int]


def voted(participants: int = 4) -> Responses:
    """Return votes that prefer 2 to 1 and 1 to 0, three to one, on both sides, with ties."""
    rows: list[Row] = []
    for who in range(participants):
        for low, high in ((0, 1), (1, 2), (0, 2)):
            rows += [(who, low, high, "R", 3), (who, low, high, "L", 1 + who % 2), (who, high, low, "L", 3)]
            rows += [(who, high, low, "R", 1), (who, low, high, "T", 1)]
    return answered(*rows)


def report(responses: Responses, methods: int = 3, **changes: object) -> Report:
    return report_of(study_of(responses, methods, **changes))


def test_scores_have_intervals_places_and_counts() -> None:
    found = report(voted())
    assert [s.key for s in found.ranking.methods] == ["m2", "m1", "m0"]
    assert sum(s.log_worth or 0 for s in found.ranking.methods) == pytest.approx(0, abs=1e-9)
    for place, score in enumerate(found.ranking.methods, 1):
        assert score.low is not None and score.high is not None and score.log_worth is not None
        assert score.low < score.log_worth < score.high
        assert score.rank_low is not None and score.rank_high is not None
        assert score.rank_low <= place <= score.rank_high
    assert found.ranking.interval == "95 %, for people like these and the same pictures"
    assert sum(s.wins for s in found.ranking.methods) == sum(s.losses for s in found.ranking.methods)
    assert found.counts.votes == sum(pair.votes for pair in found.ranking.pairs)
    assert sum(s.preference or 0 for s in found.ranking.methods) == pytest.approx(1.5)


def test_few_participants_widen_the_intervals() -> None:
    """Student's t: 12.7 standard errors with two participants, 2.4 or so with seven."""
    for people, low, high in ((2, 12, 13), (7, 2.4, 2.5)):
        best = report(voted(people)).ranking.methods[0]
        assert best.high is not None and best.log_worth is not None and best.se is not None
        assert low < (best.high - best.log_worth) / best.se < high


def test_one_participant_gives_a_warning() -> None:
    found = report(voted(1))
    assert found.ranking.interval == "95 %, as if votes were independent"
    assert any("one participant" in text for text in found.warnings)


def test_agreement_by_chance_gives_no_zero_errors() -> None:
    """The counts of both participants are equal, so that clustered standard errors are exactly zero."""
    rows: list[Row] = [(w, a, b, o, 3) for w in (0, 1) for a, b in ((0, 1), (1, 2)) for o in "LR"]
    found = report(answered(*rows))
    assert all(score.se is not None and score.se > 0.2 for score in found.ranking.methods)
    assert all(pair.compared is not None and pair.compared.se > 0.2 for pair in found.ranking.pairs)


def test_differences_are_tested_for_all_pairs_at_once() -> None:
    found = report(rated(participants=60), 5)
    assert found.ranking.critical is not None and 1.96 < found.ranking.critical < 3  # Bonferroni's is 2.81
    for pair in found.ranking.pairs:
        assert pair.compared is not None and pair.power is not None
        low, high = pair.compared.low, pair.compared.high
        assert low is not None and high is not None
        assert pair.power.separated == (not low < 0 < high)
        assert not pair.power.separated or pair.compared.p < 0.05
    assert found.ranking.first[0] == found.ranking.methods[0].key
    assert [s.key for s in found.ranking.methods if s.rank_low == 1] == list(found.ranking.first)


@pytest.mark.parametrize(
    ("rows", "status", "words"),
    [
        ([], "no_votes", "no votes"),
        (
            [(0, 0, 1, "L", 3), (0, 1, 2, "L", 2), (0, 2, 1, "L", 2)],
            "separated",
            "Method 0 is above everything",
        ),
        ([(0, 0, 1, "L", 1), (1, 0, 1, "R", 1)], "disconnected", "no votes link"),
        ([(0, 0, 1, "T", 4), (1, 1, 2, "T", 4)], "no_votes", "tie"),
    ],
)
def test_without_a_ranking_words_replace_numbers(rows: list[Row], status: str, words: str) -> None:
    found = report(answered(*rows))
    assert found.ranking.status == status and words in found.ranking.explain
    assert all(score.log_worth is None for score in found.ranking.methods)
    assert found.reliability.checks is None
    for text in (to_markdown(found), to_html(found)):
        assert "No ranking" in text and words in text and "Log-worth" not in text
    assert json.loads(to_json(found))["methods"][0]["key"] == "m0"


def test_simulated_votes_are_marked_everywhere() -> None:
    found = report(voted(), simulated=True)
    assert "simulated" in to_markdown(found) and "simulated" in to_html(found)
    assert json.loads(to_json(found))["simulated"] is True


def test_titles_are_escaped() -> None:
    data = study_of(voted(), 3, title="A <b>study</b>")
    odd = tuple(replace(m, title=f"<{m.title}> | 100 %") for m in data.methods)
    found = report_of(replace(data, methods=odd))
    assert "<Method 2> \\| 100 %" in to_markdown(found)
    assert "<Method" not in to_html(found) and "<b>" not in to_html(found).split("</style>")[1]


def test_the_same_votes_give_the_same_bytes() -> None:
    one, other = report(rated(), 5), report(rated(), 5)
    assert all(write(one) == write(other) for write in (to_json, to_markdown, to_html))


def test_left_share_counts_decided_votes_only() -> None:
    found = report(answered((0, 0, 1, "L", 3), (0, 0, 1, "R", 1), (1, 1, 0, "T", 4)))
    assert found.counts.left_share == 0.75 and found.counts.tie_rate == 0.5


def test_rules_exclude_and_both_results_are_reported() -> None:
    """Participant 3 answers too fast, and always prefers the worst method."""
    votes = rated(participants=20)
    fast = votes.participant == 3
    votes.outcome[fast] = np.where(votes.left < votes.right, 0, 1)[fast]
    votes = replace(votes, rt_ms=np.where(fast, 150, 2500))
    data = study_of(votes, 5)
    flagged, excluded = report_of(data), report_of(data, Limits(), ("speed",))
    assert flagged.counts.participants == 20 and flagged.quality.excluded == 0
    assert [one.participant for one in flagged.quality.flagged] == [4]
    assert any("flagged" in text for text in flagged.warnings)
    assert (excluded.counts.participants, excluded.counts.votes) == (19, 380)
    assert excluded.quality.excluded_votes == 20
    names = {variant.name: variant for variant in excluded.reliability.variants}
    assert names["with all participants"].log_worths == flagged.reliability.variants[0].log_worths
    assert any("left out by rules" in text for text in excluded.warnings)


def test_gold_pairs_and_repeats_are_not_votes() -> None:
    votes = rated(participants=10)
    gold = np.arange(len(votes)) % 10 == 0
    found = report(replace(votes, expected=np.where(gold, votes.outcome, -1)), 5)
    assert found.counts.votes == 180 and found.quality.gold.hits == found.quality.gold.of == 20


@pytest.mark.parametrize(
    ("taste", "words"),
    [
        ({"order_effect": 0.8}, "preferred the left side"),
        ({"item_sd": 1.0}, "better on some pictures"),
        ({"participants": 5}, "Only 5 participants"),
        ({"votes": 2}, "fewer than 10 votes"),
    ],
)
def test_every_problem_gives_its_warning(taste: dict[str, float], words: str) -> None:
    assert any(words in text for text in report(rated(**taste), 5).warnings)  # type: ignore[arg-type]


def test_a_clean_study_has_no_warnings() -> None:
    assert report(rated(methods=4, participants=80, seed=2), 4).warnings == ()


class Loads(HTMLParser):
    """Collect the elements of a page that a browser would load or run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe", "image", "use") or {"src", "href"} & {
            k for k, _ in attrs
        }:
            self.found.append(tag)


def test_the_page_loads_and_runs_nothing() -> None:
    page = to_html(report(rated(), 5))
    assert Loads(page).found == [] and "url(" not in page and "@import" not in page
    assert page.count("<svg") == 4 and "prefers-color-scheme" in page and "@media print" in page
    assert not re.search(r"\bnan\b|inf\b", page)


def test_charts_of_many_pictures_and_of_a_single_vote() -> None:
    one = to_html(report(answered((0, 0, 1, "L", 1))))
    assert "No ranking" in one and "<svg" in one
    many = report(rated(items=3000, participants=50), 5)
    assert "3000 pictures" not in to_html(many)


def test_a_report_from_the_database(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    reports = Reports(store)
    assert reports.of("small").report.ranking.status == "no_votes"
    worths = dict(zip(METHODS, (-1.0, -0.3, 0.3, 1.0), strict=True))
    simulate_raters(store, "small", Preferences(worths), Raters(8, 12, 1))
    found = reports.of("small").report
    assert found is reports.of("small").report and found == build_report(store, "small")
    assert found.study.simulated and found.counts.votes == 96
    assert found.counts.participants == found.counts.completed == 8
    votes = stored_votes(store, "small")
    wins = Counter(vote.left if vote.outcome == "L" else vote.right for vote in votes if vote.outcome != "T")
    assert len(votes) == 96 and wins == {score.key: score.wins for score in found.ranking.methods}
    distributions = found.distributions
    assert sum(map(sum, distributions.coverage.counts)) == 96
    assert sum(bar.votes for bar in distributions.over_time) == 96
    store.close()


def test_a_report_that_takes_long_is_made_again_after_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let each report take long: votes that arrive in the pause are not in it, and it states this."""
    monkeypatch.setattr("study.report.build.SOON", 0.0)
    monkeypatch.setattr("study.report.build.PAUSE", 10_000)
    store = open_store(tmp_path)
    reports = Reports(store)
    worths = dict(zip(METHODS, (-1.0, -0.3, 0.3, 1.0), strict=True))
    simulate_raters(store, "small", Preferences(worths), Raters(2, 12, 1))
    first = reports.of("small")
    simulate_raters(store, "small", Preferences(worths), Raters(2, 12, 2))
    second = reports.of("small")
    assert second.report is first.report and (first.current, second.current) == (True, False)
    move(store, "small", 1, "closed", "test")
    closed = reports.of("small")
    assert closed.current and (first.report.counts.votes, closed.report.counts.votes) == (24, 48)
    store.close()


def test_gold_pairs_and_repeats_of_the_database_measure_people_only(tmp_path: Path) -> None:
    """All answers are left: gold pairs are right by chance, repeats with sides swapped never agree."""
    store = open_store(tmp_path, votes=12, items=12)
    add_rules(store, gold=4, repeats=2, practice=1)
    shown = len(answer_all(store, enrol(store, "small")))
    found = build_report(store, "small")
    assert (shown, found.counts.votes) == (12 + 4 + 2 + 1, 12)
    assert found.quality.gold.of == 4 and found.quality.repeats.of == 2 and found.quality.repeats.hits == 0
    everything = frame_of(read_study(store, "small"), everything=True)
    assert everything["kind"].value_counts().to_dict() == {"main": 12, "gold": 4, "repeat": 2}
    store.close()


def test_one_more_vote_makes_a_new_report(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    reports = Reports(store)
    before = reports.of("small").report
    token = enrol(store, "small")
    trial = show_next_trial(store, token)
    assert trial is not None
    cast_vote(store, token, Answer(trial.trial_token, "L", "one", 1234))
    after = reports.of("small").report
    assert (before.counts.votes, after.counts.votes, after.quality.median_ms) == (0, 1, 1234)
    store.close()
