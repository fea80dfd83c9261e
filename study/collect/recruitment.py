"""Read the ids of recruitment services from the address of a study."""

from collections.abc import Mapping
from dataclasses import dataclass

# Parameters in which recruitment services send their ids: of person, study and visit.
IDS = {
    "prolific": ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID"),
    "mturk": ("workerId", "hitId", "assignmentId"),
}
LONGEST = 200


@dataclass(frozen=True)
class Arrival:
    """Hold the recruitment service and its ids; source "open" without an id."""

    source: str = "open"
    person: str = ""
    study: str = ""
    visit: str = ""


def arrival(parameters: Mapping[str, str]) -> Arrival:
    """Return the arrival by the parameters of the address. Ids are cut after LONGEST characters."""
    for source, names in IDS.items():
        person, study, visit = (str(parameters.get(name) or "")[:LONGEST] for name in names)
        if person:
            return Arrival(source, person, study, visit)
    return Arrival()
