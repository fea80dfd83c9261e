"""Read links as recruitment services call them, and lead people back with the right code."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.collect.recruitment import (
    LONGEST,
    SERVICES,
    Arrival,
    Ending,
    arrival,
    ending,
    is_placeholder,
    links_for,
)
from study.config.config import StudyConfig, config_from_options
from study.config.recruiting import Participants

PLAIN = config_from_options(["a", "b"], {"slug": "s", "title": "T"})


def asking(**participants: Any) -> StudyConfig:
    return PLAIN.model_copy(update={"participants": Participants.model_validate(participants)})


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, Arrival()),
        ({"study": "s", "utm_source": "x"}, Arrival()),
        (
            {"PROLIFIC_PID": "p", "STUDY_ID": "s", "SESSION_ID": "v"},
            Arrival("prolific", "p", "s", "v"),
        ),
        ({"workerId": "W", "hitId": "H", "assignmentId": "A"}, Arrival("mturk", "W", "H", "A")),
        ({"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"}, Arrival("mturk", problem="preview")),
        (
            {"participantId": "C", "projectId": "P", "assignmentId": "A"},
            Arrival("cloudresearch", "C", "P", "A"),
        ),
        ({"survey_code": "1234"}, Arrival("sona", "1234")),
        ({"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"}, Arrival("prolific", problem="placeholder")),
        ({"PROLIFIC_PID": "[[%PROLIFIC_PID%]]"}, Arrival("prolific", problem="placeholder")),
        ({"workerId": "${workerId}"}, Arrival("mturk", problem="placeholder")),
        ({"survey_code": "%SURVEY_CODE%"}, Arrival("sona", problem="placeholder")),
        ({"PROLIFIC_PID": "p", "STUDY_ID": "{{%STUDY_ID%}}"}, Arrival("prolific", "p")),
        ({"PROLIFIC_PID": "  "}, Arrival()),
    ],
)
def test_the_arrival_by_the_parameters(parameters: dict[str, str], expected: Arrival) -> None:
    assert arrival(parameters) == expected


def test_the_service_of_the_study_has_precedence() -> None:
    both = {"PROLIFIC_PID": "p", "survey_code": "7"}
    assert arrival(both).source == "prolific" and arrival(both, "sona").source == "sona"


NAMES = [name for service in SERVICES.values() for name in service.parameters if name]


@given(st.dictionaries(st.sampled_from([*NAMES, "study"]), st.text(max_size=300), max_size=8))
def test_any_parameters_give_an_arrival_with_clean_ids(parameters: dict[str, str]) -> None:
    found = arrival(parameters)
    assert found.source in ("open", *SERVICES) and len(found.person) <= LONGEST
    assert not any(map(is_placeholder, (found.person, found.study, found.visit)))
    assert bool(found.person) == (found.source != "open" and not found.problem)


@pytest.mark.parametrize("source", SERVICES)
def test_a_link_as_the_service_would_call_it_is_an_arrival(source: str) -> None:
    (link,) = links_for(asking(source=source), "https://lab.example/")
    assert link.address.startswith("https://lab.example/study?study=s")
    parameters = {name: values[0] for name, values in parse_qs(urlsplit(link.example).query).items()}
    found = arrival(parameters, source)
    assert (found.source, found.person, found.problem) == (source, "EXAMPLE1", "")


def test_a_link_that_the_service_did_not_fill_in_is_noticed() -> None:
    for source in ("prolific", "sona"):
        (link,) = links_for(asking(source=source), "https://lab.example")
        placeholders = dict(part.split("=") for part in urlsplit(link.address).query.split("&"))
        assert arrival(placeholders).problem == "placeholder"


def test_an_open_study_has_a_link_for_everybody() -> None:
    assert [link.source for link in links_for(PLAIN, "http://x")] == ["open", *SERVICES]
    assert [link.source for link in links_for(asking(source="any"), "http://x")] == list(SERVICES)


PROLIFIC = "https://app.prolific.com/submissions/complete?cc="
CODES = {"complete": "C", "screened": "S", "failed": "F"}


@pytest.mark.parametrize(
    ("participants", "source", "way", "expected"),
    [
        ({}, "open", "complete", Ending("OWN")),
        ({}, "prolific", "complete", Ending("OWN")),
        ({"completion_code": "OLD"}, "open", "complete", Ending("OLD")),
        ({"codes": CODES}, "prolific", "complete", Ending("C", f"{PROLIFIC}C", automatic=True)),
        ({"codes": CODES}, "prolific", "screened", Ending("S", f"{PROLIFIC}S", automatic=True)),
        ({"codes": CODES}, "prolific", "failed", Ending("F", f"{PROLIFIC}F", automatic=True)),
        ({"codes": CODES}, "prolific", "declined", Ending()),
        ({"codes": CODES}, "mturk", "complete", Ending("C")),
        (
            {"return_url": "https://u.sona-systems.com/c?survey_code={code}"},
            "sona",
            "complete",
            Ending("OWN", "https://u.sona-systems.com/c?survey_code={person}", automatic=True),
        ),
        (
            {"return_url": "https://x.org/?c={code}", "codes": {"complete": "a&b"}},
            "open",
            "complete",
            Ending("a&b", "https://x.org/?c=a%26b", automatic=True),
        ),
    ],
)
def test_the_code_and_the_way_back(
    participants: dict[str, Any], source: str, way: Any, expected: Ending
) -> None:
    assert ending(asking(**participants), source, way, "" if way == "declined" else "OWN") == expected
