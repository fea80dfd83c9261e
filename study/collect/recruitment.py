"""Read the ids of recruitment services from the address of a study, and lead people back at the end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode

from study.config.config import StudyConfig
from study.config.recruiting import PLACE_OF_CODE

LONGEST = 200
SIGNS_OF_PLACEHOLDERS = frozenset("{}[]<>%$")  # no service has them in its ids
MTURK_PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
PLACE_OF_PERSON = "{person}"  # filled by the browser, which has the id of the person in its address

Way = Literal["complete", "screened", "failed", "declined"]


@dataclass(frozen=True)
class Service:
    """Hold the names of the parameters with the ids of person, study and visit, and what a link contains.

    placeholders: text in a link that the service replaces by each id; empty where it adds the parameters by
    itself. return_url: address at the end, with {code}; "" where people copy the code.
    """

    name: str
    parameters: tuple[str, str, str]
    placeholders: tuple[str, str, str] = ("", "", "")
    return_url: str = ""


SERVICES = {
    "prolific": Service(
        "Prolific",
        ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID"),
        ("{{%PROLIFIC_PID%}}", "{{%STUDY_ID%}}", "{{%SESSION_ID%}}"),
        f"https://app.prolific.com/submissions/complete?cc={PLACE_OF_CODE}",
    ),
    "mturk": Service("Mechanical Turk", ("workerId", "hitId", "assignmentId")),
    "cloudresearch": Service("CloudResearch Connect", ("participantId", "projectId", "assignmentId")),
    "sona": Service("SONA", ("survey_code", "", ""), ("%SURVEY_CODE%", "", "")),
}


@dataclass(frozen=True)
class Arrival:
    """Hold the recruitment service and its ids; source "open" without an id.

    problem: "placeholder" where the service did not replace the text for the id, "preview" where somebody
    only views the task before accepting it; there is no id then.
    """

    source: str = "open"
    person: str = ""
    study: str = ""
    visit: str = ""
    problem: Literal["", "placeholder", "preview"] = ""


@dataclass(frozen=True)
class Link:
    """Hold a link to give to a recruitment service. example: the same as the service would call it."""

    source: str
    name: str
    address: str
    example: str


@dataclass(frozen=True)
class Ending:
    """Hold the code at the end, and the address to go back to, each "" where there is none.

    automatic: the page leads there by itself.
    """

    code: str = ""
    url: str = ""
    automatic: bool = False


def arrival(parameters: Mapping[str, str], expected: str = "open") -> Arrival:
    """Return the arrival by the parameters of the address. Ids are cut after LONGEST characters.

    expected: the service of the study, which has precedence where an address has ids of several.
    """
    names = [expected, *SERVICES] if expected in SERVICES else list(SERVICES)
    found = [_arrival_from(source, parameters) for source in names]
    return next((one for one in found if one is not None), Arrival())


def _arrival_from(source: str, parameters: Mapping[str, str]) -> Arrival | None:
    """Return the arrival from a service, None where the address has no id of a person from it."""
    names = SERVICES[source].parameters
    person, study, visit = (str(parameters.get(name) or "").strip()[:LONGEST] for name in names)
    if source == "mturk" and visit == MTURK_PREVIEW:
        return Arrival(source, problem="preview")
    if not person:
        return None
    if is_placeholder(person):
        return Arrival(source, problem="placeholder")
    study, visit = ("" if is_placeholder(text) else text for text in (study, visit))
    return Arrival(source, person, study, visit)


def is_placeholder(text: str) -> bool:
    """Return True for a text in a link that the service should have replaced by an id."""
    return not SIGNS_OF_PLACEHOLDERS.isdisjoint(text)


def links_for(config: StudyConfig, base_url: str) -> list[Link]:
    """Return the links of a study: that of its service, or all where it admits several.

    base_url: address of this server, without a path.
    """
    plain = f"{base_url.rstrip('/')}/study?study={config.study.slug}"
    source = config.participants.source
    wanted = [source] if source in SERVICES else list(SERVICES)
    links = [] if source in SERVICES or source == "any" else [Link("open", "Open link", plain, plain)]
    return links + [_link(name, plain) for name in wanted]


def _link(source: str, plain: str) -> Link:
    service = SERVICES[source]
    pairs = list(zip(service.parameters, service.placeholders, strict=True))
    asked = "".join(f"&{name}={placeholder}" for name, placeholder in pairs if placeholder)
    example = {name: f"EXAMPLE{number}" for number, (name, _) in enumerate(pairs, start=1) if name}
    return Link(source, service.name, f"{plain}{asked}", f"{plain}&{urlencode(example)}")


def ending(config: StudyConfig, source: str, way: Way, personal: str) -> Ending:
    """Return the code and the address at the end. personal: the participant's own code.

    Without a code in the configuration it is the personal one, but for people who did not consent.
    """
    people = config.participants
    set_code = people.complete_code if way == "complete" else str(getattr(people.codes, way))
    code = set_code or ("" if way == "declined" else personal)
    template = people.return_url
    if not template and source in SERVICES and set_code:
        template = SERVICES[source].return_url
    if not template or (not code and source != "sona"):
        return Ending(code)
    value = PLACE_OF_PERSON if source == "sona" else quote(code, safe="")
    automatic = way == "complete" or source == "prolific"
    return Ending(code, template.replace(PLACE_OF_CODE, value), automatic)
