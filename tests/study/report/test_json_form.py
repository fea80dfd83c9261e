"""Test that the keys of `report --json` are those that scripts of users read."""

import json
import re
from typing import Any

import pytest

from study.report.build import report_of
from study.report.json_form import to_json
from study.report.sections import sections_of
from tests.support.rated import answered, rated, study_of

KEYS = (
    "slug title question status explain methods pairs enrolled participants completed votes tie_rate "
    "left_share log_nu position position_se position_p interval errors critical first warnings simulated "
    "conduct agreement agreement_ordinal checks variants coverage allocation over_time response_times "
    "viewing grades graded adjusted questions citation scales raters look"
)
NESTED = {
    "methods": "key title log_worth se low high wins losses ties rank_low rank_high preference quasi_se "
    "jod jod_se comparisons",
    "pairs": "a b a_wins b_wins ties difference se low high p preference separated residual detectable "
    "needed pictures_needed",
    "conduct": "rules excluded excluded_votes flagged gold repeats median_ms",
    "agreement": "value low high units answers",
    "checks": "fit circles people pictures halves_of_people halves_of_pictures consistency consistent_people "
    "influence",
    "variants": "name participants votes status log_worths errors order turned",
    "coverage": "items pairs counts",
    "over_time": "start end votes",
    "citation": "software libraries study_version study_sha256 study_seed seed last_vote_at",
}
CHECKS = {
    "fit": "g2 pearson degrees p simulated",
    "circles": "circular decided expected_share p",
    "people": "groups sd z p",
    "halves_of_people": "reliability ranks ranked",
    "influence": "participant shift",
}


def keys(value: Any) -> str:
    """Return the keys of an object, or of the first object of a list."""
    return " ".join((value[0] if isinstance(value, list) else value).keys())


def test_the_keys_of_a_ranked_report() -> None:
    found = json.loads(to_json(report_of(study_of(rated(), 5))))
    assert keys(found) == KEYS
    assert {name: keys(found[name]) for name in NESTED} == NESTED
    assert {name: keys(found["checks"][name]) for name in CHECKS} == CHECKS
    assert keys(found["conduct"]["rules"]) == "name words flagged excludes"
    assert keys(found["conduct"]["gold"]) == "hits of low high"


def test_without_a_ranking_the_keys_are_the_same_and_the_numbers_null() -> None:
    found = json.loads(to_json(report_of(study_of(answered((0, 0, 1, "L", 1)), 2))))
    assert keys(found) == KEYS and keys(found["methods"]) == NESTED["methods"]
    assert keys(found["pairs"]) == NESTED["pairs"] and found["pairs"][0]["difference"] is None
    assert found["checks"] is None and found["position"] is None and found["variants"] == []


@pytest.mark.parametrize(("items", "what"), [(30, "pictures"), (1, None)])
def test_a_report_says_what_would_separate_neighbours(items: int, what: str | None) -> None:
    report = report_of(study_of(rated(methods=8, votes=10, items=items, seed=3), 8))
    needed = [pair["needed"] for pair in json.loads(to_json(report))["pairs"]]
    assert min(needed) >= 10 and max(needed) > 1000
    text = "\n".join(next(one for one in sections_of(report) if one.key == "pairs").text)
    words = (
        r"\d+ more participants? and \d+ more pictures? would separate"
        if what
        else r"^\d+ more part\w+ would"
    )
    assert 1 <= len(re.findall(words, text, re.MULTILINE)) <= 3
    assert ("Participants and pictures needed" in text) == bool(what)
