"""One report for page, Markdown and JSON: no score without an interval, no ranking without grounds."""

import json
from dataclasses import replace

from study.records import CellCount, MethodRow, Outcome, Report, Tally
from study.report import build_report, to_json, to_markdown

METHODS = tuple(MethodRow(key, key.title(), key == "alpha") for key in ("alpha", "beta", "gamma"))
EMPTY = Tally("s", "Study", "Which?", 1, False, True, METHODS, (), 4, 0, 0)


class Counts:
    """A store that holds one tally."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def tally(self, slug: str) -> Tally:
        assert slug == self._tally.slug
        return self._tally


def cells(*rows: tuple[int, int, int, Outcome, int]) -> tuple[CellCount, ...]:
    return tuple(CellCount(*row) for row in rows)


def report_of(tally: Tally) -> Report:
    return build_report(Counts(tally), tally.slug)


def voted(participants: int = 4) -> Tally:
    """Gamma beats beta beats alpha, three to one, from both sides, with ties."""
    rows: list[tuple[int, int, int, Outcome, int]] = []
    for who in range(participants):
        for low, high in ((0, 1), (1, 2), (0, 2)):
            rows += [(who, low, high, "R", 3), (who, low, high, "L", 1 + who % 2), (who, high, low, "L", 3)]
            rows += [(who, high, low, "R", 1), (who, low, high, "T", 1)]
    return replace(EMPTY, cells=cells(*rows), participants=participants, completed=participants)


def test_scores_have_intervals_and_counts() -> None:
    report = report_of(voted())
    assert [s.key for s in report.methods] == ["gamma", "beta", "alpha"]
    assert abs(sum(s.log_worth or 0 for s in report.methods)) < 1e-9
    for score in report.methods:
        assert score.low is not None and score.high is not None and score.log_worth is not None
        assert score.low < score.log_worth < score.high
    assert report.interval == "95 %, clustered by participant"
    assert sum(s.wins for s in report.methods) == sum(s.losses for s in report.methods)
    assert report.votes == sum(p.a_wins + p.b_wins + p.ties for p in report.pairs)


def test_few_participants_widen_the_intervals() -> None:
    """Student's t: 12.7 standard errors with two participants, 2.4 or so with seven."""
    two, seven = report_of(voted(2)).methods[0], report_of(voted(7)).methods[0]
    assert two.high is not None and two.log_worth is not None and two.se is not None
    assert (two.high - two.log_worth) / two.se > 12
    assert seven.high is not None and seven.log_worth is not None and seven.se is not None
    assert 2.4 < (seven.high - seven.log_worth) / seven.se < 2.5


def test_one_participant_is_said_out_loud() -> None:
    report = report_of(voted(1))
    assert report.interval == "95 %, as if votes were independent"
    assert any("one participant" in text for text in report.warnings)


def test_participants_who_agree_by_chance_do_not_make_scores_certain() -> None:
    """Both gave the same counts, so that their clustered errors are exactly zero."""
    rows = cells(*((who, a, b, o, 3) for who in (1, 2) for a, b in ((0, 1), (1, 2)) for o in ("L", "R")))
    for score in report_of(replace(EMPTY, cells=rows)).methods:
        assert score.se is not None and score.se > 0.2


def test_no_votes_yet() -> None:
    report = report_of(EMPTY)
    assert report.status == "no_votes" and report.votes == 0 and report.tie_rate is None
    assert all(s.log_worth is None for s in report.methods)
    assert "No ranking" in to_markdown(report)


def test_a_separated_study_gets_words_instead_of_numbers() -> None:
    report = report_of(replace(EMPTY, cells=cells((0, 0, 1, "L", 3), (0, 1, 2, "L", 2), (0, 2, 1, "L", 2))))
    assert report.status == "separated" and "Alpha is above everything" in report.explain
    text = to_markdown(report)
    assert "No ranking" in text and "log-worth" not in text
    assert [s.key for s in report.methods] == ["alpha", "beta", "gamma"]


def test_simulated_votes_are_marked_everywhere() -> None:
    report = report_of(replace(voted(), simulated=True))
    assert "simulated" in to_markdown(report) and json.loads(to_json(report))["simulated"] is True


def test_a_method_can_have_any_title() -> None:
    odd = replace(voted(), methods=tuple(replace(m, title=f"<{m.title}> 100 %") for m in METHODS))
    assert "<Gamma> 100 %" in to_markdown(report_of(odd))


def test_the_same_counts_give_the_same_bytes() -> None:
    assert to_json(report_of(voted())) == to_json(report_of(voted()))
    assert to_markdown(report_of(voted())) == to_markdown(report_of(voted()))


def test_left_share_is_of_the_decided_votes() -> None:
    report = report_of(replace(EMPTY, cells=cells((0, 0, 1, "L", 3), (0, 0, 1, "R", 1), (0, 1, 0, "T", 4))))
    assert report.left_share == 0.75 and report.tie_rate == 0.5
